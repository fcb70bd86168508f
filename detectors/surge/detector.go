package surge

import (
	"math"
	"time"
)

// Verdict is what the detector says of one row.
type Verdict struct {
	Alert     bool      // an alarm begins with this row
	Over      bool      // this row is over the threshold by enough mentions, whether an alarm is open or not
	Active    bool      // an alarm is open: the excess held within the last 24 hours
	Learning  bool      // fewer than 7 days of its own were seen
	Score     float64   // spreads over the usual daily maximum
	Threshold float64   // the score at which an alarm begins
	Expected  float64   // in the most telling window
	Observed  float64   // in the most telling window
	Window    int       // the most telling window, in steps
	Onset     time.Time // when the excess seems to have begun; only with Alert
}

// Severity is -log10 of the chance that a quiet day reaches the score; 0 of no row.
func (v *Verdict) Severity() float64 {
	if v.Window == 0 {
		return 0
	}
	return severity(v.Score)
}

// Detector watches one series. It is not safe for concurrent use.
type Detector struct {
	p       *Params
	next    int64 // Unix seconds at which the next step begins; 0 before the first
	slotEnd int64 // expectation is constant up to here
	until   int64 // an alarm is open until here
	rate    float64
	factor  float64
	base    baseline
	windows []window
	panes   []pane
	out     outage
	mix     tail    // of the windows together
	mean    float64 // by which the mix is measured, follows from mix and rate
	spread  float64
	chance  float64 // share of the noise that is, follows from base
	usual   float64 // mentions a step, follows from base
	hour    int8
	weekday int8
	day     int32 // calendar day of the step before
	blocks  int32 // complete days
	covered int32 // steps seen in the day in progress
}

// slot is how long an expectation is kept before it follows the rhythm.
const slot = 15 * 60

// New returns a detector that has seen nothing. It panics if p is invalid,
// which Params.Validate tells beforehand.
func New(p *Params) *Detector {
	if err := p.prepare(); err != nil {
		panic(err)
	}
	d := &Detector{p: p, base: newBaseline(), windows: make([]window, len(p.windows)), panes: make([]pane, p.panes)}
	for i := range d.windows {
		w := &p.windows[i]
		d.windows[i].tail = newTail(w.m0, w.s0)
	}
	d.mix = newTail(p.mixMean, mixSpread)
	if !p.Fall {
		d.base.begin()
	}
	d.measure()
	return d
}

// Step reads the row that begins at `at`. lift is the factor by which known
// events raise the expectation (1 is none); more generally it is the row's
// exposure, so that the level is seen per exposure. gap says that the source
// was out: the row is unknown rather than zero. Rows that are missing before
// `at` are a gap under the same lift. A row earlier than the one before counts
// as the next one.
// An alarm begins only on a row that saw something; a fall may begin on a row of
// zero.
func (d *Detector) Step(at time.Time, count, lift float64, gap bool) Verdict {
	sec := at.Unix()
	if d.next == 0 {
		d.begin(sec)
	}
	lift = quantise(bound(lift))
	if missing := (sec - d.next + d.p.step/2) / d.p.step; missing > 0 {
		d.pass(missing, lift, true)
	}
	if sec > d.next {
		d.next = sec
	}
	if gap || !(math.Abs(count) <= maxCount) {
		d.pass(1, lift, true)
		return d.verdict(false)
	}
	d.enter()
	d.push(quantise(bound(count)), lift, 1)
	d.cover(1)
	d.next += d.p.step
	return d.verdict(count > 0 || d.p.Fall)
}

// Skip reads n rows of zero at once. It equals n Steps of 0 without lift.
func (d *Detector) Skip(n int) { d.SkipLifted(n, 1) }

// SkipLifted reads n rows of zero at once under a lift.
func (d *Detector) SkipLifted(n int, lift float64) {
	if d.next != 0 {
		d.pass(int64(n), quantise(bound(lift)), false)
	}
}

// Rate is the expectation of the latest row without lift.
func (d *Detector) Rate() float64 { return d.rate }

// Upper is the value of the latest row at which the shortest window would reach
// the threshold by itself.
func (d *Detector) Upper() float64 { return d.upper(&d.windows[0], &d.p.windows[0], d.rate) }

// Assume starts a series that has seen nothing as if it had seen `level` a
// row (or a unit of exposure) over `rows` of them.
func (d *Detector) Assume(level, rows float64) {
	if d.next == 0 {
		d.base.known()
		d.base.level, d.base.seen, d.base.base = level, level*rows, rows
		d.base.sum, d.base.steps = d.base.seen, d.base.base
		d.measure()
	}
}

