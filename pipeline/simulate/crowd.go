package simulate

import (
	"math"
	"math/rand/v2"
	"strconv"
)

// crowdSize is how many regular authors a channel has.
const crowdSize = 6000

// regions with more people come up more often.
var regions = []string{"广东", "广东", "江苏", "江苏", "浙江", "浙江", "山东", "河南", "四川", "北京", "上海", "湖北", "湖南", "福建", "安徽", "陕西", "辽宁", "重庆", "江西", "广西", "海外"}

// crowd is the authors of the channels and their followers.
type crowd struct {
	followers [][]int64 // by channel and regular author
	newcomers int
}

// newCrowd draws followers log-normally: a median of a few hundred, a few in
// the millions. Reviewers have none.
func newCrowd(rng *rand.Rand) *crowd {
	c := &crowd{followers: make([][]int64, len(channels))}
	for i := range channels {
		c.followers[i] = make([]int64, crowdSize)
		for j := range c.followers[i] {
			switch channels[i].id {
			case "reviews":
			case "news":
				c.followers[i][j] = int64(math.Exp(11 + 1.5*rng.NormFloat64()))
			default:
				c.followers[i][j] = min(20_000_000, int64(math.Exp(5.5+1.9*rng.NormFloat64())))
			}
		}
	}
	return c
}

// author draws who writes: mostly regulars, some of them very active, and one
// in twenty a newcomer with hardly any followers.
func (c *crowd) author(rng *rand.Rand, ch int) (id string, followers int64) {
	if rng.IntN(20) == 0 {
		c.newcomers++
		return channels[ch].prefix + "n" + strconv.Itoa(c.newcomers), int64(rng.IntN(30))
	}
	u := rng.Float64()
	i := int(crowdSize * u * u)
	return channels[ch].prefix + "u" + strconv.Itoa(i), c.followers[ch][i]
}

// engagement draws likes, reposts and comments; they grow with the followers.
func engagement(rng *rand.Rand, followers int64) (likes, reposts, comments int64) {
	base := math.Exp(.45*math.Log1p(float64(followers)) - 1.5 + rng.NormFloat64())
	return int64(base), int64(base * .15 * rng.Float64()), int64(base * .3 * rng.Float64())
}
