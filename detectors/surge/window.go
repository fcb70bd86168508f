package surge

import "math"

// Sums are exact: every addend is a multiple of quantum, so their order and
// grouping do not matter and a run of quiet steps can be added at once. They
// stay exact up to 2^25 mentions a window.
const quantum = 1.0 / (1 << 28)

func quantise(x float64) float64 { return math.Round(x/quantum) * quantum }

// pane is a part of a window: what was seen and what was expected.
type pane struct{ seen, expected float64 }

// window is a sliding window: a ring of panes and their sum.
type window struct {
	sum  pane
	at   int32 // pane being filled
	fill int32 // steps in it
	tail
}

// push adds k steps that together saw `seen`, each expecting `expected`.
// Only a single step may see anything.
func (w *window) push(p *windowParams, ring []pane, seen, expected float64, k int64) {
	for k > 0 {
		if int64(w.fill) == p.per {
			w.fill = 0
			if w.at++; int(w.at) == p.panes {
				w.at = 0
			}
			old := &ring[w.at]
			w.sum.seen -= old.seen
			w.sum.expected -= old.expected
			*old = pane{}
		}
		j := min(k, p.per-int64(w.fill))
		e := float64(j) * expected
		ring[w.at].seen += seen
		ring[w.at].expected += e
		w.sum.seen += seen
		w.sum.expected += e
		w.fill += int32(j)
		k -= j
	}
}

// ratio is the log of seen over expected, steadied by `steady` mentions; of
// expected over seen where falls are watched.
func (w *window) ratio(p *windowParams, steady float64) float64 {
	return p.sign * math.Log((w.sum.seen+steady)/(w.sum.expected+steady))
}

// widen is by how much the log ratio varies more where `expected` mentions are
// expected than where the usual ones are. The part `chance` of its variance is
// that of Poisson counts, expected / (expected + pseudo)^2. Under `pseudo`
// mentions that falls again, but there single mentions count, which no variance
// describes, and it is held. The rest multiplies the rate and shows as
// expected / (expected + pseudo), and no less than usual. (A noise of one size
// everywhere would show as the square, which is too much for the days of real
// series.)
func (p *windowParams) widen(expected, usual, chance float64) float64 {
	e, u := max(expected, p.pseudo), max(usual, p.pseudo)
	byChance := e * (u + p.pseudo) * (u + p.pseudo) / (u * (e + p.pseudo) * (e + p.pseudo))
	e = max(expected, usual)
	beyond := e * (usual + p.pseudo) / (usual * (e + p.pseudo))
	return math.Sqrt(chance*byChance + (1-chance)*beyond)
}
