package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"fenghuo/schemas"
)

// world makes mentions; the same seed makes the same ones.
type world struct {
	*rand.Rand
	n int
}

func newWorld(seed uint64) *world { return &world{Rand: rand.New(rand.NewPCG(seed, 1))} }

// mention is one of an ordinary author.
func (w *world) mention(brand, sku string, at time.Time, angry bool) Mention {
	w.n++
	m := Mention{
		Brand: brand, SKU: sku, Primary: true, At: at, Channel: "weibo", PostID: fmt.Sprint("p", w.n), Kind: "post",
		Polarity: schemas.Neutral, AuthorID: fmt.Sprint("a", w.IntN(2000)), Followers: int64(w.IntN(500)),
		Keywords: []string{fmt.Sprint("word", int(math.Exp(6*w.Float64())))},
	}
	if angry {
		m.Complaint, m.Polarity, m.Sentiment = true, schemas.Negative, -.8
		m.Types = []schemas.ComplaintType{schemas.ComplaintTypes[w.IntN(3)]}
	}
	return m
}

// poisson draws a count by exponential gaps.
func (w *world) poisson(mean float64) (n int) {
	for t := w.ExpFloat64(); t < mean; t += w.ExpFloat64() {
		n++
	}
	return n
}

// quiet makes an hour of a brand's ordinary life at a mean of rate an hour:
// a daily rhythm, over-dispersed, 15 % complaints.
func (w *world) quiet(brand, sku string, hour time.Time, rate float64, emit func(Mention)) {
	rhythm := 1 + .8*math.Sin(2*math.Pi*float64(hour.Hour()-9)/24)
	for range w.poisson(rate * rhythm * (.25 + .75*w.ExpFloat64())) {
		emit(w.mention(brand, sku, hour.Add(time.Duration(w.Int64N(int64(time.Hour)))), w.Float64() < .15))
	}
}

// crowd makes n mentions within a span.
func (w *world) crowd(brand, sku string, from time.Time, span time.Duration, n int, angry bool, emit func(Mention)) {
	for range n {
		emit(w.mention(brand, sku, from.Add(time.Duration(w.Int64N(int64(span)))), angry))
	}
}

func mustNew(t testing.TB, c Config) *Engine {
	t.Helper()
	if c.Run == "" {
		c.Run = "test"
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func oneBrand(budget float64) Config {
	return Config{Brands: []Brand{{ID: "acme", Name: "Acme"}}, FalseAlarmsPerBrandWeek: budget}
}

// history is weeks of ordinary life, then what extra adds; all of it observed
// and advanced hour by hour, with an hour more than two days of silence behind.
func history(t testing.TB, c Config, weeks int, rate float64, extra func(w *world, hour time.Time, emit func(Mention))) []schemas.Alert {
	t.Helper()
	e, w := mustNew(t, c), newWorld(42)
	var alerts []schemas.Alert
	for hour := start; hour.Before(start.Add(time.Duration(weeks) * weekLong)); hour = hour.Add(time.Hour) {
		emit := func(m Mention) { e.Observe(&m) }
		w.quiet("acme", "", hour, rate, emit)
		if extra != nil {
			extra(w, hour, emit)
		}
		alerts = append(alerts, e.Advance(hour.Add(time.Hour))...)
	}
	return append(alerts, e.Advance(e.Now().Add(49*time.Hour))...)
}

// after keeps what happened from a time on.
func after(alerts []schemas.Alert, from time.Time) (out []schemas.Alert) {
	for _, a := range alerts {
		if a.At.After(from) {
			out = append(out, a)
		}
	}
	return out
}

func worst(alerts []schemas.Alert) (worst schemas.Level) {
	for _, a := range alerts {
		if rank[a.Level] > rank[worst] {
			worst = a.Level
		}
	}
	return worst
}
