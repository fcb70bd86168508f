// Package reference has the published baselines that the surge detector is
// measured against: EARS C1, C2 and C3, Farrington, CUSUM, and the mean of
// seven days plus k standard deviations. They are tested against golden values
// of the R package surveillance (golden.R). They are for measurement; the
// pipeline does not use them. It imports gonum only.
package reference

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// quantile is the standard normal's 1-alpha quantile.
func quantile(alpha float64) float64 { return distuv.UnitNormal.Quantile(1 - alpha) }

// Z is the standardised excess of x over past values, with a floor under the
// standard deviation: the statistic of EARS C1 and of "mean + k sd".
func Z(x float64, past []float64, minSigma float64) float64 {
	m, s := stat.MeanStdDev(past, nil)
	return (x - m) / max(s, minSigma)
}

// earsBaseline and earsLag are the seven values a method of EARS looks back
// on, and how many it leaves out before the present (Hutwagner et al., 2003).
const earsBaseline = 7

// C1 is EARS C1's upper bound for x[i]: the seven values before it.
func C1(x []float64, i int, alpha float64) float64 {
	return earsUpper(x[i-earsBaseline:i], alpha)
}

// C2 is EARS C2's upper bound for x[i]: seven values, leaving out two.
func C2(x []float64, i int, alpha float64) float64 {
	return earsUpper(x[i-earsBaseline-2:i-2], alpha)
}

// C3 is EARS C3's upper bound for x[i]: what the present count lacks until the
// excess of C2 over 1, summed over the two values before, makes an alarm
// (Fricker et al., 2008; as in R, where the present count itself drops out).
func C3(x []float64, i int, alpha float64) float64 {
	excess := 0.0
	for k := i - 2; k < i; k++ {
		excess += max(0, Z(x[k], x[k-earsBaseline-2:k-2], 0)-1)
	}
	s := stat.StdDev(x[i-earsBaseline-2:i-2], nil)
	return max(0, x[i]+s*(quantile(alpha)-excess))
}

func earsUpper(past []float64, alpha float64) float64 {
	m, s := stat.MeanStdDev(past, nil)
	return m + quantile(alpha)*s
}

// Farrington is a quasi-Poisson fit without trend to comparable past values,
// with the 2/3 power transformation (Farrington et al., 1996).
type Farrington struct {
	Mean       float64 // expected count
	Dispersion float64 // at least 1
	SE         float64 // standard error of the prediction on the 2/3 scale
}

// FitFarrington fits past values; values with Anscombe residuals over 1 are
// weighted down, as past outbreaks.
func FitFarrington(past []float64) Farrington {
	w := make([]float64, len(past))
	for i := range w {
		w[i] = 1
	}
	mean, phi, _ := fit(past, w)
	scale := 0.0
	n := float64(len(past))
	sixth, root := 1/math.Sqrt(math.Cbrt(mean)), math.Sqrt(mean)
	spread := math.Sqrt(phi * (1 - 1/n)) // hat value of an intercept-only model: 1/n
	for i, y := range past {
		a := 1.5 * (power(y)*sixth - root) / spread
		if a > 1 {
			w[i] = 1 / (a * a)
		}
		scale += w[i]
	}
	for i := range w {
		w[i] *= n / scale
	}
	mean, phi, information := fit(past, w)
	// Var(log mean) = phi / information, so the variance of the mean is
	// mean^2 phi / information
	tau := phi + mean*phi/information
	return Farrington{Mean: mean, Dispersion: phi, SE: math.Sqrt(4.0 / 9 * math.Cbrt(mean) * tau)}
}

// fit is the intercept-only quasi-Poisson regression with weights.
func fit(y, w []float64) (mean, phi, information float64) {
	mean = max(stat.Mean(y, w), 1e-10)
	chi := 0.0
	for i, v := range y {
		chi += w[i] * (v - mean) * (v - mean) / mean
		information += w[i] * mean
	}
	return mean, max(1, chi/float64(len(y)-1)), information
}

// Upper is the bound that one count in 1/alpha exceeds by chance.
func (f Farrington) Upper(alpha float64) float64 {
	return math.Pow(power(f.Mean)+quantile(alpha)*f.SE, 1.5)
}

// Z is the standardised excess of y on the 2/3 scale.
func (f Farrington) Z(y float64) float64 {
	return (power(y) - power(f.Mean)) / f.SE
}

// power is the 2/3 power, which makes counts about symmetric.
func power(x float64) float64 { return math.Cbrt(x * x) }

// Rossi standardises a Poisson count of mean m (Rossi et al., 1999).
func Rossi(y, m float64) float64 { return (y - 3*m + 2*math.Sqrt(m*y)) / (2 * math.Sqrt(m)) }

// CUSUM is Page's sum: S = max(0, S + x - k).
type CUSUM struct{ Sum, K float64 }

// Add returns the sum after x.
func (c *CUSUM) Add(x float64) float64 {
	c.Sum = max(0, c.Sum+x-c.K)
	return c.Sum
}

// NBRatio is the log likelihood ratio of a negative binomial count y of mean
// m x e^theta against mean m, with variance m + alpha m^2 (Höhle and Paul,
// 2008).
func NBRatio(y, m, alpha, theta float64) float64 {
	return theta*y + (y+1/alpha)*math.Log((1+alpha*m)/(1+alpha*m*math.Exp(theta)))
}
