package surge

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// The constants of the detector, the same for every series, rate and step.
// docs/decisions/0004-surge-detector.md has the measurements behind them.
const (
	// levelHalfLife is how fast the level forgets. A week spans one weekly
	// cycle; 5 to 14 days measure alike, at one day a surge hides itself.
	levelHalfLife = 7 * 24 * time.Hour

	// teachFactor and teachFloor bound what one hour may teach: at most
	// teachFactor x expected + teachFloor mentions, so that a surge does not
	// become its own baseline while a lasting change is learned in days.
	teachFactor = 2.0
	teachFloor  = 3.0

	// hourHalfLife and dayHalfLife are how many visits an hour of the day and
	// a day of the week remember.
	hourHalfLife = 14.0
	dayHalfLife  = 6.0
	// A rhythm has to be earned. A factor starts as if seen at 1 for as many
	// visits as the series' noise is larger than what rhythms vary by
	// (empirical Bayes): squared relative error of an hour over hourVariance,
	// of a day over dayVariance, at most hourPrior and dayPrior visits, and
	// rhythmMentions at least. The errors of a new series are assumed at
	// hourNoise and dayNoise for noiseHours and noiseDays, and forget in
	// noiseLife days. They are measured against the rhythm as it was seen, not as
	// it is shrunk: a rhythm not yet believed would pass for noise, and noise
	// keeps it from being believed. With a fixed prior of 8 visits an even series
	// never learned the last fifth of its rhythm, and its weekends hid its
	// weekdays. After the first week, whose days were not told apart, the errors
	// of the hours count as noiseHours again.
	hourPrior      = 8.0
	hourVariance   = 0.08
	hourNoise      = 1.2
	noiseHours     = 48.0
	dayPrior       = 3.0
	dayVariance    = 0.03
	dayNoise       = 0.12
	noiseDays      = 3.0
	noiseLife      = 30.0
	rhythmMentions = 20.0

	// chanceStart is how much of a new series' noise is held for chance, until
	// its own variance over mean tells. Chance varies most where least is
	// expected; were all noise held for proportional, an even series' quietest
	// hours would set the threshold of its busiest.
	chanceStart = 0.5

	// A window's ratio is steadied by sqrt(length / 5 minutes) mentions: one
	// in five minutes, seventeen in a day. It keeps "two where none was
	// expected" small, and vanishes against a busy series.
	pseudoUnit = 5 * time.Minute

	// Before any day was seen, a window's daily maximum log ratio is assumed
	// at mean priorMean x (length/5 min)^-0.3 and spread
	// priorSpread x (length/5 min)^-0.15: about what bursty series of any rate
	// settle at. The assumption counts as blockPrior days.
	priorMean   = 1.5
	priorSpread = 0.5
	blockPrior  = 3.0

	// blockHalfLife is how many days the maxima remember: a month.
	blockHalfLife = 30.0
	// blockCap winsorises a daily maximum at mean +- blockCap spreads, so that
	// one crisis does not deafen the month after it, nor a silent day widen it.
	blockCap = 2.0
	// A window's spread is at most deviationCap mean absolute deviations; of a
	// Gumbel law it is deviationUsual. A wrong start stands in a variance by its
	// square and for months; the deviations, which also forget faster, drop it in
	// weeks. Where few mentions are usual most days are alike and the spread is that
	// of the others: the cap grows as 1 + pseudo/usual.
	deviationCap   = 1.5
	deviationUsual = 1.3

	// A window's spread is no less than mentionFloor x what one mention more than
	// its usual maximum adds to its ratio. A series with two mentions a day has one
	// in a quarter of an hour on nearly every day: the spread went to nothing within
	// a year, the rare two were cut to it and taught nothing, and were told every
	// time.
	mentionFloor = 0.35

	// youth widens the spreads of a series with n days to 1 + youth/n: the
	// first Monday has never been seen.
	youth = 0.5

	// The windows speak together: agreement is the weight of the two highest
	// windows against the mean of all. An excess that only one window shows is
	// more often chance, and two of 5 minutes, 15 minutes and an hour see it
	// as soon as it lasts.
	agreement = 0.7

	// The long windows speak for themselves, too: where there are shorter ones, the
	// mean of the longest three, the two longest weighing twice, is the score if it
	// stands less than longBonus under the mix. A crisis of days shows in them
	// alone, and their maxima are the mildest: without a voice of their own they had
	// to wait for a lucky quarter of an hour. What that adds to the score's daily
	// maximum is longMean.
	longBonus = 0.1
	longMean  = 0.08

	// The score's daily maximum has spread mixSpread on over-dispersed series, and
	// mean 0 without the long windows' voice. A series whose own are lower by x is
	// measured by its own, as far as x stands over mixMargin, about their standard
	// error; no spread is under mixFloor; a heavier series is not excused, because
	// crises are in its tail. They start as if mixPrior days had been seen and
	// forget slowly, with a half-life of mixHalfLife days.
	mixSpread   = 0.775
	mixMargin   = 0.05
	mixFloor    = 0.4
	mixPrior    = 30.0
	mixHalfLife = 90.0

	// From few mentions the steadied ratio grows with the count, not with its
	// logarithm, so that bursts keep their tails: at next to no mentions the
	// law's mean is sparseMean and its spread sparseSpread higher, falling with
	// the n expected an hour as exp(-n/sparseRate).
	sparseMean   = 0.08
	sparseSpread = 0.06
	sparseRate   = 7.0

	// minExcess is the least excess in mentions that can raise an alarm:
	// two complaints are no crisis.
	minExcess = 2.5

	// hold is how long an alarm stays open after the last row over the
	// threshold, and no other can begin: one turn of the daily rhythm.
	hold = 24 * time.Hour

	// onsetFactor: the onset is where more than onsetFactor x expected began.
	onsetFactor = 1.5

	// learningBlocks is how many days of its own a series needs before its
	// verdicts stop saying Learning: every day of the week once.
	learningBlocks = 7

	// borrowedDays is the weight of a borrowed level: own days soon outvote it.
	borrowedDays = 1.0

	// maxPanes is how many panes a window is cut into: its length is exact to
	// one pane, and a series stays small.
	maxPanes = 12
)

