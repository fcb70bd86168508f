package report

import (
	"math"
	"slices"
)

// dayHours is the window in which the daily rhythm cancels out.
const dayHours = 24

// sums are the sums of every window of n that fits.
func sums(x []float64, n int) []float64 {
	if len(x) < n {
		return nil
	}
	out := make([]float64, len(x)-n+1)
	for _, v := range x[:n] {
		out[0] += v
	}
	for i := 1; i < len(out); i++ {
		out[i] = out[i-1] - x[i-1] + x[i+n-1]
	}
	return out
}

// highest is the first greatest value and its place.
func highest(x []float64) (value float64, at int) {
	for i, v := range x {
		if v > value {
			value, at = v, i
		}
	}
	return value, at
}

// clarity is how far the fullest 24 hours stand out of the usual, in standard
// deviations of a Poisson count that may be zero. usual is an hour's mean.
func clarity(x []float64, usual float64) float64 {
	n := min(dayHours, len(x))
	top, _ := highest(sums(x, n))
	expected := usual * float64(n)
	return (top - expected) / math.Sqrt(expected+1)
}

// enough is how many posts a peak should have, so that it is no accident.
const enough = 10

// peakOf finds the peak, see type Peak, from hour at on to before end; top is
// its fullest hour.
func peakOf(x []float64) (at, end, top int) {
	for _, length := range []int{1, 3, 6, 12, dayHours} {
		length = min(length, len(x))
		var count float64
		count, at = highest(sums(x, length))
		end = at + length
		if count >= enough {
			break
		}
	}
	for at < end-1 && x[at] == 0 {
		at++
	}
	for end > at+1 && x[end-1] == 0 {
		end--
	}
	_, top = highest(x[at:end])
	return at, end, at + top
}

// onset is the hour from which the excess that is there in the hour peak has
// grown: the last time before it that the cumulative sum of what exceeds twice
// the usual was nil. One post is forgotten after a day.
func onset(x []float64, usual float64, peak int) int {
	allowance := max(2*usual, 1./dayHours)
	start, sum := 0, 0.
	for i := 0; i <= peak && i < len(x); i++ {
		if sum == 0 && x[i] > 0 {
			start = i
		}
		sum = max(0, sum+x[i]-allowance)
	}
	return start
}

// halfLife is how many hours after the fullest 24 hours another 24 hours hold
// at most half of their excess; ok is false when that does not come.
func halfLife(x []float64, usual float64) (hottest int, hours int, ok bool) {
	days := sums(x, dayHours)
	top, _ := highest(days)
	for i, v := range days {
		if v == top { // the last of equals: then the first posts leave the window
			hottest = i
		}
	}
	expected := usual * dayHours
	for i := hottest; i < len(days); i++ {
		if days[i]-expected <= (top-expected)/2 {
			return hottest, i - hottest, true
		}
	}
	return hottest, 0, false
}

// returns finds the first 24 hours after peak that are within the band, and
// the beginnings of those that leave it again. at is -1 when there are none.
func returns(x []float64, band float64, peak int) (at int, flares []int) {
	days := sums(x, dayHours)
	at = -1
	quiet := false
	for i := peak; i < len(days); i++ {
		calm := days[i] <= band
		switch {
		case calm && at < 0:
			at, quiet = i, true
		case at >= 0 && quiet && !calm:
			// The window sees what is new at its end.
			flares, quiet = append(flares, i+dayHours-1), false
		case calm:
			quiet = true
		}
	}
	return at, flares
}

// band is what 24 usual hours hold at most, 19 times of 20; at least 1.
func band(x []float64) float64 {
	days := sums(x, min(dayHours, len(x)))
	if len(days) == 0 {
		return 1
	}
	slices.Sort(days)
	return max(1, days[(len(days)-1)*19/20])
}

// surprise is Dunning's log-likelihood ratio of a word in a of n posts against
// b of m others; 0 when it is not more frequent.
func surprise(a, n, b, m float64) float64 {
	switch {
	case m == 0:
		return a
	case a*m <= b*n:
		return 0
	}
	share := (a + b) / (n + m)
	term := func(count, expected float64) float64 {
		if count == 0 {
			return 0
		}
		return count * math.Log(count/expected)
	}
	return 2 * (term(a, n*share) + term(b, m*share))
}

func total(x []float64) (sum float64) {
	for _, v := range x {
		sum += v
	}
	return sum
}
