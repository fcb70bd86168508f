package analyzer

import (
	"cmp"
	"slices"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

const (
	maxTopics  = 64  // mentions of a post that are rated apart
	maxClauses = 256 // of a post; the rest counts with the last
	undecided  = .15 // |mean| below which parts that disagree are neutral
)

// topics is a set of the result's mentions, by index.
type topics uint64

// clause is a stretch of text and whom it speaks of: subjects as it is,
// objects of a comparison the other way round.
type clause struct {
	start, end       int32
	subject, objects topics
}

// spans is the scratch of rating mentions apart.
type spans struct {
	clauses []clause
	names   []found
}

// rate gives each mention of a post that names several, or that compares, the
// sentiment of the clauses that speak of it. Other mentions keep the post's.
func (a *Analyzer) rate(c *catalog, s *Scratch) {
	r, sp := &s.result, &s.match.spans
	if len(s.match.names) == 0 || len(r.Brands) > maxTopics {
		return
	}
	sp.sort(s.match.names)
	if len(r.Brands) == 1 && !sp.anyObject(&s.doc) {
		return
	}
	sp.cut(&s.doc, &s.plain)
	sp.assign(c, s)
	sp.inherit()
	for i := range r.Brands {
		a.rateOne(&r.Brands[i], topics(1)<<i, s)
	}
}

func (sp *spans) sort(names []found) {
	sp.names = append(sp.names[:0], names...)
	slices.SortStableFunc(sp.names, func(a, b found) int { return cmp.Compare(a.start, b.start) })
}

func (sp *spans) anyObject(d *text.Doc) bool {
	return slices.ContainsFunc(sp.names, func(f found) bool { return f.object(d) })
}

// objectMarks stand right before what somebody else is compared with; weakMarks
// do where that somebody is named before them in the clause.
var (
	objectMarks = marks("比 比起 相比 对比 相较 较之 不如 不及 不像 胜过 强过 好过 优于 吊打 秒杀 完爆 完胜 碾压 than than_the unlike unlike_the compared_to compared_with switched_from switching_from moved_from changed_from came_from upgraded_from")
	weakMarks   = marks("没有 超过 甩 甩开 远超 领先 over beats beat instead_of")
)

// frames stand around what somebody else is compared with: 从A换到B, 跟A比.
var frames = []struct{ before, after [][]rune }{
	{marks("从 由"), marks("换 转")},
	{marks("跟 和 与 同"), marks("比 相比")},
}

func marks(list string) (out [][]rune) {
	for _, m := range phrases(list) {
		out = append(out, []rune(m))
	}
	return out
}

// object reports that a name is what somebody else is compared with.
func (f found) object(d *text.Doc) bool {
	if isObject(d, f.start, objectMarks) {
		return true
	}
	for _, frame := range frames {
		if isObject(d, f.start, frame.before) && begins(d.Runes[f.end:], frame.after) {
			return true
		}
	}
	return false
}

func begins(runes []rune, marks [][]rune) bool {
	return slices.ContainsFunc(marks, func(m []rune) bool {
		return len(runes) >= len(m) && slices.Equal(runes[:len(m)], m)
	})
}

// isObject reports that one of marks stands before the name at runes[at].
func isObject(d *text.Doc, at int32, marks [][]rune) bool {
	before := d.Runes[:at]
	if n := len(before); n > 0 && before[n-1] == ' ' {
		before = before[:n-1]
	}
	for _, m := range marks {
		rest := len(before) - len(m)
		if rest < 0 || !slices.Equal(before[rest:], m) {
			continue
		}
		if !latin(m[0]) || rest == 0 || !latin(before[rest-1]) { // "moreover" is not "over"
			return true
		}
	}
	return false
}

// turns are words that begin a new clause.
var turns = map[string]bool{
	"但是": true, "但": true, "不过": true, "然而": true, "可是": true, "而": true, "却": true, "反观": true, "相反": true, "反而": true,
	"but": true, "while": true, "whereas": true, "however": true, "though": true, "although": true, "yet": true,
}

// cut splits the text at its marks and at words of contrast.
func (sp *spans) cut(d *text.Doc, p *plain) {
	sp.clauses = sp.clauses[:0]
	start := int32(0)
	end := func(at int32) {
		if at > start && len(sp.clauses) < maxClauses {
			sp.clauses = append(sp.clauses, clause{start: start, end: at})
			start = at
		}
	}
	for _, t := range d.Tokens {
		switch {
		case ends(d.Runes, t.Start):
			end(t.End)
		case turns[p.span(t.Start, t.End)]:
			end(t.Start)
		}
	}
	if n := int32(len(d.Runes)); start < n {
		if len(sp.clauses) < maxClauses {
			sp.clauses = append(sp.clauses, clause{start: start, end: n})
		} else {
			sp.clauses[len(sp.clauses)-1].end = n
		}
	}
}

// ends reports that the rune at i closes a clause.
func ends(runes []rune, i int32) bool {
	switch runes[i] {
	case ',', '!', '?', ';', '。', '…', '\n':
		return true
	case '.':
		return int(i+1) == len(runes) || runes[i+1] == ' ' || runes[i+1] >= 0x2E80
	case ' ':
		return i > 0 && int(i+1) < len(runes) && runes[i-1] >= 0x2E80 && runes[i+1] >= 0x2E80
	}
	return false
}

// assign notes in each clause whom it names. A clause that holds nothing but
// the object of a comparison (比起B,) belongs to the next.
func (sp *spans) assign(c *catalog, s *Scratch) {
	r := &s.result
	i := 0
	for _, f := range sp.names {
		for i+1 < len(sp.clauses) && sp.clauses[i].end <= f.start {
			i++
		}
		set := rows(c, r.Brands, f)
		if f.object(&s.doc) || (sp.clauses[i].subject != 0 && isObject(&s.doc, f.start, weakMarks)) {
			sp.clauses[i].objects |= set
		} else {
			sp.clauses[i].subject |= set
		}
	}
	kept := sp.clauses[:0]
	for _, c := range sp.clauses {
		c.objects &^= c.subject
		if n := len(kept); n > 0 && kept[n-1].objects != 0 && kept[n-1].subject == 0 {
			before := &kept[n-1]
			before.end, before.subject = c.end, c.subject
			before.objects = (before.objects | c.objects) &^ c.subject
			continue
		}
		kept = append(kept, c)
	}
	sp.clauses = kept
}

// rows is the set of mentions that a name in the text stands for: its SKU's, or
// all of its brand's.
func rows(c *catalog, brands []BrandMention, f found) (set topics) {
	for i, b := range brands {
		if b.Brand != c.brands[f.brand].id {
			continue
		}
		if f.sku == noSKU || c.brands[f.brand].skus[f.sku] == b.SKU {
			set |= 1 << i
		}
	}
	return set
}

// inherit lets a clause that names nobody go on about whom the clause before
// spoke of; what comes before the first name belongs to it. Neighbours about
// the same become one.
func (sp *spans) inherit() {
	var last topics
	for _, c := range sp.clauses {
		if c.subject != 0 {
			last = c.subject
			break
		}
	}
	for i := range sp.clauses {
		c := &sp.clauses[i]
		if c.subject == 0 && c.objects == 0 {
			c.subject = last
		}
		if c.subject != 0 {
			last = c.subject
		}
	}
	kept := sp.clauses[:0]
	for _, c := range sp.clauses {
		if n := len(kept); n > 0 && kept[n-1].subject == c.subject && kept[n-1].objects == c.objects {
			kept[n-1].end = c.end
			continue
		}
		kept = append(kept, c)
	}
	sp.clauses = kept
}

// rateOne sets m's sentiment to the mean over its clauses, by their length.
func (a *Analyzer) rateOne(m *BrandMention, self topics, s *Scratch) {
	sp := &s.match.spans
	if len(sp.clauses) == 1 && sp.clauses[0].objects&self == 0 {
		return // the whole text is about it
	}
	var sum, weight float32
	var polarity schemas.Polarity
	agree := true
	for _, c := range sp.clauses {
		if (c.subject|c.objects)&self == 0 {
			continue
		}
		score, pol := a.sentiment.Score(&s.doc, [2]int32{c.start, c.end}, 0)
		if c.objects&self != 0 {
			score, pol = -score, opposite(pol)
		}
		w := float32(c.end - c.start)
		sum += score * w
		agree = agree && (weight == 0 || pol == polarity)
		weight += w
		polarity = pol
	}
	if weight == 0 {
		return
	}
	m.Sentiment = sum / weight
	switch {
	case agree:
		m.Polarity = polarity
	case m.Sentiment < -undecided:
		m.Polarity = schemas.Negative
	case m.Sentiment > undecided:
		m.Polarity = schemas.Positive
	default:
		m.Polarity = schemas.Neutral
	}
	m.Complaint = s.result.Complaint && m.Polarity != schemas.Positive
}

func opposite(p schemas.Polarity) schemas.Polarity {
	switch p {
	case schemas.Negative:
		return schemas.Positive
	case schemas.Positive:
		return schemas.Negative
	}
	return p
}
