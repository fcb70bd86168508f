package surge

import (
	"math"
	"time"
)

// Baseline is what a series has learned, in a form that another series can
// borrow: a new SKU from its brand, a new brand from its category.
type Baseline struct {
	Level  float64     // mentions an hour
	Hour   [24]float64 // factor of each hour of the day, about 1
	Day    [7]float64  // factor of each day of the week, Sunday first, about 1
	Maxima []Maximum   // of each window
	Days   float64     // days that it stands for
}

// Maximum is the mean and spread of a window's daily maximum log ratio.
type Maximum struct{ Mean, Spread float64 }

// share is a ratio of two forgetting sums: seen over what an average hour or
// day would have seen.
type share struct{ seen, base float32 }

func (s *share) add(seen, base, decay float64) {
	s.seen = float32(float64(s.seen)*decay + seen)
	s.base = float32(float64(s.base)*decay + base)
}

// factor shrinks the ratio towards 1 by `visits` visits of an average hour or
// day, each worth perVisit mentions, and by rhythmMentions at least.
func (s *share) factor(visits, perVisit float64) float64 {
	prior := max(visits*perVisit, rhythmMentions)
	return (float64(s.seen) + prior) / (float64(s.base) + prior)
}

// baseline is the level and the rhythm, learned hour by hour.
type baseline struct {
	seen, base float64 // forgetting sums: level = seen / base, mentions a step
	level      float64
	sum, steps float64 // forgetting sums, too: mentions, and steps whatever their exposure
	hours      [24]share
	days       [7]share
	// the hour in progress
	hourSeen, hourExpected, hourBase float64
	hourLift, hourSteps              float64
	// the day in progress, from its complete hours
	daySeen, dayExpected float64
	hourError, dayError  noise
	dispersion           noise // squared error over what was expected: 1 by chance alone (Poisson)
}

// noise is a mean squared error of what was expected, relative to that, and how
// many visits taught it.
type noise struct{ square, visits float32 }

// learn takes the squared error of a visit that weighs so much. Early visits
// count for little once later ones are seen: the expectation under them was raw.
func (n *noise) learn(square, weight, life float64) {
	n.visits = float32(min(float64(n.visits)+1, life))
	n.square += float32((square - float64(n.square)) * min(1, weight*max(1/life, 2/(float64(n.visits)+1))))
}

// squaredError is the squared relative error of what was expected.
func squaredError(seen, expected float64) float64 {
	x := seen/expected - 1
	return x * x
}

func newBaseline() baseline {
	return baseline{hourError: noise{hourNoise, noiseHours}, dayError: noise{dayNoise, noiseDays}, dispersion: noise{1 / chanceStart, noiseHours}}
}

// begin starts a first week. Its days are not told apart and dayError has no
// visits, not even assumed ones; days.base is what was exposed. Against the level
// as it was on a Friday the weekend is nothing, and against that of the Sunday
// after it the Monday is a surge.
func (b *baseline) begin() { b.dayError.visits = 0 }

// begins tells whether it is the first week.
func (b *baseline) begins() bool { return b.dayError.visits == 0 }

// known ends the first week or leaves it out, for a series of which something
// is known.
func (b *baseline) known() { b.dayError.visits = max(b.dayError.visits, noiseDays) }

var (
	levelDecay = math.Exp2(-float64(time.Hour) / float64(levelHalfLife))
	hourDecay  = math.Exp2(-1 / hourHalfLife)
	dayDecay   = math.Exp2(-1 / (24 * dayHalfLife)) // of one hour
)

// hourVisits and dayVisits are how many visits of an average hour and day a
// factor starts with.
func (b *baseline) hourVisits(p *Params) float64 {
	return min(p.hourPrior, float64(b.hourError.square)/hourVariance)
}

func (b *baseline) dayVisits() float64 {
	return min(dayPrior, float64(b.dayError.square)/dayVariance)
}

// rhythm is the factor of a moment: `hour` with its fraction (0..24), weekday.
func (b *baseline) rhythm(p *Params, hour float64, weekday int, perHour float64) float64 {
	x := hour - .5
	if x < 0 {
		x += 24
	}
	i := int(x)
	f := x - float64(i)
	visits := b.hourVisits(p)
	h := (1-f)*b.hours[i%24].factor(visits, perHour) + f*b.hours[(i+1)%24].factor(visits, perHour)
	return h * b.day(weekday, 24*perHour)
}

// day is the factor of a weekday of which an average one sees perDay mentions.
func (b *baseline) day(weekday int, perDay float64) float64 {
	if b.begins() {
		return 1
	}
	return b.days[weekday].factor(b.dayVisits(), perDay)
}

// plain is the rhythm of an hour that was seen before, hardly shrunk, over the
// rhythm that is expected; 0 of one that was not.
func (b *baseline) plain(p *Params, hour, weekday int, perHour float64) float64 {
	h, d := &b.hours[hour], &b.days[weekday]
	if h.base == 0 || d.base == 0 {
		return 0
	}
	perHour *= b.level
	f := h.factor(0, 0) / h.factor(b.hourVisits(p), perHour)
	if b.begins() {
		return f
	}
	return f * d.factor(0, 0) / b.day(weekday, 24*perHour)
}