// longWeights are the weights of the longest windows, from the longest on.
var longWeights = [...]float64{.4, .4, .2}

// defaultWindows are the sliding windows, from the first minutes of an
// outcry to the slow burn.
var defaultWindows = []time.Duration{5 * time.Minute, 15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Params is shared by all series of the same step and budget. It must not
// change after the first New, except through SetBudget.
type Params struct {
	Step     time.Duration  // length of a row, at least a second
	Windows  []int          // sliding windows in steps, ascending
	Budget   float64        // false alarms a week that this series may cost
	Location *time.Location // days and hours begin here; nil is UTC
	Fall     bool           // watch for unusual falls instead of rises

	threshold float64
	mixMean   float64 // assumed mean of the score's daily maximum
	long      bool    // the long windows have a voice of their own
	windows   []windowParams
	panes     int // of all windows together
	step      int64
	hourPrior float64 // most visits of an average hour
}

// windowParams is what follows from a window's length.
type windowParams struct {
	steps  int64   // length
	per    int64   // steps a pane
	panes  int     // panes
	first  int     // index of the first pane in Detector.panes
	sign   float64 // 1 for rises, -1 for falls
	pseudo float64 // pseudo-mentions that steady the ratio of small counts
	long   float64 // weight in the voice of the long windows
	m0, s0 float64 // assumed mean and spread of the daily maximum
}

// Defaults returns the parameters for rows of the given length: the default
// windows that are at least a step long, a budget of 0.2 false alarms a week,
// UTC.
func Defaults(step time.Duration) *Params {
	p := &Params{Step: step, Budget: 0.2}
	for _, w := range defaultWindows {
		n := max(1, int(math.Round(float64(w)/float64(step))))
		if len(p.Windows) == 0 || n > p.Windows[len(p.Windows)-1] {
			p.Windows = append(p.Windows, n)
		}
	}
	return p
}

// SetBudget changes the budget of all series that share p, from their next
// step on.
func (p *Params) SetBudget(falseAlarmsAWeek float64) {
	p.Budget = falseAlarmsAWeek
	p.threshold = thresholdFor(falseAlarmsAWeek)
}

// Validate tells what is wrong with p.
func (p *Params) Validate() error { return p.prepare() }

// prepare checks p and derives what every series needs. It does nothing the
// second time.
func (p *Params) prepare() error {
	if p.windows != nil {
		return nil
	}
	if p.Step < time.Second {
		return fmt.Errorf("surge: step %v is shorter than a second", p.Step)
	}
	if len(p.Windows) == 0 || p.Windows[0] < 1 || !slices.IsSorted(p.Windows) {
		return fmt.Errorf("surge: windows %v must be ascending numbers of steps", p.Windows)
	}
	if !(p.Budget > 0) {
		return fmt.Errorf("surge: budget %v must be over 0 false alarms a week", p.Budget)
	}
	if p.Location == nil {
		p.Location = time.UTC
	}
	p.step = int64(p.Step / time.Second)
	if !p.Fall { // with visits of an average hour, a dead hour would be a fall every night
		p.hourPrior = hourPrior
	}
	for _, n := range p.Windows {
		w := windowParams{steps: int64(n), first: p.panes, sign: 1}
		if p.Fall {
			w.sign = -1
		}
		w.per = (w.steps + maxPanes - 1) / maxPanes
		w.panes = int((w.steps + w.per - 1) / w.per)
		h := max(1, float64(n)*float64(p.Step)/float64(pseudoUnit))
		w.pseudo = math.Sqrt(h)
		w.m0, w.s0 = priorMean*math.Pow(h, -.3), priorSpread*math.Pow(h, -.15)
		p.panes += w.panes
		p.windows = append(p.windows, w)
	}
	p.SetBudget(p.Budget)
	// A fall cannot go below nothing: in a day it is told by the day's window anyhow.
	if p.long = !p.Fall && len(p.windows) > len(longWeights); p.long {
		p.mixMean = longMean
		for i, weight := range longWeights {
			p.windows[len(p.windows)-1-i].long = weight
		}
	}
	return nil
}
