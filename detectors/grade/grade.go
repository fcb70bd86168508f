// Package grade turns what is known of an incident into a level: red, orange,
// yellow or blue, from likelihood times impact. It is a pure function of its
// figures and monotone: more of any figure never lowers the level. It imports
// schemas and the standard library.
package grade

import (
	"math"

	"fenghuo/schemas"
)

// Figures is what the level is made of; every field counts upwards.
type Figures struct {
	Severity float64 // -log10 of the chance that a quiet day looks like this
	Angry    bool    // complaints or negativity exceed what the volume explains
	Upset    float64 // mentions that complain or are negative, over the expected
	Share    float64 // how far their share stands over the usual one, 0..1
	Reach    float64 // followers of the authors
	Lift     float64 // volume over the expected volume
	Channels float64 // summed weight of the channels concerned
	Kind     float64 // weight of the gravest kind of complaint that stands out, 0..1
}

// The weights of the impact's parts; they add up to 1.
const (
	weightVolume   = .25
	weightShare    = .15
	weightReach    = .20
	weightSpeed    = .10
	weightChannels = .10
	weightKind     = .20
)

// Scores from which a level holds. An incident that is not angry is blue
// whatever its score.
const (
	yellowFrom = 10
	orangeFrom = 42
	redFrom    = 65
)

// Score is 100 x likelihood x impact, 0..100.
//
//	likelihood = 1 - 10^(-severity/3)
//	impact     = .25 volume + .15 share + .20 reach + .10 speed + .10 channels + .20 kind
//	volume     = log10(1 + upset) / 4              10,000 upset mentions are full
//	reach      = log10(1 + followers) / 8          100 million are full
//	speed      = log2(lift) / 5                    32 times the usual are full
//	channels   = 1 - 2^-(weight - 1)               one of weight 1 is nothing, two are half
func Score(f Figures) float64 {
	likelihood := 1 - math.Pow(10, -max(0, f.Severity)/3)
	impact := weightVolume*unit(math.Log10(1+max(0, f.Upset))/4) +
		weightShare*unit(f.Share) +
		weightReach*unit(math.Log10(1+max(0, f.Reach))/8) +
		weightSpeed*unit(math.Log2(max(1, f.Lift))/5) +
		weightChannels*unit(1-math.Exp2(-max(0, f.Channels-1))) +
		weightKind*unit(f.Kind)
	return 100 * likelihood * impact
}

// Fade is how much of its score an incident keeps when the day's upset mentions,
// over the expected, are such a part of the most that it had: everything down to a
// half, since a day is not like the other, then the cube root of twice the part.
// On the way down the same figures weigh less than on the way up, where they may
// grow on; without it a red incident whose mentions have fallen to a hundredth
// stays red, because the impact is a sum of logarithms.
func Fade(part float64) float64 { return math.Cbrt(unit(2 * part)) }

// Of is the level of a score. ease lowers the boundaries by that factor (1
// lowers nothing): an incident keeps its level while Of with an ease under 1
// still gives it, so that a score about a boundary does not flap.
func Of(score float64, angry bool, ease float64) schemas.Level {
	switch {
	case !angry || score < yellowFrom*ease:
		return schemas.Blue
	case score < orangeFrom*ease:
		return schemas.Yellow
	case score < redFrom*ease:
		return schemas.Orange
	}
	return schemas.Red
}

// Rank orders levels: blue 1, yellow 2, orange 3, red 4; anything else 0.
func Rank(l schemas.Level) int {
	switch l {
	case schemas.Blue:
		return 1
	case schemas.Yellow:
		return 2
	case schemas.Orange:
		return 3
	case schemas.Red:
		return 4
	}
	return 0
}

// kinds weighs the built-in complaint types: what can hurt people first, what
// can be put right by a refund last.
var kinds = map[schemas.ComplaintType]float64{
	schemas.ProductSafety:      1,
	schemas.DataSecurity:       .8,
	schemas.CounterfeitIP:      .7,
	schemas.Compliance:         .7,
	schemas.BrandImage:         .7,
	schemas.FalseAdvertising:   .6,
	schemas.InternalManagement: .6,
	schemas.ProductQuality:     .5,
	schemas.CustomerService:    .4,
	schemas.Logistics:          .3,
}

// unspecifiedKind is the weight of a type that has none of its own.
const unspecifiedKind = .4

// Kind is the weight of a complaint type, 0..1; own overrides the built-in.
func Kind(t schemas.ComplaintType, own map[schemas.ComplaintType]float64) float64 {
	if w, ok := own[t]; ok {
		return unit(w)
	}
	if w, ok := kinds[t]; ok {
		return w
	}
	return unspecifiedKind
}

func unit(x float64) float64 { return min(1, max(0, x)) }
