package engine

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/schemas"
)

// graded is the window that tells most, and what it says.
type graded struct {
	window window
	anger  grade.Anger
	score  float64
	flood  flood
}

// grade takes the window in which the incident looks gravest.
func (e *Engine) grade(s *subject, p int64, windows []window, f finding) (best graded) {
	calm := e.calm(s, &windows[len(windows)-1])
	for i := range windows {
		g := e.gradeWindow(s, p, &windows[i], calm, f)
		if i == 0 || g.compare(&best) > 0 {
			best = g
		}
		if i == len(windows)-1 {
			best.score *= s.incident.fade(g.anger)
		}
	}
	best.flood = s.madeOf(windows)
	return best
}

// compare orders windows by what they tell: first by the level; of one level a worse
// mood is more than a danger among much else; then by the score.
func (g *graded) compare(o *graded) int {
	return cmp.Or(cmp.Compare(g.rank(), o.rank()), cmp.Compare(g.score, o.score))
}

// rank is that of the level, and half a level more for a worse mood.
func (g *graded) rank() float64 {
	rank := float64(grade.Rank(grade.Of(g.score, g.anger.Angry(), 1)))
	if g.anger.Mood() {
		rank += .5
	}
	return rank
}

// calm tells whether the longest window speaks of the usual mood.
func (e *Engine) calm(s *subject, day *window) bool {
	return grade.Calm(float64(day.all), float64(day.upset), e.usualShare(s, upsetOf))
}

// watched is how many panes are looked through for anger: a day's, as a surge may
// begin in any of them, or the incident's when it is longer.
func (s *subject) watched(p int64) int64 {
	if !s.incident.Open {
		return memoryPanes
	}
	return max(memoryPanes, p+1-paneOf(s.incident.Since.Unix()))
}

func (e *Engine) gradeWindow(s *subject, p int64, w *window, calm bool, f finding) graded {
	share := e.usualShare(s, upsetOf)
	expected := e.expected(s, p, w.panes, f)
	a := grade.Anger{
		All: float64(w.all), Upset: float64(w.upset), Complaints: float64(w.complaints), Grave: w.grave(),
		Share: share, Expected: expected, ExpectedUpset: share * expected,
	}
	looks := float64(s.watched(p)) / float64(w.panes)
	if calm {
		a.Looks = looks
	}
	a.Danger = s.danger(w, expected, looks)
	figures := grade.Figures{
		Severity: s.incident.peak,
		Angry:    a.Angry(),
		Upset:    a.Upset - a.ExpectedUpset,
		Share:    a.Excess(),
		Reach:    float64(w.reach),
		Lift:     (a.All + 1) / (expected + 1),
		Kind:     e.kind(s, w, expected),
	}
	for _, c := range w.channels {
		figures.Channels += e.channelWeight(c.id)
	}
	return graded{window: *w, anger: a, score: a.Cap(grade.Score(figures))}
}

// kind is the weight of the gravest complaint type that stands out: at least
// two complaints and twice the usual; in full from half of the complaints on.
func (e *Engine) kind(s *subject, w *window, expected float64) (weight float64) {
	for _, t := range w.types {
		n := float64(t.n)
		if n >= 2 && n >= 2*s.expectedType(t.kind, expected) {
			weight = max(weight, grade.Kind(t.kind, e.cfg.TypeWeights)*min(1, 2*n/float64(w.complaints)))
		}
	}
	return weight
}

func (e *Engine) channelWeight(id string) float64 {
	if w, ok := e.cfg.Channels[id]; ok {
		return w
	}
	return 1
}

// expected is how many mentions are usual in the n panes up to p: the
// subject's own usual rate, steadied by a day at the surge detector's rate,
// with the brand's rhythm and the lift of a known event.
func (e *Engine) expected(s *subject, p, n int64, f finding) float64 {
	u := &s.usual
	rate := (u.all + 24*f.rate) / (u.hours + 24)
	return rate * float64(n) * Pane.Hours() * f.lift * s.brand.usual.rhythm(p+1-n, p+1, e.cfg.Location)
}

