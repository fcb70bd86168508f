package schemas

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-faster/jx"
)

// Limits that DecodePost sets beside MaxTextBytes.
const (
	MaxRecordBytes = 1 << 20 // a longer record is not parsed
	MaxIDBytes     = 256     // ids, names and short words
	MaxURLBytes    = 4096
)

const (
	futureTolerance = 10 * time.Minute
	unknownChannel  = "unknown"
)

// earliest is the first event time that is believed.
var earliest = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// DecodePost reads the value of a record on the posts topic as
// json/post.schema.json describes it. recordTime is the record's own time; the
// zero time switches off the check against the future. A reason other than ""
// says why the record is not a post, and detail says it in a sentence for a
// person. It keeps no reference to data.
//
// Forgiven: unknown fields, null for absent, a byte order mark, ids that are
// numbers, numbers that are strings, times without a zone (UTC). Control
// characters become spaces, line ends and tabs apart. Of a field given twice
// the last counts, as in most readers.
func DecodePost(data []byte, recordTime time.Time) (p Post, reason Reason, detail string) {
	if len(data) > MaxRecordBytes {
		return Post{}, ReasonTooLong, fmt.Sprintf("the record has %d bytes, the limit is %d", len(data), MaxRecordBytes)
	}
	if !utf8.Valid(data) {
		return Post{}, ReasonInvalidUTF8, "the record is not UTF-8"
	}
	d := jx.GetDecoder()
	defer jx.PutDecoder(d)
	d.ResetBytes(bytes.TrimPrefix(data, byteOrderMark))
	r := postReader{d: d, plain: isPlain(data)}
	if fault := r.read(data); fault != nil {
		return Post{}, fault.reason, fault.detail
	}
	if fault := r.check(recordTime); fault != nil {
		return Post{}, fault.reason, fault.detail
	}
	return r.post, "", ""
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// fault is why a record is not a post.
type fault struct {
	reason Reason
	detail string
}

func schemaFault(field, format string, args ...any) *fault {
	return &fault{ReasonSchema, field + " " + fmt.Sprintf(format, args...)}
}

// postReader fills post from one JSON object. The first fault is kept and the
// rest is read on, because a record that breaks off later is no JSON at all.
type postReader struct {
	d     *jx.Decoder
	post  Post
	plain bool // no string of the record can hold a control character
	fault *fault
}

func (r *postReader) read(data []byte) *fault {
	if kind := r.d.Next(); kind != jx.Object && kind != jx.Invalid {
		if err := r.d.Validate(); err != nil {
			return notJSON(err)
		}
		return &fault{ReasonSchema, "the record is a JSON " + kind.String() + ", not an object"}
	}
	if err := r.d.ObjBytes(r.field); err != nil {
		return notJSON(err)
	}
	if err := r.d.Skip(); !errors.Is(err, io.EOF) {
		return &fault{ReasonNotJSON, "something follows the JSON object"}
	}
	if !r.plain && hasLoneSurrogate(data) {
		return &fault{ReasonInvalidUTF8, "a string holds half of a surrogate pair"}
	}
	return r.fault
}

// check looks at the post as a whole.
func (r *postReader) check(recordTime time.Time) *fault {
	p := &r.post
	switch size := len(p.Text) + len(p.Title); {
	case size > MaxTextBytes:
		return &fault{ReasonTooLong, fmt.Sprintf("text and title have %d bytes, the limit is %d", size, MaxTextBytes)}
	case isBlank(p.Text) && isBlank(p.Title):
		return &fault{ReasonNoText, "text and title are missing or blank"}
	case p.PublishedAt.IsZero():
		return &fault{ReasonNoTime, "published_at is missing"}
	}
	if f := timeFault("published_at", p.PublishedAt, recordTime); f != nil {
		return f
	}
	if p.Channel == "" {
		p.Channel = unknownChannel
	}
	return nil
}

// timeFault refuses times that nothing was published at.
func timeFault(field string, at, recordTime time.Time) *fault {
	switch {
	case at.Before(earliest):
		return &fault{ReasonPast, field + " " + at.Format(time.RFC3339) + " is before 2000"}
	case !recordTime.IsZero() && at.After(recordTime.Add(futureTolerance)):
		return &fault{ReasonFuture, fmt.Sprintf("%s %s is more than 10 minutes after the record's time %s",
			field, at.Format(time.RFC3339), recordTime.UTC().Format(time.RFC3339))}
	}
	return nil
}

// notJSON names the innermost error: the reader wraps it once for every level
// of nesting, and the detail has to fit into a header.
func notJSON(err error) *fault {
	for inner := err; inner != nil; inner = errors.Unwrap(inner) {
		err = inner
	}
	return &fault{ReasonNotJSON, "the record is not JSON: " + shorten([]byte(err.Error()))}
}

// field reads one field. Its error is one of syntax; faults of content go to
// r.fault.
func (r *postReader) field(_ *jx.Decoder, key []byte) error {
	p := &r.post
	switch string(key) {
	case "text":
		return r.text("text", &p.Text)
	case "title":
		return r.text("title", &p.Title)
	case "published_at":
		return r.time()
	case "id":
		return r.word("id", &p.ID, MaxIDBytes)
	case "brand":
		return r.word("brand", &p.Brand, MaxIDBytes)
	case "sku":
		return r.word("sku", &p.SKU, MaxIDBytes)
	case "channel":
		return r.name("channel", &p.Channel)
	case "kind":
		return r.name("kind", &p.Kind)
	case "lang":
		return r.name("lang", &p.Lang)
	case "author_id":
		return r.word("author_id", &p.AuthorID, MaxIDBytes)
	case "parent_id":
		return r.word("parent_id", &p.ParentID, MaxIDBytes)
	case "region":
		return r.name("region", &p.Region)
	case "url":
		return r.word("url", &p.URL, MaxURLBytes)
	case "followers":
		return r.count("followers", &p.Followers)
	case "likes":
		return r.count("likes", &p.Likes)
	case "reposts":
		return r.count("reposts", &p.Reposts)
	case "comments":
		return r.count("comments", &p.Comments)
	case "rating":
		return r.rating()
	}
	return r.d.Skip()
}

func (r *postReader) fail(f *fault) {
	if r.fault == nil {
		r.fault = f
	}
}

// text reads a string that is kept as it is but for control characters.
func (r *postReader) text(field string, to *string) error {
	*to = ""
	if r.d.Next() != jx.String {
		return r.other(field, "a string")
	}
	b, err := r.d.StrBytes()
	if err == nil {
		*to = r.clean(b)
	}
	return err
}

// word reads an id or a URL: a string without space around it, or a number as it is
// written.
func (r *postReader) word(field string, to *string, limit int) error {
	b, err := r.trimmed(field, limit)
	*to = r.clean(b)
	return err
}

// name reads a word of which there are few.
func (r *postReader) name(field string, to *string) error {
	b, err := r.trimmed(field, MaxIDBytes)
	if r.plain {
		*to = shared(b)
	} else {
		*to = clean(b)
	}
	return err
}

// trimmed is a word's bytes, none when they are refused.
func (r *postReader) trimmed(field string, limit int) (b []byte, err error) {
	switch r.d.Next() {
	case jx.String:
		b, err = r.d.StrBytes()
	case jx.Number:
		b, err = r.d.Raw()
	default:
		return nil, r.other(field, "a string")
	}
	if err != nil {
		return nil, err
	}
	b = bytes.TrimSpace(b)
	if len(b) > limit {
		r.fail(schemaFault(field, "has %d bytes, the limit is %d", len(b), limit))
		return nil, nil
	}
	return b, nil
}

func (r *postReader) clean(b []byte) string {
	if r.plain {
		return string(b)
	}
	return clean(b)
}

// number returns the text of a number, or of a string that should hold one;
// empty when there is none.
func (r *postReader) number(field string) ([]byte, error) {
	switch r.d.Next() {
	case jx.String:
		b, err := r.d.StrBytes()
		return bytes.TrimSpace(b), err
	case jx.Number:
		return r.d.Raw()
	}
	return nil, r.other(field, "a number")
}

// maxCount is the greatest integer that every JSON reader keeps exact.
const maxCount = 1 << 53

func (r *postReader) count(field string, to *int64) error {
	*to = 0
	b, err := r.number(field)
	if err != nil || len(b) == 0 {
		return err
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		f, ok := parseDecimal(string(b))
		if !ok || f != math.Trunc(f) || math.Abs(f) > maxCount {
			r.fail(schemaFault(field, "is %q, not a whole number", shorten(b)))
			return nil
		}
		n = int64(f)
	}
	if n < 0 || n > maxCount {
		r.fail(schemaFault(field, "is %d, not in 0 to 2^53", n))
		return nil
	}
	*to = n
	return nil
}

func (r *postReader) rating() error {
	r.post.Rating = 0
	b, err := r.number("rating")
	if err != nil || len(b) == 0 {
		return err
	}
	f, ok := parseDecimal(string(b))
	if !ok || f < 0 || f > 5 {
		r.fail(schemaFault("rating", "is %q, not a number in 0 to 5", shorten(b)))
		return nil
	}
	r.post.Rating = float32(f)
	return nil
}

func (r *postReader) time() error {
	r.post.PublishedAt = time.Time{}
	var b []byte
	var err error
	switch r.d.Next() {
	case jx.String:
		b, err = r.d.StrBytes()
	case jx.Number:
		b, err = r.d.Raw()
	default:
		return r.other("published_at", "a time")
	}
	if err != nil {
		return err
	}
	b = bytes.TrimSpace(b)
	at, ok := ParseTime(string(b))
	if !ok && len(b) > 0 {
		r.fail(&fault{ReasonNoTime, fmt.Sprintf("published_at %q is not RFC 3339 and no Unix seconds or milliseconds", shorten(b))})
		return nil
	}
	r.post.PublishedAt = at
	return nil
}

// other steps over a value that is not of the wanted type; null counts as
// absent.
func (r *postReader) other(field, want string) error {
	kind := r.d.Next()
	if kind != jx.Null && kind != jx.Invalid {
		r.fail(schemaFault(field, "is a JSON %s, not %s", kind, want))
	}
	return r.d.Skip()
}