// Revoke takes back the alarm that is open, for a caller that knows better.
func (d *Detector) Revoke() { d.until = 0 }

// Active tells whether an alarm is open at the next row.
func (d *Detector) Active() bool { return d.next < d.until }

// Next is when the next row begins; the zero time before the first Step.
func (d *Detector) Next() time.Time {
	if d.next == 0 {
		return time.Time{}
	}
	return time.Unix(d.next, 0).UTC()
}

// maxCount bounds a row; beyond it, or not a number, it counts as unknown.
const maxCount = 1e12

func bound(x float64) float64 {
	if !(x > 0) {
		return 0
	}
	return min(x, maxCount)
}

// dayOf numbers calendar days; only equality matters.
func dayOf(t time.Time) int32 { return int32(t.Year()*366 + t.YearDay()) }

func (d *Detector) begin(sec int64) {
	d.next = sec
	t := time.Unix(sec, 0).In(d.p.Location)
	d.hour, d.weekday, d.day = int8(t.Hour()), int8(t.Weekday()), dayOf(t)
}

// pass adds n rows that saw nothing.
func (d *Detector) pass(n int64, lift float64, gap bool) {
	for n > 0 {
		d.enter()
		k := min(n, max(1, (d.slotEnd-d.next+d.p.step-1)/d.p.step))
		end := d.next + k*d.p.step
		if gap {
			d.push(0, 0, k)
			d.out.add(d.next, end, d.longest(), float64(k)*quantise(d.rate*lift))
		} else {
			d.push(0, lift, k)
			d.cover(k)
		}
		d.next = end
		n -= k
	}
}

// enter closes hours and days that ended before the next row and sets its
// expectation.
func (d *Detector) enter() {
	if d.next < d.slotEnd {
		return
	}
	t := time.Unix(d.next, 0).In(d.p.Location)
	hour, weekday, day := t.Hour(), int(t.Weekday()), dayOf(t)
	if hour != int(d.hour) || day != d.day {
		d.base.closeHour(d.p, int(d.hour), int(d.weekday), 3600/float64(d.p.step), d.blocks > 0)
		if day != d.day {
			d.base.closeDay()
			d.closeDay()
			if d.base.begins() && d.blocks >= learningBlocks {
				d.base.settle()
			}
		}
		d.measure()
		d.hour, d.weekday, d.day = int8(hour), int8(weekday), day
	}
	d.slotEnd = d.next - d.next%slot + slot
	middle := float64(hour) + float64(t.Minute()/15)/4 + float64(max(slot, min(d.p.step, 3600)))/2/3600
	perHour := d.base.level * 3600 / float64(d.p.step)
	d.factor = quantise(d.base.rhythm(d.p, middle, weekday, perHour))
	d.rate = d.base.level * d.factor
}

// push adds k rows to the windows and to the hour in progress.
func (d *Detector) push(seen, lift float64, k int64) {
	expected := quantise(d.rate * lift)
	for i := range d.windows {
		p := &d.p.windows[i]
		d.windows[i].push(p, d.panes[p.first:p.first+p.panes], seen, expected, k)
	}
	n := float64(k)
	d.base.hourSeen += seen
	d.base.hourExpected += n * expected
	d.base.hourBase += n * quantise(d.factor*lift)
	d.base.hourLift += n * lift
}

// cover counts k rows that were seen, be it nothing.
func (d *Detector) cover(k int64) {
	d.covered += int32(k)
	d.base.hourSteps += float64(k)
}

// closeDay learns the day's maxima, unless less than half of it was seen.
func (d *Detector) closeDay() {
	seen := int64(d.covered)*d.p.step >= 12*3600
	d.covered = 0
	for i := range d.windows {
		w, p := &d.windows[i], &d.p.windows[i]
		x := float64(w.max)
		if w.max == noMax {
			x = -p.sign * math.Log1p(w.sum.expected/d.steady(p))
		}
		if !seen || d.blocks == 0 {
			w.max = noMax
			continue
		}
		low, most := blockCap, deviationCap*(1+p.pseudo/(d.usual*float64(p.steps)))
		if d.p.Fall { // what a surge brought is no fall for days: the spread it leaves bears with its echo
			low, most = math.Inf(1), math.Inf(1)
		}
		w.close(x, d.blocks, blockPrior, blockGain, low, most)
		if !d.p.Fall {
			w.widenTo(mentionFloor * w.mention(d.usual*float64(p.steps)+p.pseudo))
		}
	}
	if seen && d.blocks > 0 {
		d.mix.close(max(float64(d.mix.max), -1), d.blocks, mixPrior, mixGain, blockCap, math.Inf(1))
	}
	d.mix.max = noMax
	if seen {
		d.blocks++
	}
}

