package suites

import (
	"fmt"
	"hash/fnv"
	"sync"
)

// Fingerprint is a hash of what the surge detector says of some simulated
// series: the same as long as no constant and no formula changes, so that
// figures of different days can stand in one report.
var Fingerprint = sync.OnceValue(func() string {
	h := fnv.New64a()
	for _, g := range []Group{
		{Rate: .5, Noise: Noises[1], Rhythm: Rhythms[0]},
		{Rate: 20, Noise: Noises[2], Rhythm: Rhythms[1], Missing: .05},
		{Rate: 200, Rhythm: Rhythms[2], Promotion: Promotions[1]},
	} {
		s, r := NewStream(g, Step, Seed, 0), newRig(nil)
		for end := epoch.Add(Warmup + 2*week); s.at.Before(end); {
			if hour := r.step(s.Next()); hour != nil {
				fmt.Fprintf(h, "%.4f ", hour[0])
			}
		}
	}
	return fmt.Sprintf("%016x", h.Sum64())
})
