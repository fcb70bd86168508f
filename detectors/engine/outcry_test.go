package engine

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"gonum.org/v1/gonum/integrate/quad"
	"gonum.org/v1/gonum/stat/distuv"

	"fenghuo/detectors/grade"
	"fenghuo/schemas"
)

// firstHour is what is told of a brand that is first heard with n complaints of
// a type among so many other mentions, two minutes apart.
func firstHour(t *testing.T, kind schemas.ComplaintType, n, others int) []schemas.Alert {
	t.Helper()
	s := newWatched(t, 7, oneBrand(.2))
	total := n + others
	for i := range total {
		m := s.mention("acme", "", start.Add(time.Duration(i)*2*time.Minute), i*n/total != (i+1)*n/total)
		m.Types = nil
		if m.Complaint {
			m.Types = []schemas.ComplaintType{kind}
		}
		s.e.Observe(&m)
	}
	return s.e.Advance(start.Add(time.Duration(total)*2*time.Minute + time.Hour))
}

// Whoever begins to listen while a product burns is told within the hour, and
// not that a carrier's customers speak of delays.
func TestOutcryIsToldInTheFirstHour(t *testing.T) {
	told := firstHour(t, schemas.ProductSafety, 20, 2)
	if len(told) == 0 {
		t.Fatal("twenty burns among 22 first mentions are not told")
	}
	a := told[0]
	if a.State != schemas.Firing || a.CrisisType != schemas.ProductSafety || !a.Learning || a.At.After(start.Add(time.Hour)) {
		t.Errorf("%s of %s at %s, learning %v", a.State, a.CrisisType, a.At, a.Learning)
	}
	if told := firstHour(t, schemas.ProductSafety, 5, 0); len(told) == 0 {
		t.Error("five burns in the first five mentions are not told")
	}
	for _, quiet := range []struct {
		kind      schemas.ComplaintType
		n, others int
	}{
		{schemas.ProductSafety, 4, 0},
		{schemas.ProductSafety, 20, 40},
		{schemas.Logistics, 60, 40},
		{schemas.CustomerService, 5, 1},
	} {
		if told := firstHour(t, quiet.kind, quiet.n, quiet.others); len(told) > 0 {
			t.Errorf("%d of %s among %d others: %s", quiet.n, quiet.kind, quiet.others, told[0].Evidence.Note)
		}
	}
}

// The closed form is the ratio of the two integrals over all shares.
func TestOutcryEvidence(t *testing.T) {
	for _, p := range []prior{everyday, rare} {
		for _, c := range []struct{ k, n float64 }{{1, 1}, {5, 6}, {6, 6}, {9, 30}, {40, 60}} {
			likelihood := func(x float64) float64 { return math.Pow(x, c.k) * math.Pow(1-x, c.n-c.k) }
			crisis := quad.Fixed(likelihood, 0, 1, 400, nil, 0)
			beta := distuv.Beta{Alpha: p.a, Beta: p.b}
			usual := quad.Fixed(func(x float64) float64 { return likelihood(x) * beta.Prob(x) }, 0, 1, 400, nil, 0)
			want := math.Log10(crisis / usual)
			if got := p.evidence(c.k, c.n); math.Abs(got-want) > 1e-3 {
				t.Errorf("%v of %v under %v: %.4f, want %.4f", c.k, c.n, p, got, want)
			}
		}
	}
}

// Of subjects like others at most one in a hundred ever shows odds of a hundred,
// though one looks at every mention of the first thousand.
func TestOutcryMayBeLookedAtAnyTime(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, p := range []prior{everyday, rare} {
		const subjects = 4000
		beta, over := distuv.Beta{Alpha: p.a, Beta: p.b, Src: r}, 0
		for range subjects {
			share, k := beta.Rand(), 0.
			for n := range 1000 {
				if r.Float64() < share {
					k++
				}
				if p.evidence(k, float64(n+1)) >= 2 {
					over++
					break
				}
			}
		}
		// three standard errors over the promise
		if most := .01*subjects + 3*math.Sqrt(.01*subjects); float64(over) > most {
			t.Errorf("%v: %d of %d, want at most %.0f", p, over, subjects, most)
		}
	}
}