func (s *subject) expectedType(kind schemas.ComplaintType, expected float64) float64 {
	return s.usual.kind(kind) / (s.usual.all + ballast) * expected
}

// describe fills the alert with what the data says.
func (e *Engine) describe(s *subject, p int64, f finding, g graded) schemas.Alert {
	i, w := &s.incident, &g.window
	a := schemas.Alert{
		Run: e.cfg.Run, Brand: s.brand.ID, BrandName: s.brand.Name, SKU: s.sku,
		Signal: i.signal, CrisisType: e.crisisType(s, w, g.anger.Expected),
		Severity:    f.severity,
		WindowStart: paneStart(p + 1 - w.panes),
		Learning:    f.learning,
	}
	a.Observed, a.Expected = e.observed(s, w, f, g.anger.Expected)
	a.Evidence = e.evidence(s, p, f, g, a.CrisisType)
	for _, c := range a.Evidence.Channels {
		a.Channels = append(a.Channels, c.Channel)
	}
	a.SuspectedAttack = i.made.all > 0
	a.Evidence.Note = note(&a, w, i.made)
	return a
}

// observed is the signal's figure in the window and what is usual.
func (e *Engine) observed(s *subject, w *window, f finding, mentions float64) (observed, expected float64) {
	switch s.incident.signal {
	case schemas.SignalComplaints:
		return float64(w.complaints), mentions * e.usualShare(s, complaintsOf)
	case schemas.SignalComplaintType:
		kind := s.incident.kind
		return float64(w.of(schemas.SignalComplaintType, kind)), s.expectedType(kind, mentions)
	case schemas.SignalNegativeShare:
		return w.negativeShare(), e.usualShare(s, negativeOf)
	case schemas.SignalKeyword:
		if f.word.N > 0 {
			return float64(f.word.N), f.expected
		}
	}
	return float64(w.all), mentions
}

// crisisType is the complaint type with the largest excess; of equals the
// graver one.
func (e *Engine) crisisType(s *subject, w *window, expected float64) schemas.ComplaintType {
	best, most, gravest := schemas.Unspecified, .5, 0.
	for _, t := range w.types { // by name
		excess, weight := float64(t.n)-s.expectedType(t.kind, expected), grade.Kind(t.kind, e.cfg.TypeWeights)
		if excess > most || excess == most && weight > gravest {
			best, most, gravest = t.kind, excess, weight
		}
	}
	return best
}

const (
	alertPosts    = 5
	alertKeywords = 8
)

func (e *Engine) evidence(s *subject, p int64, f finding, g graded, kind schemas.ComplaintType) schemas.Evidence {
	w := &g.window
	hours := float64(w.panes) * Pane.Hours()
	ev := schemas.Evidence{
		Detector:      detectors[s.incident.signal],
		Odds:          math.Pow(10, min(300, f.severity)),
		OnsetEstimate: s.incident.onset,
		Mentions:      int64(w.all), Complaints: int64(w.complaints), Negative: int64(w.negative),
		NegativeShare: w.negativeShare(), BaselineShare: e.usualShare(s, negativeOf),
		Reach:          w.reach,
		Speed:          float64(w.all) / hours,
		Acceleration:   s.acceleration(p, w),
		NearDuplicates: ratio(w.duplicates, w.all),
		YoungAccounts:  ratio(w.unknown, w.all),
		Keywords:       s.keywordEvidence(p, w),
		Event:          f.event,
	}
	for _, t := range w.types {
		ev.Complaint = append(ev.Complaint, schemas.TypeEvidence{
			Type: t.kind, Observed: int64(t.n), Expected: s.expectedType(t.kind, g.anger.Expected),
		})
	}
	slices.SortStableFunc(ev.Complaint, func(x, y schemas.TypeEvidence) int { return cmp.Compare(y.Observed, x.Observed) })
	channels := slices.Clone(w.channels)
	slices.SortFunc(channels, func(x, y channelCount) int {
		return cmp.Or(cmp.Compare(x.first, y.first), strings.Compare(x.id, y.id))
	})
	for _, c := range channels {
		ev.Channels = append(ev.Channels, schemas.ChannelEvidence{
			Channel: c.id, Count: int64(c.n), FirstAt: time.Unix(c.first, 0).UTC(),
		})
	}
	for _, o := range s.topPosts(p, w, kind) {
		ev.Posts = append(ev.Posts, schemas.PostRef{Channel: o.channel, ID: o.id, At: time.Unix(o.at, 0).UTC()})
	}
	return ev
}

