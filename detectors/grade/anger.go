package grade

import "math"

// Anger is what a window says of the mood: of All mentions, Upset complained
// or were negative; Expected and ExpectedUpset are usual for such a window.
type Anger struct {
	All, Upset              float64
	Expected, ExpectedUpset float64
	Share                   float64 // usual share of upset mentions, 0..1
	Complaints              float64 // of the upset mentions
	Grave                   float64 // of them, reports of one type that brands seldom hear of
	Looks                   float64 // such windows among which this one is the angriest, in the midst of a calm; else 0
	Danger                  bool    // more report the same danger than chance brings, whatever the mood of the others: see Danger
}

// Limits of Mood and Danger.
const (
	minComplaints = 2    // fewer are no anger,
	minUpset      = 3    // unless as many are upset
	minAll        = 3    // nor is a window with fewer mentions,
	minGrave      = 2    // unless as many report the same danger, or worse than bad service
	minDanger     = 3    // reports of one such type are anger whatever their share
	excess        = 1e-3 // chance of so many upset mentions at the usual rate
	evidence      = 6    // Bayes factor for a higher share
	majority      = .5   // of the excess
	calm          = .2   // Bayes factor for a higher share, up to which it is the usual one
)

// Angry tells whether the mood is worse than the volume explains, or a danger is
// reported: of a product of which dozens speak as always, half a dozen fires are few.
func (a Anger) Angry() bool { return a.Danger || a.Mood() }

// Mood tells whether the mood is worse than the volume explains. There must
// be more upset mentions than usual, and either their share is higher than
// usual, or it is no lower and most of the excess mentions are upset ones, as
// when a brand that often hears complaints hears many more. The share is looked
// at again and again, so it is judged by a Bayes factor, which a quiet series
// exceeds once with a chance of at most its inverse, however often one looks
// (Ville 1939). That holds of one growing sample. Of a sale or a launch of which
// thousands speak as always, every quarter of an hour is a sample of its own, and in
// one of them two of three will complain: there the limits are divided by the number
// of windows.
func (a Anger) Mood() bool {
	looks := max(1, a.Looks)
	if a.Complaints < minComplaints && a.Upset < minUpset || a.All < minAll && a.Grave < minGrave || PoissonTail(a.Upset, a.ExpectedUpset) > excess/looks {
		return false
	}
	higher := 0.
	if a.Upset > a.Share*a.All {
		higher = higherShare(a.All, a.Upset, a.Share)
	}
	if higher >= evidence*looks {
		return true
	}
	most := a.Upset/a.All >= majority && a.Upset-a.ExpectedUpset >= majority*(a.All-a.Expected)
	return most && (higher >= looks || a.Looks == 0 && a.Upset >= a.Share*a.All)
}

// Danger tells whether at least three reports of one type that brands seldom hear
// of are more than a Poisson rate explains, of which so many are expected in
// such a window and which is looked at in so many windows.
func Danger(reports, expected, windows float64) bool {
	return reports >= minDanger && PoissonTail(reports, expected) <= excess/max(1, windows)
}

// Cap bounds the score of a window in which nothing but a danger stands out: how many
// followers and channels the others have, who speak as always, makes it no graver
// than yellow.
func (a Anger) Cap(score float64) float64 {
	if a.Danger && !a.Mood() {
		return min(score, orangeFrom-1)
	}
	return score
}

// Calm tells whether a share of the upset is the usual one rather than a higher one,
// five to one. Of few mentions that is never known.
func Calm(all, upset, share float64) bool {
	return higherShare(all, upset, share) <= calm
}

// higherShare is the Bayes factor of a share that may lie anywhere above p
// against p itself, for k of n.
func higherShare(n, k, p float64) float64 {
	if p <= 0 {
		return math.Inf(1)
	}
	if p >= 1 {
		return 0
	}
	// The integral of x^k (1-x)^(n-k) over p..1 is B(k+1, n-k+1) times the
	// chance of at most k of n+1 at p.
	a, _ := math.Lgamma(k + 1)
	b, _ := math.Lgamma(n - k + 1)
	c, _ := math.Lgamma(n + 2)
	beta := a + b - c
	above := 1 - BinomialTail(n+1, k+1, p)
	return above / (1 - p) * math.Exp(beta-k*math.Log(p)-(n-k)*math.Log1p(-p))
}

// Excess is how far the share stands over the usual one, 0..1, with one
// mention of the usual share as ballast.
func (a Anger) Excess() float64 {
	if a.Share >= 1 {
		return 0
	}
	share := (a.Upset + a.Share) / (a.All + 1)
	return max(0, (share-a.Share)/(1-a.Share))
}

// BinomialTail is the chance of at least k of n at probability p: the first
// term by logarithms, the following ones by their ratio.
func BinomialTail(n, k, p float64) float64 {
	switch {
	case k <= 0:
		return 1
	case p <= 0 || k > n:
		return 0
	case p >= 1:
		return 1
	}
	if k < n*p { // sum the shorter side
		return 1 - BinomialTail(n, n-k+1, 1-p)
	}
	a, _ := math.Lgamma(n + 1)
	b, _ := math.Lgamma(k + 1)
	c, _ := math.Lgamma(n - k + 1)
	term := math.Exp(a - b - c + k*math.Log(p) + (n-k)*math.Log1p(-p))
	sum := term
	for i := k; i < n && term > 1e-12*sum; i++ {
		term *= (n - i) / (i + 1) * p / (1 - p)
		sum += term
	}
	return min(1, sum)
}

// PoissonTail is the chance of at least k at a mean of m.
func PoissonTail(k, m float64) float64 {
	if k <= 0 {
		return 1
	}
	if m <= 0 {
		return 0
	}
	if k < m {
		return 1 // not in excess; the exact figure is of no use
	}
	l, _ := math.Lgamma(k + 1)
	term := math.Exp(k*math.Log(m) - m - l)
	sum := term
	for i := k + 1; term > 1e-12*sum; i++ {
		term *= m / i
		sum += term
	}
	return min(1, sum)
}
