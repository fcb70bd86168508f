package mentionlog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"fenghuo/schemas"
)

// A record is: version byte, kind byte, fields in order. Integers are varints,
// strings and lists carry their length, floats and hashes are little-endian.
const (
	version         = 1
	versionOfValues = 2

	kindPost      = 1
	kindHeartbeat = 2
	kindValue     = 3
)

// ErrDamaged marks a record that no version of this program wrote: it can be
// passed over, which a record of a newer version must not be.
var ErrDamaged = errors.New("damaged mention record")

var errTruncated = fmt.Errorf("%w: truncated", ErrDamaged)

// AppendPost appends p's encoding to dst.
func AppendPost(dst []byte, p *Post) []byte {
	dst = append(dst, version, kindPost)
	dst = appendSource(dst, p.Source)
	dst = binary.AppendVarint(dst, p.Offset)
	dst = binary.AppendVarint(dst, p.Recorded.UnixMilli())
	dst = append(dst, bits(p.Home, p.Complaint, p.Spam))
	for _, s := range [...]string{p.ID, p.Channel, p.Kind, p.Lang, p.Text, p.AuthorID, p.Region, p.AnalyzerVersion} {
		dst = appendString(dst, s)
	}
	dst = binary.AppendVarint(dst, p.PublishedAt.UnixMilli())
	for _, n := range [...]int64{p.Followers, p.Likes, p.Reposts, p.Comments} {
		dst = binary.AppendVarint(dst, n)
	}
	dst = appendFloat(dst, p.Rating)
	dst = appendStrings(dst, p.Tokens)
	dst = appendStrings(dst, p.Keywords)
	dst = appendFloat(dst, p.Sentiment)
	dst = append(dst, polarityByte(p.Polarity))
	dst = binary.AppendUvarint(dst, uint64(len(p.Complaints)))
	for _, c := range p.Complaints {
		dst = appendString(dst, string(c.Type))
		dst = appendFloat(dst, c.Score)
	}
	dst = binary.LittleEndian.AppendUint64(dst, p.Fingerprint)
	dst = binary.AppendUvarint(dst, uint64(len(p.Mentions)))
	for _, m := range p.Mentions {
		dst = appendString(dst, m.Brand)
		dst = appendString(dst, m.SKU)
		dst = append(dst, bits(m.Primary, m.Complaint, false), polarityByte(m.Polarity))
		dst = appendFloat(dst, m.Sentiment)
	}
	return dst
}

// AppendHeartbeat appends h's encoding to dst.
func AppendHeartbeat(dst []byte, h *Heartbeat) []byte {
	dst = append(dst, version, kindHeartbeat)
	dst = appendSource(dst, h.Source)
	dst = binary.AppendVarint(dst, h.Offset)
	dst = binary.AppendUvarint(dst, uint64(h.Partitions))
	var watermark int64
	if !h.Watermark.IsZero() {
		watermark = h.Watermark.UnixMilli()
	}
	dst = binary.AppendVarint(dst, watermark)
	dst = append(dst, bits(h.Idle, false, false))
	dst = binary.AppendVarint(dst, h.OutcomesFrom)
	dst = binary.AppendUvarint(dst, uint64(len(h.Outcomes)))
	for _, o := range h.Outcomes {
		dst = append(dst, byte(o))
	}
	return dst
}

// Record is one decoded record: exactly one field is set, none for one that is
// passed over.
type Record struct {
	Post      *Post
	Heartbeat *Heartbeat
	Value     *Value
}

// Decode reads one record. The strings share the record's memory copy, so b may
// be reused.
func Decode(b []byte) (r Record, err error) {
	if len(b) < 2 {
		return Record{}, errTruncated
	}
	if b[0] == 0 || b[0] > 127 {
		return Record{}, fmt.Errorf("%w: version %d", ErrDamaged, b[0])
	}
	if b[0] > versionOfValues {
		return Record{}, fmt.Errorf("mention record: version %d, this program reads up to %d: run the newer program", b[0], versionOfValues)
	}
	d := decoder{rest: string(b[2:])}
	switch [2]byte(b[:2]) {
	case [2]byte{version, kindPost}:
		r.Post = d.post()
	case [2]byte{version, kindHeartbeat}:
		r.Heartbeat = d.heartbeat()
	case [2]byte{versionOfValues, kindValue}:
		r.Value = d.value()
	default:
		return Record{}, fmt.Errorf("%w: unknown kind %d of version %d", ErrDamaged, b[1], b[0])
	}
	if d.err != nil {
		return Record{}, d.err
	}
	if d.rest != "" {
		return Record{}, fmt.Errorf("%w: %d bytes too many", ErrDamaged, len(d.rest))
	}
	return r, nil
}

// decoder reads fields off the front of rest; after an error it reads zeros.
type decoder struct {
	rest string
	err  error
}