// detectors names what speaks for a signal.
var detectors = map[schemas.Signal]string{
	schemas.SignalMentions: "surge", schemas.SignalComplaints: "surge", schemas.SignalComplaintType: "surge",
	schemas.SignalNegativeShare: "negative share", schemas.SignalKeyword: "keyword burst",
}

// within calls f for the panes of a window that ends with pane p.
func (s *subject) within(p int64, w *window, f func(*pane)) {
	for i := range s.panes {
		if s.panes[i].at > p-w.panes {
			f(&s.panes[i])
		}
	}
}

// ofKind is what a post weighs more for being of the alert's type: it comes
// before all that are not.
const ofKind = 1000

// topPosts are the most telling posts of a window, those that complain of the
// kind first.
func (s *subject) topPosts(p int64, w *window, kind schemas.ComplaintType) (top []post) {
	wanted := kindsOf(kind)
	s.within(p, w, func(o *pane) {
		for x := range o.evidence.posts() {
			if x.kinds&wanted != 0 {
				x.weight += ofKind
			}
			top = addPost(top, x, alertPosts)
		}
	})
	return top
}

// keywordEvidence are the words of at least two mentions (upset ones, of a SKU)
// that rose most against the brand's usual ones.
func (s *subject) keywordEvidence(p int64, w *window) (list []schemas.KeywordEvidence) {
	counts := make(map[string]uint32)
	s.within(p, w, func(o *pane) {
		for word, n := range o.evidence.words() {
			counts[string(word)] += n
		}
	})
	of := w.all
	if s.sku != "" {
		of = w.upset
	}
	for word, n := range counts {
		expected, score := s.brand.keywords.Rise((p+1)*paneSeconds, word, float64(n), float64(of))
		if n >= 2 && score > 0 {
			list = append(list, schemas.KeywordEvidence{Word: word, Observed: int64(n), Expected: expected, Score: score})
		}
	}
	slices.SortFunc(list, func(x, y schemas.KeywordEvidence) int {
		return cmp.Or(cmp.Compare(y.Score, x.Score), strings.Compare(x.Word, y.Word))
	})
	return list[:min(len(list), alertKeywords)]
}

// acceleration is the later half of the window over the earlier one.
func (s *subject) acceleration(p int64, w *window) float64 {
	var early, late float64
	s.within(p, w, func(o *pane) {
		if 2*(p-o.at) < w.panes {
			late += float64(o.all)
		} else {
			early += float64(o.all)
		}
	})
	return late / max(1, early)
}

// note says the figures in one sentence.
func note(a *schemas.Alert, w *window, f flood) string {
	n := fmt.Sprintf("%d mentions in %s, %d of them complaints, negative share %.2f (usual %.2f)",
		w.all, brief(time.Duration(w.panes)*Pane), w.complaints, a.Evidence.NegativeShare, a.Evidence.BaselineShare)
	if a.Evidence.Event != "" {
		n += "; during " + a.Evidence.Event
	}
	if f.all > 0 {
		n += "; suspected attack: " + f.String()
	}
	return n
}

// brief is a length of time without the zeros at its end.
func brief(d time.Duration) string {
	return strings.Replace(strings.Replace(d.String(), "m0s", "m", 1), "h0m", "h", 1)
}

func (c *counts) negativeShare() float64 { return ratio(c.negative, c.all) }

func ratio(k, n uint32) float64 {
	if n == 0 {
		return 0
	}
	return float64(k) / float64(n)
}