// twoReports is what is told of a brand that is named every other week when it
// gets two more complaints of a type within two hours.
func twoReports(t *testing.T, kind schemas.ComplaintType, second func(*Mention)) []schemas.Alert {
	t.Helper()
	s := newWatched(t, 3, oneBrand(.2))
	at := start.Add(16*weekLong + 9*time.Hour)
	for d := start.Add(weekLong); d.Before(at); d = d.Add(2 * weekLong) {
		m := s.mention("acme", "", d, false)
		s.e.Observe(&m)
	}
	for i := range 2 {
		m := s.mention("acme", "", at.Add(time.Duration(i)*2*time.Hour), true)
		m.Types = []schemas.ComplaintType{kind}
		if i > 0 {
			second(&m)
		}
		s.e.Observe(&m)
	}
	return s.e.Advance(at.Add(3 * time.Hour))
}

// Two complaints of a day are no crisis, but two reports of the same danger are
// one of a brand that is hardly ever named.
func TestTwoReportsOfADangerAreTold(t *testing.T) {
	as := func(kind schemas.ComplaintType) func(*Mention) {
		return func(m *Mention) { m.Types = []schemas.ComplaintType{kind} }
	}
	told := twoReports(t, schemas.ProductSafety, as(schemas.ProductSafety))
	if len(told) != 1 || told[0].State != schemas.Firing || told[0].Level != schemas.Yellow || told[0].CrisisType != schemas.ProductSafety {
		t.Errorf("two injuries: %+v", told)
	}
	for name, told := range map[string][]schemas.Alert{
		"two parcels late":               twoReports(t, schemas.Logistics, as(schemas.Logistics)),
		"an injury and a fine":           twoReports(t, schemas.ProductSafety, as(schemas.Compliance)),
		"an injury and who passes it on": twoReports(t, schemas.ProductSafety, func(m *Mention) { m.Kind = kindRepost }),
	} {
		if len(told) > 0 {
			t.Errorf("%s: %s", name, told[0].Evidence.Note)
		}
	}
}

// Seven reports of a leak within six hours are no matter for blue because a brand is
// spoken of seventy times a day in the usual mood.
func TestDangerInABusyBrandIsTold(t *testing.T) {
	leak := start.Add(3*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 4, 3, func(w *world, hour time.Time, emit func(Mention)) {
		if d := hour.Sub(leak); d >= 0 && d < 7*time.Hour {
			w.crowd("acme", "", hour, time.Hour, 1, true, func(m Mention) {
				m.Types = []schemas.ComplaintType{schemas.DataSecurity}
				emit(m)
			})
		}
	}), leak)
	if len(alerts) == 0 || worst(alerts) == schemas.Blue || alerts[0].CrisisType != schemas.DataSecurity {
		t.Errorf("want yellow or worse, of data security: %+v", alerts)
	}
}

// What nothing but a danger makes angry is yellow at most, and of windows of one
// level that of a worse mood is shown, though another scores more.
func TestDangerAloneIsYellow(t *testing.T) {
	alone := grade.Anger{All: 60, Upset: 9, Complaints: 9, Share: .14, Expected: 60, ExpectedUpset: 8.4, Danger: true}
	danger := graded{anger: alone, score: alone.Cap(90)}
	if level := grade.Of(danger.score, danger.anger.Angry(), 1); level != schemas.Yellow {
		t.Errorf("a danger alone is %s", level)
	}
	mood := graded{anger: grade.Anger{All: 6, Upset: 5, Complaints: 5, Share: .14, Expected: 1, ExpectedUpset: .14}, score: 20}
	if !mood.anger.Mood() || mood.compare(&danger) <= 0 {
		t.Error("a window of ordinary posts around a danger hides the one that is about it")
	}
	graver := mood
	graver.score = graver.anger.Cap(50)
	if graver.compare(&mood) <= 0 {
		t.Error("orange does not come before yellow")
	}
	calm := graded{anger: grade.Anger{All: 500, Upset: 70, Complaints: 70, Share: .14, Expected: 50, ExpectedUpset: 7}, score: 60}
	if danger.compare(&calm) <= 0 {
		t.Error("a calm window, which is blue, comes before an angry one")
	}
}