// closeHour learns the hour in progress, which was `hour` of `weekday`.
func (b *baseline) closeHour(p *Params, hour, weekday int, perHour float64, mature bool) {
	seen := b.hourSeen
	if mature {
		seen = min(seen, teachFactor*b.hourExpected+teachFloor)
	}
	plain := b.hourExpected * b.plain(p, hour, weekday, perHour)
	if b.hourSteps > 0 {
		b.sum = b.sum*levelDecay + seen
		b.steps = b.steps*levelDecay + b.hourSteps
	}
	if b.hourBase > 0 {
		day, level := b.day(weekday, 24*b.level*perHour), b.level
		if b.begins() {
			level = 1
		}
		if mature || !p.Fall { // a rhythm against the level of a first night would expect too much for weeks
			b.hours[hour].add(seen, b.level*day*b.hourLift, hourDecay)
			b.days[weekday].add(seen, b.hourBase*level/day, dayDecay)
		}
		b.seen = b.seen*levelDecay + seen
		b.base = b.base*levelDecay + b.hourBase
		b.level = b.seen / b.base
	}
	if mature && plain > 0 {
		square := squaredError(seen, plain)
		b.hourError.learn(square, 1, 24*noiseLife)
		b.dispersion.learn(square*plain, plain/(b.usual()*perHour), 24*noiseLife)
		b.daySeen += seen
		b.dayExpected += plain
	}
	b.hourSeen, b.hourExpected, b.hourBase, b.hourLift, b.hourSteps = 0, 0, 0, 0, 0
}

// chance is the share of the noise that is, at an average moment.
func (b *baseline) chance() float64 { return min(1, 1/float64(b.dispersion.square)) }

// usual is how many mentions a step saw in the mean, under whatever exposure it
// had; the level itself before that is known.
func (b *baseline) usual() float64 {
	if b.steps > 0 {
		return b.sum / b.steps
	}
	return b.level
}

// settle ends the first week: its days are measured against the level of all
// of them.
func (b *baseline) settle() {
	b.known()
	seen, exposed := 0.0, 0.0
	for _, d := range b.days {
		seen += float64(d.seen)
		exposed += float64(d.base)
	}
	if exposed == 0 {
		return
	}
	b.level = seen / exposed
	b.seen = b.level * b.base
	for i := range b.days {
		b.days[i].base *= float32(b.level)
	}
	b.hourError.visits = min(b.hourError.visits, noiseHours)
	b.dispersion.visits = min(b.dispersion.visits, noiseHours)
}

// closeDay learns how far the day in progress was from what was expected, a
// doubling at most; nothing from the first week.
func (b *baseline) closeDay() {
	if b.dayExpected > 0 && !b.begins() {
		b.dayError.learn(squaredError(min(b.daySeen, 2*b.dayExpected), b.dayExpected), 1, noiseLife)
	}
	b.daySeen, b.dayExpected = 0, 0
}

// Baseline returns what the series has learned.
func (d *Detector) Baseline() Baseline {
	perHour := d.base.level * 3600 / float64(d.p.step)
	b := Baseline{Level: perHour, Days: float64(d.blocks)}
	for i := range b.Hour {
		b.Hour[i] = d.base.hours[i].factor(d.base.hourVisits(d.p), perHour)
	}
	for i := range b.Day {
		b.Day[i] = d.base.day(i, 24*perHour)
	}
	for i := range d.windows {
		b.Maxima = append(b.Maxima, Maximum{Mean: float64(d.windows[i].m), Spread: d.windows[i].spread()})
	}
	return b
}

// Borrow starts a series that has seen nothing from another's baseline, such
// as a new SKU from its brand's, with prior.Level already scaled to what the
// series may expect. It may alarm from its first row, and says Learning until
// it has 7 days of its own. It does nothing to a series that has begun.
func (d *Detector) Borrow(prior Baseline) {
	if d.next != 0 || !(prior.Level > 0) {
		return
	}
	b := &d.base
	b.level = prior.Level * float64(d.p.step) / 3600
	b.base = borrowedDays * 24 * 3600 / float64(d.p.step)
	b.seen = b.level * b.base
	b.sum, b.steps = b.seen, b.base
	d.BorrowRhythm(prior)
	d.blocks = 1
	d.measure()
}

// BorrowRhythm starts a series that has seen nothing, and of whose level
// nothing is known, with the rhythm of others of about prior.Level, such as a
// new brand with that of its category. It does nothing to a series that has
// begun.
func (d *Detector) BorrowRhythm(prior Baseline) {
	if d.next != 0 || !(prior.Level > 0) {
		return
	}
	b := &d.base
	b.known()
	for i, f := range prior.Hour {
		b.hours[i].borrow(f, b.hourVisits(d.p), prior.Level)
	}
	for i, f := range prior.Day {
		b.days[i].borrow(f, b.dayVisits(), 24*prior.Level)
	}
}

// borrow sets the sums so that factor gives f, as if from the prior's weight
// of visits.
func (s *share) borrow(f, visits, perVisit float64) {
	if f <= 0 {
		return
	}
	prior := max(visits*perVisit, rhythmMentions)
	s.base = float32(prior)
	s.seen = float32(max(0, prior*(2*f-1)))
}
