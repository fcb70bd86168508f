package engine

import (
	"math"
	"slices"
	"time"

	"fenghuo/detectors/state"
)

// calendar knows what is special about a brand's time: outages of the sources
// and known events with their lift.
type calendar struct {
	gaps   *gaps
	events []*event // of the brand, by start
	learnt map[string]lift
}

// event is a known event in panes.
type event struct {
	name     string
	from, to int64 // panes, half open
	given    float64
}

// lift is what the past occurrences of an event did to a brand's volume.
type lift struct {
	log   float64 // mean of the logarithms
	times int64
	seen  float64 // of the occurrence in progress
	usual float64
	until int64 // its end, 0 = none in progress
}

// maxLift bounds what an event may explain.
const maxLift = 50

// span is a run of panes with the same properties.
type span struct {
	to   int64
	gap  bool
	lift float64
}

// span describes pane p and how far, at most to end, the same holds.
func (c *calendar) span(p, end int64) span {
	s := span{to: end, lift: 1}
	s.gap, s.to = c.gaps.at(p, s.to)
	for _, e := range c.events {
		switch {
		case e.to <= p:
		case e.from > p:
			s.to = min(s.to, e.from)
		default:
			s.to = min(s.to, e.to)
			s.lift = max(s.lift, c.known(e))
		}
	}
	return s
}

// known is an event's lift as given, or as learnt from earlier occurrences, or
// 1.
func (c *calendar) known(e *event) float64 {
	if e.given > 0 {
		return e.given
	}
	if l := c.learnt[e.name]; l.times > 0 {
		return math.Exp(l.log)
	}
	return 1
}

// inForce is the event at pane p and its lift. Without a given or learnt lift
// the occurrence explains its own volume: what it did so far.
func (c *calendar) inForce(p int64) (name string, factor float64) {
	factor = 1
	for _, e := range c.events {
		if p < e.from || p >= e.to {
			continue
		}
		f := c.known(e)
		if l := c.learnt[e.name]; e.given == 0 && l.times == 0 && l.until == e.to {
			f = l.ratio()
		}
		if name == "" || f > factor {
			name, factor = e.name, max(factor, f)
		}
	}
	return name, factor
}

// learn counts pane p of the brand, usual being its expectation without lift,
// and closes occurrences that have ended.
func (c *calendar) learn(p int64, seen, usual float64) {
	for _, e := range c.events {
		l := c.learnt[e.name]
		if l.until != 0 && l.until <= p && l.until == e.to {
			l.log = (l.log*float64(l.times) + math.Log(l.ratio())) / float64(l.times+1)
			l.times++
			l.seen, l.usual, l.until = 0, 0, 0
			c.put(e.name, l)
		}
		if p >= e.from && p < e.to {
			if l.until != e.to {
				l.seen, l.usual, l.until = 0, 0, e.to
			}
			l.seen += seen
			l.usual += usual
			c.put(e.name, l)
		}
	}
}

func (c *calendar) put(name string, l lift) {
	if c.learnt == nil {
		c.learnt = make(map[string]lift)
	}
	c.learnt[name] = l
}

// ratio is seen over usual, steadied by five mentions.
func (l lift) ratio() float64 { return min(maxLift, max(1, (l.seen+5)/(l.usual+5))) }

func (c *calendar) append(w *state.Writer) {
	names := make([]string, 0, len(c.learnt))
	for n := range c.learnt {
		names = append(names, n)
	}
	slices.Sort(names)
	w.Uint(uint64(len(names)))
	for _, n := range names {
		l := c.learnt[n]
		w.String(n)
		w.Float64(l.log)
		w.Int(l.times)
		w.Float64(l.seen)
		w.Float64(l.usual)
		w.Int(l.until)
	}
}

func (c *calendar) read(r *state.Reader) {
	for range r.Len() {
		n := r.String()
		c.put(n, lift{r.Float64(), r.Int(), r.Float64(), r.Float64(), r.Int()})
	}
}

// gaps are outages in panes, in order, not touching.
type gaps struct{ list []interval }

type interval struct{ from, to int64 } // half open

// maxGaps bounds the outages remembered; of more, the oldest are forgotten.
const maxGaps = 1000

// add marks every pane that the outage touches.
func (g *gaps) add(from, to time.Time) {
	n := interval{paneOf(from.Unix()), paneOf(to.Unix()-1) + 1}
	i := 0
	for i < len(g.list) && g.list[i].to < n.from {
		i++
	}
	j := i
	for j < len(g.list) && g.list[j].from <= n.to {
		n.from, n.to = min(n.from, g.list[j].from), max(n.to, g.list[j].to)
		j++
	}
	g.list = slices.Replace(g.list, i, j, n)
	if len(g.list) > maxGaps {
		g.list = slices.Delete(g.list, 0, len(g.list)-maxGaps)
	}
}

// at tells whether pane p is missing, and up to where, at most end, the same
// holds.
func (g *gaps) at(p, end int64) (missing bool, to int64) {
	i, _ := slices.BinarySearchFunc(g.list, p, func(v interval, p int64) int {
		if v.to <= p {
			return -1
		}
		return 1
	})
	if i == len(g.list) {
		return false, end
	}
	v := g.list[i]
	if v.from <= p {
		return true, min(end, v.to)
	}
	return false, min(end, v.from)
}
