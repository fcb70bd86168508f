package jsonl

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/go-faster/jx"

	"fenghuo/pipeline/analyzer"
	"fenghuo/schemas"
)

// typeThreshold is the score from which a complaint type counts.
const typeThreshold = .5

// ours are the fields that an answer sets; a line that has them already gets
// the new values.
var ours = []string{"tokens", "sentiment", "polarity", "complaint", "complaints", "brands", "keywords", "spam", "explain", "error"}

// liner analyses lines, one goroutine each.
type liner struct {
	analyzer *analyzer.Analyzer
	scratch  *analyzer.Scratch
	options  Options
	in       jx.Decoder
	out      jx.Encoder
}

func (l *liner) batch(b *batch) {
	defer close(b.done)
	for _, line := range b.lines {
		if !l.line(line) {
			b.bad++
		}
		b.out.Write(l.out.Bytes())
		b.out.WriteByte('\n')
	}
}

// line leaves the answer to one line in l.out and reports whether it was good.
func (l *liner) line(line []byte) (good bool) {
	l.out.Reset()
	l.out.ObjStart()
	defer l.out.ObjEnd()
	var post schemas.Post
	var err error
	if line == nil {
		err = errLongLine
	} else {
		err = l.read(bytes.ToValidUTF8(line, []byte("\uFFFD")), &post)
	}
	if err != nil {
		l.out.FieldStart("error")
		l.out.Str(err.Error())
		return false
	}
	l.answer(&post, l.analyzer.Analyze(&post, l.scratch))
	return true
}

// read copies the line's fields to l.out and what the analysis needs to p.
func (l *liner) read(line []byte, p *schemas.Post) error {
	if len(bytes.TrimSpace(line)) == 0 {
		return errors.New("the line is empty")
	}
	if !jx.Valid(line) {
		return errors.New("the line is not JSON")
	}
	l.in.ResetBytes(line)
	if kind := l.in.Next(); kind != jx.Object {
		return fmt.Errorf("the line is a JSON %s, not an object", kind)
	}
	hasText := false
	var fault error
	err := l.in.Obj(func(d *jx.Decoder, key string) error {
		raw, err := d.Raw()
		if err != nil {
			return err
		}
		if key == "text" || key == "title" {
			hasText = hasText || raw.Type() != jx.Null
		}
		if err := setField(p, key, raw); err != nil && fault == nil {
			fault = err
		}
		if !slices.Contains(ours, key) && (key != "lang" || p.Lang != "") {
			l.out.FieldStart(key)
			l.out.Raw(raw)
		}
		return nil
	})
	switch {
	case err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("the line is not JSON: %w", err)
	case fault != nil:
		return fault
	case !hasText:
		return errors.New("the line has no text")
	}
	return nil
}

// setField sets the field of p that key names, if the analysis looks at it.
func setField(p *schemas.Post, key string, raw jx.Raw) error {
	var to *string
	switch key {
	case "text":
		to = &p.Text
	case "title":
		to = &p.Title
	case "brand":
		to = &p.Brand
	case "sku":
		to = &p.SKU
	case "channel":
		to = &p.Channel
	case "kind":
		to = &p.Kind
	case "lang":
		to = &p.Lang
	case "rating":
		return setRating(p, raw)
	default:
		return nil
	}
	switch raw.Type() {
	case jx.Null:
		return nil
	case jx.String:
		s, err := jx.DecodeBytes(raw).Str()
		*to = s
		return err
	case jx.Number:
		if key != "text" && key != "title" { // ids may be numbers
			*to = string(raw)
			return nil
		}
	}
	return fmt.Errorf("field %q is a JSON %s, not a string", key, raw.Type())
}

// setRating takes a number or a string of one.
func setRating(p *schemas.Post, raw jx.Raw) error {
	s := string(raw)
	switch raw.Type() {
	case jx.Null:
		return nil
	case jx.String:
		var err error
		if s, err = jx.DecodeBytes(raw).Str(); err != nil {
			return err
		}
		if s == "" {
			return nil
		}
	case jx.Number:
	default:
		return fmt.Errorf(`field "rating" is a JSON %s, not a number`, raw.Type())
	}
	v, err := strconv.ParseFloat(s, 32)
	if err != nil {
		return fmt.Errorf(`field "rating" is %q, not a number`, s)
	}
	p.Rating = float32(v)
	return nil
}

// answer writes the fields of the contract.
func (l *liner) answer(p *schemas.Post, r *analyzer.Result) {
	e := &l.out
	if p.Lang == "" {
		e.FieldStart("lang")
		e.Str(r.Lang)
	}
	e.FieldStart("tokens")
	l.strings(r.Tokens)
	e.FieldStart("sentiment")
	e.Float32(r.Sentiment)
	e.FieldStart("polarity")
	e.Str(string(r.Polarity))
	e.FieldStart("complaint")
	e.Bool(r.Complaint)
	e.FieldStart("complaints")
	l.scores(r.Complaints, typeThreshold)
	e.FieldStart("brands")
	e.ArrStart()
	for _, b := range r.Brands {
		e.ObjStart()
		e.FieldStart("brand")
		e.Str(b.Brand)
		e.FieldStart("sku")
		e.Str(b.SKU)
		e.FieldStart("sentiment")
		e.Float32(b.Sentiment)
		e.FieldStart("polarity")
		e.Str(string(b.Polarity))
		e.ObjEnd()
	}
	e.ArrEnd()
	e.FieldStart("keywords")
	l.strings(r.Keywords)
	e.FieldStart("spam")
	e.Bool(r.Spam)
	if l.options.Explain {
		l.explain(p, r)
	}
}

// explain writes which words moved the scores, strongest first, and the scores
// of all complaint types.
func (l *liner) explain(p *schemas.Post, r *analyzer.Result) {
	e := &l.out
	e.FieldStart("explain")
	e.ObjStart()
	x := l.analyzer.Explain(p, l.scratch)
	e.FieldStart("sentiment")
	l.reasons(x.Sentiment)
	e.FieldStart("complaints")
	l.scores(r.Complaints, 0)
	e.FieldStart("complaint_words")
	e.ObjStart()
	for _, c := range r.Complaints {
		if words := x.Complaints[c.Type]; len(words) > 0 {
			e.FieldStart(string(c.Type))
			l.reasons(words)
		}
	}
	e.ObjEnd()
	e.FieldStart("fingerprint")
	e.Str(fmt.Sprintf("%016x", r.Fingerprint))
	e.ObjEnd()
}

func (l *liner) reasons(list []analyzer.Reason) {
	e := &l.out
	e.ArrStart()
	for _, reason := range list {
		e.ObjStart()
		e.FieldStart("text")
		e.Str(reason.Text)
		e.FieldStart("weight")
		e.Float32(reason.Weight)
		e.ObjEnd()
	}
	e.ArrEnd()
}

func (l *liner) strings(list []string) {
	l.out.ArrStart()
	for _, s := range list {
		l.out.Str(s)
	}
	l.out.ArrEnd()
}

// scores writes the types that score at least least.
func (l *liner) scores(list []schemas.ComplaintScore, least float32) {
	l.out.ObjStart()
	for _, c := range list {
		if c.Score >= least {
			l.out.FieldStart(string(c.Type))
			l.out.Float32(c.Score)
		}
	}
	l.out.ObjEnd()
}
