package config

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
)

const day = 24 * time.Hour

// durationPart is one number with its unit; a duration is one or more of them.
var durationPart = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)`)

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "s": time.Second, "m": time.Minute, "h": time.Hour, "d": day, "w": 7 * day,
}

// maxDuration keeps sums and roundings far from overflow.
const maxDuration = 200 * 365 * day

// ParseDuration reads 90s, 15m, 1h30m, 30d, 2w; plain 0 is allowed. It never
// returns a negative duration.
func ParseDuration(s string) (Duration, error) {
	if s == "0" {
		return 0, nil
	}
	var sum float64
	rest := s
	for rest != "" {
		m := durationPart.FindStringSubmatch(rest)
		if m == nil {
			return 0, fmt.Errorf("%q is not a duration: write a number and a unit, such as 90s, 15m, 6h, 30d or 2w", s)
		}
		n, _ := strconv.ParseFloat(m[1], 64) // the pattern admits numbers only
		sum += n * float64(durationUnits[m[2]])
		rest = rest[len(m[0]):]
	}
	if s == "" || sum > float64(maxDuration) {
		return 0, fmt.Errorf("%q is not a duration that can be used: write 90s, 15m, 6h, 30d or 2w, at most 200 years", s)
	}
	return Duration(sum), nil
}

// Std is the duration as the standard library's.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String writes the duration as people do: 7d, 24h, 1h30m.
func (d Duration) String() string {
	if d == 0 {
		return "0s"
	}
	if d%Duration(day) == 0 && d > Duration(day) {
		return strconv.FormatInt(int64(d/Duration(day)), 10) + "d"
	}
	var out string
	rest := d.Std()
	for _, u := range []string{"h", "m", "s", "ms"} {
		unit := durationUnits[u]
		if n := rest / unit; n > 0 {
			out += strconv.FormatInt(int64(n), 10) + u
			rest %= unit
		}
	}
	return out
}