func (d *decoder) post() *Post {
	p := &Post{Source: d.source(), Offset: d.varint(), Recorded: d.time()}
	p.Home, p.Complaint, p.Spam = d.bits()
	for _, s := range [...]*string{&p.ID, &p.Channel, &p.Kind, &p.Lang, &p.Text, &p.AuthorID, &p.Region, &p.AnalyzerVersion} {
		*s = d.string()
	}
	p.PublishedAt = d.time()
	for _, n := range [...]*int64{&p.Followers, &p.Likes, &p.Reposts, &p.Comments} {
		*n = d.varint()
	}
	p.Rating = d.float()
	p.Tokens = d.strings()
	p.Keywords = d.strings()
	p.Sentiment = d.float()
	p.Polarity = d.polarity()
	if n := d.count(5); n > 0 {
		p.Complaints = make([]schemas.ComplaintScore, n)
		for i := range p.Complaints {
			p.Complaints[i] = schemas.ComplaintScore{Type: schemas.ComplaintType(d.string()), Score: d.float()}
		}
	}
	p.Fingerprint = d.uint64()
	if n := d.count(8); n > 0 {
		p.Mentions = make([]Mention, n)
		for i := range p.Mentions {
			p.Mentions[i] = d.mention()
		}
	}
	return p
}

func (d *decoder) mention() (m Mention) {
	m.Brand, m.SKU = d.string(), d.string()
	m.Primary, m.Complaint, _ = d.bits()
	m.Polarity = d.polarity()
	m.Sentiment = d.float()
	return m
}

func (d *decoder) heartbeat() *Heartbeat {
	h := &Heartbeat{Source: d.source(), Offset: d.varint(), Partitions: int(d.uvarint())}
	if ms := d.varint(); ms != 0 {
		h.Watermark = time.UnixMilli(ms).UTC()
	}
	h.Idle, _, _ = d.bits()
	h.OutcomesFrom = d.varint()
	if n := d.count(1); n > 0 {
		h.Outcomes = make([]Outcome, n)
		for i := range h.Outcomes {
			h.Outcomes[i] = Outcome(d.byte())
		}
	}
	return h
}

func (d *decoder) source() Source {
	return Source{Topic: d.string(), Epoch: int(d.uvarint()), Partition: int(d.uvarint())}
}

func (d *decoder) fail() {
	d.rest = ""
	if d.err == nil {
		d.err = errTruncated
	}
}

func (d *decoder) take(n int) string {
	if n < 0 || n > len(d.rest) {
		d.fail()
		return ""
	}
	s := d.rest[:n]
	d.rest = d.rest[n:]
	return s
}

func (d *decoder) byte() byte {
	if s := d.take(1); s != "" {
		return s[0]
	}
	return 0
}

func (d *decoder) uvarint() uint64 {
	var x uint64
	for shift := 0; shift < 64; shift += 7 {
		if d.rest == "" {
			d.fail()
			return 0
		}
		b := d.byte()
		x |= uint64(b&0x7f) << shift
		if b < 0x80 {
			return x
		}
	}
	d.fail()
	return 0
}

func (d *decoder) varint() int64 {
	u := d.uvarint()
	return int64(u>>1) ^ -int64(u&1)
}

// count reads a list's length; each element takes at least size bytes, so a
// damaged length cannot ask for more memory than the record has bytes.
func (d *decoder) count(size int) int {
	n := d.uvarint()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) string() string { return d.take(d.count(1)) }

func (d *decoder) strings() []string {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	s := make([]string, n)
	for i := range s {
		s[i] = d.string()
	}
	return s
}

func (d *decoder) uint64() uint64 {
	s := d.take(8)
	if s == "" {
		return 0
	}
	return binary.LittleEndian.Uint64([]byte(s))
}

func (d *decoder) float() float32 {
	s := d.take(4)
	if s == "" {
		return 0
	}
	return math.Float32frombits(binary.LittleEndian.Uint32([]byte(s)))
}

func (d *decoder) time() time.Time { return time.UnixMilli(d.varint()).UTC() }

func (d *decoder) bits() (a, b, c bool) {
	x := d.byte()
	return x&1 != 0, x&2 != 0, x&4 != 0
}

func (d *decoder) polarity() schemas.Polarity {
	switch d.byte() {
	case 1:
		return schemas.Negative
	case 2:
		return schemas.Positive
	}
	return schemas.Neutral
}

func polarityByte(p schemas.Polarity) byte {
	switch p {
	case schemas.Negative:
		return 1
	case schemas.Positive:
		return 2
	}
	return 0
}

func bits(a, b, c bool) (x byte) {
	if a {
		x |= 1
	}
	if b {
		x |= 2
	}
	if c {
		x |= 4
	}
	return x
}

func appendSource(dst []byte, s Source) []byte {
	dst = appendString(dst, s.Topic)
	dst = binary.AppendUvarint(dst, uint64(s.Epoch))
	return binary.AppendUvarint(dst, uint64(s.Partition))
}

func appendString(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}

func appendStrings(dst []byte, list []string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(list)))
	for _, s := range list {
		dst = appendString(dst, s)
	}
	return dst
}

func appendFloat(dst []byte, f float32) []byte {
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(f))
}
