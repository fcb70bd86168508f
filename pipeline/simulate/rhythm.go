package simulate

import "time"

// channel is a place where posts appear: its share of talk on an ordinary
// day, its rhythm, and how its people talk.
type channel struct {
	id       string
	prefix   string  // of post ids
	share    float64 // of ordinary posts about brands; sums to 1
	weight   float64 // in an alert's level
	kind     string
	voice    string     // which texts of the bank
	polarity [3]float64 // shares of positive, neutral, negative; sums to 1
	weekend  float64    // factor on Saturdays and Sundays
	hours    *[24]float64
}

// Hours of the day in Shanghai; each averages to 1 after scaling.
var (
	leisureHours = scaled([24]float64{.7, .4, .22, .15, .12, .15, .3, .6, .9, 1.1, 1.2, 1.25, 1.4, 1.25, 1.1, 1.1, 1.1, 1.15, 1.25, 1.4, 1.7, 1.9, 1.7, 1.2})
	officeHours  = scaled([24]float64{.15, .1, .1, .1, .1, .2, .6, 1.1, 1.8, 2.2, 2.2, 1.9, 1.1, 1.3, 1.8, 1.9, 1.8, 1.5, 1, .8, .7, .6, .4, .25})
)

var channels = []channel{
	{"reviews", "rv", .34, .8, "review", "reviews", [3]float64{.82, .08, .10}, 1.1, leisureHours},
	{"weibo", "wb", .24, 1.2, "post", "social", [3]float64{.27, .53, .20}, 1.1, leisureHours},
	{"xiaohongshu", "xh", .16, 1, "post", "social", [3]float64{.55, .32, .13}, 1.2, leisureHours},
	{"douyin", "dy", .14, 1.2, "post", "social", [3]float64{.38, .46, .16}, 1.2, leisureHours},
	{"forum", "fm", .09, .8, "post", "social", [3]float64{.30, .42, .28}, .95, leisureHours},
	{"news", "nw", .03, 1.5, "news", "news", [3]float64{0, 1, 0}, .5, officeHours},
}

func channelIndex(id string) int {
	for i := range channels {
		if channels[i].id == id {
			return i
		}
	}
	panic("simulate: no channel " + id)
}

// rhythm is the factor of the hour and the weekday on a channel.
func (c *channel) rhythm(at time.Time) float64 {
	// Smooth between the hours, so that no minute jumps.
	h, frac := at.Hour(), float64(at.Minute())/60
	f := c.hours[h]*(1-frac) + c.hours[(h+1)%24]*frac
	if wd := at.Weekday(); wd == time.Saturday || wd == time.Sunday {
		f *= c.weekend
	}
	return f
}

func scaled(h [24]float64) *[24]float64 {
	sum := 0.0
	for _, v := range h {
		sum += v
	}
	for i := range h {
		h[i] *= 24 / sum
	}
	return &h
}
