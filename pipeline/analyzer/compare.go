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
	outcome          outcome
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

// anyObject reports that a name is what something else is compared with.
func (sp *spans) anyObject(d *text.Doc) bool {
	return slices.ContainsFunc(sp.names, func(f found) bool {
		_, ok := f.compared(d, false, false)
		return ok
	})
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
	for n, f := range sp.names {
		for i+1 < len(sp.clauses) && sp.clauses[i].end <= f.start {
			i++
		}
		set, in := rows(c, r.Brands, f), &sp.clauses[i]
		second := slices.ContainsFunc(sp.names[n+1:], func(g found) bool { return g.brand != f.brand })
		if o, ok := f.compared(&s.doc, in.subject != 0, second); ok {
			in.objects |= set
			in.outcome = max(in.outcome, o)
		} else {
			in.subject |= set
		}
	}
	sp.conclude(&s.doc)
	kept := sp.clauses[:0]
	for _, c := range sp.clauses {
		c.objects &^= c.subject
		if n := len(kept); n > 0 && kept[n-1].objects != 0 && kept[n-1].subject == 0 {
			before := &kept[n-1]
			before.end, before.subject, before.outcome = c.end, c.subject, max(before.outcome, c.outcome)
			before.objects = (before.objects | c.objects) &^ c.subject
			continue
		}
		kept = append(kept, c)
	}
	sp.clauses = kept
}

// conclude reads what else a clause says of who comes off worse, and lets the
// content that follows a choice belong to it.
func (sp *spans) conclude(d *text.Doc) {
	compares := false
	for i := range sp.clauses {
		c := &sp.clauses[i]
		runes := d.Runes[c.start:c.end]
		switch {
		case c.outcome == byScore && (c.objects != 0 || compares) && contains(runes, inferiors):
			c.outcome = inferior
		case c.outcome == byScore && c.objects != 0 && contains(runes, choices):
			c.outcome = superior
		case i > 0 && c.subject|c.objects == 0 && sp.clauses[i-1].outcome == chosen && contains(runes, contents):
			c.outcome = superior
		}
		compares = c.objects != 0 && c.subject == 0
	}
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
		if n := len(kept); n > 0 && kept[n-1].subject == c.subject && kept[n-1].objects == c.objects && kept[n-1].outcome == c.outcome {
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
	if len(sp.clauses) == 1 && sp.clauses[0].objects&self == 0 && sp.clauses[0].outcome == byScore {
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
		if c.outcome != byScore {
			score = c.outcome.decided(score)
			pol = polarityOf(score)
		}
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

// polarityOf is that of a score that is not in doubt.
func polarityOf(score float32) schemas.Polarity {
	if score < 0 {
		return schemas.Negative
	}
	return schemas.Positive
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
