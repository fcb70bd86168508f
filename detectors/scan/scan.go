package scan

import (
	"math"
	"slices"
	"time"

	"fenghuo/detectors/state"
)

const (
	// gap is the quiet time that ends an episode: a day, the longest window.
	gap = 24 * time.Hour
	// halfLife is how fast a series forgets: half a year, some dozen
	// episodes of a brand that is named every other week.
	halfLife = 180 * 24 * time.Hour
	// hold is how long an alarm stays open after the last pane over the
	// threshold, as in package surge.
	hold = 12 * time.Hour

	// priorEpisodes in priorTime is the rate assumed of a series before it
	// is known.
	priorEpisodes = 1
	priorTime     = 7 * 24 * time.Hour
	// borrowed is how many episodes the common excess weighs.
	borrowed = 4
	// rare is the chance beyond which an episode's size teaches no more, so
	// that a crisis does not deafen the series.
	rare = 1e-3
	// looks is for how many independent windows the nested ones count;
	// measured on simulated clusters of many rates and sizes.
	looks = 2
	// minCount is the smallest cluster.
	minCount = 2
)

// MaxWindows bounds the windows of a detector.
const MaxWindows = 8

// Excess is the mean excess of episodes by window: what a series learns, and
// what all together lend to one that is new.
type Excess struct {
	episodes float64
	sum      [MaxWindows]float64
}

// Mean is the mean excess of a window over one mention, steadied by other, or
// by half a mention when there is none.
func (x *Excess) Mean(w int, other *Excess) float64 {
	prior := .5
	if other != nil {
		prior = other.Mean(w, nil)
	}
	return (x.sum[w] + borrowed*prior) / (x.episodes + borrowed)
}

func (x *Excess) add(keep float64, excess *[MaxWindows]float64) {
	x.episodes = x.episodes*keep + 1
	for w := range x.sum {
		x.sum[w] = x.sum[w]*keep + excess[w]
	}
}

// Learn adds a closed episode to what all series together know; the last two
// thousand count.
func (x *Excess) Learn(excess *[MaxWindows]float64) { x.add(1-1./2000, excess) }

// Detector watches one sparse series.
type Detector struct {
	since  int64   // Unix seconds up to which time was counted
	time   float64 // forgetting sum of seconds seen
	excess Excess
	last   int64              // Unix seconds of the last mention, 0 = none yet
	size   [MaxWindows]uint32 // largest counts of the episode in progress
	until  int64              // an alarm is open until here
}

// New begins a series at a time in Unix seconds.
func New(at int64) *Detector { return &Detector{since: at} }

// Verdict is what the detector says of a pane.
type Verdict struct {
	Alert    bool    // an alarm begins
	Active   bool    // an alarm is open
	Severity float64 // -log10 of the chance of such an episode on a day
	Window   int     // index of the most telling window
	Rate     float64 // mentions an hour, by episodes and their size
}

// Past is how often the series was heard before its windows, and for how many
// hours somebody listened.
type Past struct{ Mentions, Hours float64 }

// Step takes the counts of the windows that end at `at` (Unix seconds); the
// shortest window comes first, and lengths are theirs. seen says that the pane saw a mention; may says
// that an alarm may begin or go on. budget is in false alarms a week. Closed episodes are
// taught to common, which lends its excess.
func (d *Detector) Step(at int64, seen, may bool, counts []uint32, lengths []time.Duration, past Past, budget float64, common *Excess) (v Verdict) {
	if seen {
		if d.ends(at) {
			d.close(common)
		}
		d.last = at
	}
	perWeek := d.rate(at)
	best := math.Inf(1)
	for w, n := range counts {
		d.size[w] = max(d.size[w], n)
		if n < minCount {
			continue
		}
		mu := d.excess.Mean(w, common)
		theta := mu / (1 + mu)
		r := looks * perWeek * math.Pow(theta, float64(n-1)) * (1 + theta) / 2
		if r <= budget {
			r = max(r, looks*past.perWeek(n, lengths[w].Hours()))
		}
		if r < best {
			best, v.Window = r, w
		}
	}
	if !math.IsInf(best, 1) {
		v.Severity = -math.Log10(-math.Expm1(-max(best/7, 1e-300))) // at most 300: an alert has to stay finite
	}
	if may && best <= budget {
		v.Alert = at >= d.until
		d.until = at + int64(hold/time.Second)
	}
	v.Active = at < d.until
	v.Rate = perWeek / (7 * 24) * (1 + d.excess.Mean(len(counts)-1, common))
	return v
}

