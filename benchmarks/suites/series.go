package suites

import (
	"math"
	"math/rand/v2"
	"time"
)

// Noise is over-dispersion on top of Poisson counts: factors of mean 1 that
// multiply the rate. A zero is none.
type Noise struct {
	Name string
	Pane float64 // gamma shape of a factor drawn anew every row: negative binomial rows
	Hour float64 // gamma shape of a factor drawn anew every hour
	Day  float64 // standard deviation of a slow log-normal drift that forgets in about a day
}

// Rhythm is how the expected rate moves over the week.
type Rhythm struct {
	Name    string
	Depth   float64 // night against noon: 0 is flat, 0.9 falls to a tenth
	Weekend float64 // factor on Saturday and Sunday
}

// at is the rhythm's factor, with a mean of about 1 over a day.
func (r Rhythm) at(t time.Time) float64 {
	h := float64(t.Hour()) + float64(t.Minute())/60
	// lowest at 04:30, a shoulder at noon, the peak in the evening
	f := 1 + r.Depth*(.75*math.Cos((h-17.5)/12*math.Pi)+.25*math.Cos((h-21.5)/6*math.Pi))
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		f *= r.Weekend
	}
	return max(f, 1-r.Depth)
}

// week is the factors of all rows of a week from Monday on.
func (r Rhythm) week(step time.Duration) []float64 {
	f := make([]float64, week/step)
	for i := range f {
		f[i] = r.at(epoch.Add(time.Duration(i) * step))
	}
	return f
}

// Promotion is a known event: the rate is Lift times as high, and the
// detector is told so.
type Promotion struct {
	Name          string
	Every, Length time.Duration // zero is none
	Lift          float64
}

// Crisis multiplies the rate from Onset on: it rises linearly over Ramp to
// Factor and stays there until Onset + Length.
type Crisis struct {
	Factor       float64
	Ramp, Length time.Duration
}

func (c Crisis) at(since time.Duration) float64 {
	switch {
	case since < 0 || since >= c.Length:
		return 1
	case since < c.Ramp:
		return 1 + (c.Factor-1)*float64(since)/float64(c.Ramp)
	}
	return c.Factor
}

// Group is a kind of series.
type Group struct {
	Rate      float64 // mentions an hour, averaged over a weekday
	Noise     Noise
	Rhythm    Rhythm
	Promotion Promotion
	Missing   float64 // share of time in source outages of six hours
}

// Row is one row of a generated series.
type Row struct {
	At    time.Time
	Count float64
	Lift  float64
	Gap   bool
}

// Stream generates a group's rows one after the other.
type Stream struct {
	g      Group
	source rand.PCG
	rng    *rand.Rand // of source
	step   time.Duration
	at     time.Time
	rhythm []float64 // of the week's rows
	row    int       // rows so far
	crisis Crisis
	onset  time.Time
	hour   int64
	hourly float64
	drift  float64
	out    time.Time // source is out until here
}

// epoch is when every generated series begins: a Monday.
var epoch = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

// NewStream returns series number i of the group under a seed. The step divides
// an hour.
func NewStream(g Group, step time.Duration, seed uint64, i int) *Stream {
	s := &Stream{g: g, step: step, at: epoch, rhythm: g.Rhythm.week(step), hour: -1}
	s.source.Seed(seed, uint64(i))
	s.rng = rand.New(&s.source)
	return s
}

// Fork returns a stream that goes on as s would: the same draws meet another
// crisis.
func (s *Stream) Fork() *Stream {
	c := *s
	c.rng = rand.New(&c.source)
	return &c
}

// Strike lets a crisis begin at onset.
func (s *Stream) Strike(c Crisis, onset time.Time) { s.crisis, s.onset = c, onset }

// Next returns the next row.
func (s *Stream) Next() Row {
	r := Row{At: s.at, Lift: 1}
	if h := s.at.Unix() / 3600; h != s.hour {
		s.hour = h
		s.newHour()
	}
	g := &s.g
	if p := g.Promotion; p.Every > 0 && s.at.Sub(epoch)%p.Every < p.Length {
		r.Lift = p.Lift
	}
	mu := g.Rate * s.step.Hours() * s.rhythm[s.row%len(s.rhythm)] * s.hourly * r.Lift
	if !s.onset.IsZero() {
		mu *= s.crisis.at(s.at.Sub(s.onset))
	}
	if g.Noise.Pane > 0 {
		mu *= gamma(s.rng, g.Noise.Pane) / g.Noise.Pane
	}
	r.Count = poisson(s.rng, mu)
	if s.at.Before(s.out) {
		r.Gap, r.Count = true, 0
	}
	s.at = s.at.Add(s.step)
	s.row++
	return r
}

func (s *Stream) newHour() {
	n := s.g.Noise
	s.hourly = 1
	if n.Hour > 0 {
		s.hourly = gamma(s.rng, n.Hour) / n.Hour
	}
	if n.Day > 0 {
		const keep = 1 - 1.0/24
		s.drift = s.drift*keep + n.Day*math.Sqrt(1-keep*keep)*s.rng.NormFloat64()
		s.hourly *= math.Exp(s.drift - n.Day*n.Day/2)
	}
	if s.g.Missing > 0 && s.rng.Float64() < s.g.Missing/6 {
		s.out = s.at.Add(6 * time.Hour)
	}
}

// gamma draws from a gamma law of the given shape and scale 1 (Marsaglia and
// Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape == 1 {
		return r.ExpFloat64()
	}
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < .5*x*x+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

// poisson draws from a Poisson law: by inversion for small means, split in
// two by the gamma law for large ones (Ahrens and Dieter, 1974).
func poisson(r *rand.Rand, mean float64) float64 {
	k := 0.0
	for mean > 30 {
		m := math.Floor(mean * 7 / 8)
		x := gamma(r, m)
		if x > mean {
			return k + binomial(r, m-1, mean/x)
		}
		k += m
		mean -= x
	}
	p, limit := 1.0, math.Exp(-mean)
	for {
		p *= r.Float64()
		if p <= limit {
			return k
		}
		k++
	}
}

// binomial draws by the beta law until few are left.
func binomial(r *rand.Rand, n, p float64) float64 {
	k := 0.0
	for n > 30 {
		a := math.Floor(n/2) + 1
		x, y := gamma(r, a), gamma(r, n+1-a)
		b := x / (x + y)
		if b <= p {
			k += a
			n -= a
			p = (p - b) / (1 - b)
		} else {
			n = a - 1
			p /= b
		}
	}
	for range int(n) {
		if r.Float64() < p {
			k++
		}
	}
	return k
}