// measure sets the law by which the mix is judged.
func (d *Detector) measure() {
	d.chance, d.usual = d.base.chance(), d.base.usual()
	scarcity := math.Exp(-d.base.level * 3600 / float64(d.p.step) / sparseRate)
	d.mean = lighter(float64(d.mix.m), d.p.mixMean+sparseMean*scarcity)
	d.spread = max(mixFloor, lighter(d.mix.spread(), mixSpread+sparseSpread*scarcity))
}

// verdict grades the windows as they stand after the row. live says that the
// row saw something, so that it counts for alarms and maxima.
func (d *Detector) verdict(live bool) Verdict {
	v := Verdict{Threshold: d.p.threshold, Learning: d.blocks < learningBlocks}
	wide := 1 + youth/float64(max(1, d.blocks))
	first, second, sum, long, top := math.Inf(-1), math.Inf(-1), 0.0, 0.0, 0
	for i := range d.windows {
		w := &d.windows[i]
		p := &d.p.windows[i]
		steady := d.steady(p)
		r := w.ratio(p, steady) / d.widen(p, w.sum.expected+steady-p.pseudo)
		if live && r > float64(w.max) {
			w.max = float32(r)
		}
		z := (r - float64(w.m)) / (w.spread() * wide)
		sum += z
		long += p.long * z
		if z > first {
			first, second, top = z, first, i
		} else if z > second {
			second = z
		}
	}
	if len(d.windows) == 1 {
		second = first
	}
	mixed := agreement*(first+second)/2 + (1-agreement)*sum/float64(len(d.windows))
	if d.p.long {
		mixed = max(mixed, long+longBonus)
	}
	if live && mixed > float64(d.mix.max) {
		d.mix.max = float32(mixed)
	}
	v.Score = (mixed - d.mean) / d.spread
	w, p := &d.windows[top], &d.p.windows[top]
	v.Window, v.Observed, v.Expected = d.p.Windows[top], w.sum.seen, w.sum.expected
	now := d.next - d.p.step
	v.Over = live && d.blocks > 0 && v.Score >= v.Threshold && p.sign*(w.sum.seen-w.sum.expected) >= minExcess
	if v.Over {
		v.Alert = now >= d.until
		if v.Alert {
			v.Onset = d.onset(top)
		}
		d.until = now + int64(hold/time.Second)
	}
	v.Active = now < d.until
	return v
}

// steady is how many mentions steady a window's ratio: its own, and what an
// outage hid from it, as if that had come as expected. Without them six hours of
// which five minutes are known would be measured by the maxima of six known
// hours.
func (d *Detector) steady(p *windowParams) float64 {
	return p.pseudo + d.out.hidden(d.next-p.steps*d.p.step)
}

// widen is by how much the ratio of a window that expects so many mentions,
// those that an outage hid among them, varies more than at an average moment. A
// fall cannot go below nothing: where little is expected its ratio is small.
func (d *Detector) widen(p *windowParams, expected float64) float64 {
	if d.p.Fall || d.usual <= 0 {
		return 1
	}
	return p.widen(expected, d.usual*float64(p.steps), d.chance)
}

// longest is the length of the longest window in seconds.
func (d *Detector) longest() int64 { return d.p.windows[len(d.p.windows)-1].steps * d.p.step }

// upper is the count of a window whose ratio alone stands at the threshold; of
// a fall it is the lower bound, under 0 where no count is low enough.
func (d *Detector) upper(w *window, p *windowParams, expected float64) float64 {
	steady := d.steady(p)
	r := (float64(w.m) + d.p.threshold*w.spread()) * d.widen(p, expected+steady-p.pseudo)
	return (expected+steady)*math.Exp(p.sign*r) - steady
}

// onset is where the excess of window i seems to begin: the pane from which on
// the sum of seen - onsetFactor x expected is highest (Page, 1954), or that of
// expected / onsetFactor - seen for a fall.
func (d *Detector) onset(i int) time.Time {
	p, w := &d.p.windows[i], &d.windows[i]
	ring := d.panes[p.first : p.first+p.panes]
	best, sum, steps := math.Inf(-1), 0.0, int64(0)
	at, start := int(w.at), int64(w.fill)
	for k := range p.panes {
		pane := &ring[(at-k+p.panes)%p.panes]
		if k > 0 {
			start += p.per
		}
		if d.p.Fall {
			sum += pane.expected/onsetFactor - pane.seen
		} else {
			sum += pane.seen - onsetFactor*pane.expected
		}
		if sum > best {
			best, steps = sum, start
		}
	}
	return time.Unix(d.next-steps*d.p.step, 0).UTC()
}
