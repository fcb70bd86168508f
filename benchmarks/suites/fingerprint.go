package suites

import (
	"fmt"
	"hash/fnv"
	"sync"
	"time"
)

// Fingerprint is a hash of what the surge detector says of some simulated
// series: the same as long as no constant and no formula changes, so that
// figures of different days can stand in one report.
var Fingerprint = sync.OnceValue(func() string {
	h := fnv.New64a()
	for _, g := range []struct {
		Group
		weeks time.Duration
	}{
		{Group{Rate: .5, Noise: Noises[0], Rhythm: Rhythms[0]}, 16}, // days that are alike teach late
		{Group{Rate: .5, Noise: Noises[1], Rhythm: Rhythms[0]}, 2},
		{Group{Rate: 20, Noise: Noises[2], Rhythm: Rhythms[1], Missing: .05}, 2},
		{Group{Rate: 200, Rhythm: Rhythms[2], Promotion: Promotions[1]}, 2},
	} {
		s, r := NewStream(g.Group, Step, Seed, 0), newRig(nil)
		for end := epoch.Add(Warmup + g.weeks*week); s.at.Before(end); {
			if hour := r.step(s.Next()); hour != nil {
				fmt.Fprintf(h, "%.4f ", hour[0])
			}
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
})