// Meets tells whether a Step looks at what is common, or changes it; else its
// verdict is an alarm of nobody, whatever the others know, but for the Rate.
func (d *Detector) Meets(at int64, seen, may bool, counts []uint32) bool {
	return seen && d.ends(at) || d.Active(at) || may && slices.Max(counts) >= minCount
}

// ends tells whether a mention at a time ends the episode in progress.
func (d *Detector) ends(at int64) bool { return d.last != 0 && at-d.last > int64(gap/time.Second) }

// jeffreys is the shape of what is assumed of a Poisson rate.
const jeffreys = .5

// perWeek is how many windows of so many hours a week hold n mentions or more,
// if they are as frequent as they were: Poisson with a rate of which only the
// past is known, so the counts are negative binomial.
func (p Past) perWeek(n uint32, hours float64) float64 {
	q := hours / (p.Hours + hours)
	r := p.Mentions + jeffreys
	k := float64(n)
	a, _ := math.Lgamma(k + r)
	b, _ := math.Lgamma(r)
	c, _ := math.Lgamma(k + 1)
	term := math.Exp(a - b - c + k*math.Log(q) + r*math.Log1p(-q))
	sum := term
	for ; term > 1e-6*sum; k++ {
		term *= q * (k + r) / (k + 1)
		sum += term
	}
	return 7 * 24 / hours * min(1, sum)
}

// Active tells whether an alarm is open at a time in Unix seconds.
func (d *Detector) Active(at int64) bool { return at < d.until }

// rate is episodes a week before the one in progress.
func (d *Detector) rate(at int64) float64 {
	life := halfLife.Seconds()
	f := math.Exp2(-float64(at-d.since) / life)
	d.time = d.time*f + life/math.Ln2*(1-f)
	d.excess.episodes *= f
	for w := range d.excess.sum {
		d.excess.sum[w] *= f
	}
	d.since = at
	return (d.excess.episodes + priorEpisodes) / (d.time + priorTime.Seconds()) * (7 * 24 * 3600)
}

// close learns the episode in progress.
func (d *Detector) close(common *Excess) {
	var excess [MaxWindows]float64
	for w, n := range d.size {
		if n == 0 {
			continue
		}
		mu := d.excess.Mean(w, common)
		excess[w] = min(float64(n-1), math.Log(rare)/math.Log(mu/(1+mu)))
	}
	d.excess.add(1, &excess)
	common.Learn(&excess)
	d.size = [MaxWindows]uint32{}
}

// Append writes the detector.
func (d *Detector) Append(w *state.Writer) {
	w.Int(d.since)
	w.Float64(d.time)
	d.excess.Append(w)
	w.Int(d.last)
	for _, n := range d.size {
		w.Uint(uint64(n))
	}
	w.Int(d.until)
}

// Read takes back what Append wrote.
func (d *Detector) Read(r *state.Reader) {
	d.since, d.time = r.Int(), r.Float64()
	d.excess.Read(r)
	d.last = r.Int()
	for i := range d.size {
		d.size[i] = uint32(r.Uint())
	}
	d.until = r.Int()
}

// Append writes the excess.
func (x *Excess) Append(w *state.Writer) {
	w.Float64(x.episodes)
	for _, s := range x.sum {
		w.Float64(s)
	}
}

// Read takes back what Append wrote.
func (x *Excess) Read(r *state.Reader) {
	x.episodes = r.Float64()
	for i := range x.sum {
		x.sum[i] = r.Float64()
	}
}
