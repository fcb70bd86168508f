package grade

import "math"

// Anger is what a window says of the mood: of All mentions, Upset complained
// or were negative; Expected and ExpectedUpset are usual for such a window.
type Anger struct {
	All, Upset              float64
	Expected, ExpectedUpset float64
	Share                   float64 // usual share of upset mentions, 0..1
}

// Limits of Angry.
const (
	minUpset = 2   // fewer are no anger
	minAll   = 3   // nor is a window with fewer mentions
	chance   = .10 // of so high a share under the usual one
	majority = .5  // of the excess
)

// Angry tells whether the mood is worse than the volume explains. Either the
// share of upset mentions is higher than usual (binomial tail under 10 %: the
// window was chosen for its volume, so this is nearly a first look), or most
// of the excess mentions are upset ones, as when a brand that mostly hears
// complaints hears many more.
func (a Anger) Angry() bool {
	if a.Upset < minUpset || a.All < minAll {
		return false
	}
	if a.Upset > a.Share*a.All && BinomialTail(a.All, a.Upset, a.Share) <= chance {
		return true
	}
	return a.Upset/a.All >= majority &&
		a.Upset-a.ExpectedUpset >= majority*(a.All-a.Expected) && a.Upset > a.ExpectedUpset
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
