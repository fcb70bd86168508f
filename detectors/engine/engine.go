package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fenghuo/detectors/burst"
	"fenghuo/schemas"
)

// Engine holds the state of every series of one partition.
type Engine struct {
	cfg        Config
	now        int64 // first open minute, Unix minutes; 0 before the origin
	origin     int64 // pane of the first minute
	at         int64 // pane evaluated last
	listening  bool  // since when each brand is heard is known
	brands     map[string]*brand
	pending    pending
	gaps       gaps
	common     common
	categories map[string]*common
	excess     excesses

	// what has to be evaluated
	touched []*subject        // with the pane in progress
	hot     map[*subject]bool // with an open incident
	// business series with an open incident
	business map[*line]bool

	// what a snapshot has to write
	deleted []string // keys
	asleep  []drowsy // SKUs that may fall asleep, by time

	// scratch
	names   map[string]string
	free    []*current
	packed  []byte
	written []byte
	hashes  []uint64
	windows []window
	due     []*subject
	moves   []move // of the brand that is evaluated
}

// New returns an engine without any history. It fails on a configuration that
// cannot be followed, naming the field.
func New(c Config) (*Engine, error) {
	c, err := c.withDefaults()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		cfg: c, brands: make(map[string]*brand, len(c.Brands)), hot: make(map[*subject]bool), business: make(map[*line]bool),
		categories: make(map[string]*common), names: make(map[string]string), windows: make([]window, len(c.Windows)),
	}
	ids := make([]string, len(c.Brands))
	for i, b := range c.Brands {
		ids[i] = b.ID
	}
	slices.Sort(ids)
	for _, b := range c.Brands {
		order, _ := slices.BinarySearch(ids, b.ID)
		e.brands[b.ID] = e.newBrand(b, order)
	}
	return e, nil
}

// Now is the first minute that is still open; zero before the first Advance
// that follows a mention. The first such Advance begins at the first minute
// observed.
func (e *Engine) Now() time.Time {
	if e.now == 0 {
		return time.Time{}
	}
	return time.Unix(e.now*60, 0).UTC()
}

// Observe takes a mention whose minute is not closed; it may lie ahead of Now
// (sources differ), and is kept until its minute is closed. A mention before
// Now is the caller's mistake and is not counted, nor is one of a brand that
// is not configured. Observe keeps nothing of m but its strings: m and its
// slices may be reused.
func (e *Engine) Observe(m *Mention) {
	minute := floorDiv(m.At.Unix(), 60)
	if minute < e.now || e.brands[m.Brand] == nil {
		return
	}
	e.pending.add(minute, m)
}

// Gap says that a source was out between from and to: the counts of these
// minutes are missing, not zero. It concerns minutes that are not yet closed;
// a pane of five minutes is missing as a whole.
func (e *Engine) Gap(from, to time.Time) {
	if from.Before(to) {
		e.gaps.add(from, to)
	}
}

// Advance closes every minute before to (cut to the minute), in order, and
// returns the transitions in the order in which they happened; within one
// pane brands by id, each before its SKUs. A span in which nothing happens
// costs nothing, however long.
func (e *Engine) Advance(to time.Time) []schemas.Alert {
	end := floorDiv(to.Unix(), 60)
	if end <= e.now {
		return nil
	}
	if e.now == 0 && !e.begin(end) {
		return nil
	}
	e.listen()
	var alerts []schemas.Alert
	for {
		minute, ok := e.pending.first()
		if !ok || minute >= end {
			minute, ok = end, false
		}
		if p, due := e.nextPane(); due && (p+1)*paneMinutes <= minute {
			alerts = e.closePane(p, alerts)
			continue
		}
		if !ok {
			break
		}
		e.closeMinute(moment{minute, floorDiv(minute, paneMinutes)}, e.pending.take())
		alerts = e.early(minute, alerts)
	}
	e.now = end
	e.sleep()
	return alerts
}

const paneMinutes = paneSeconds / 60

// begin sets the origin to the first minute observed before end.
func (e *Engine) begin(end int64) bool {
	first, ok := e.pending.first()
	if !ok || first >= end {
		return false
	}
	e.now, e.origin = first, paneOf(first*60)
	e.at = e.origin - 1
	return true
}

// nextPane is the next pane that has to be evaluated, if any has.
func (e *Engine) nextPane() (int64, bool) {
	if len(e.hot) > 0 {
		return e.at + 1, true
	}
	if len(e.touched) > 0 {
		return e.touched[0].cur.at, true
	}
	return 0, false
}

// closeMinute counts the mentions of a minute.
func (e *Engine) closeMinute(at moment, mentions []Mention) {
	for i := range mentions {
		m := &mentions[i]
		b := e.brands[m.Brand]
		if b == nil { // of a restored minute: not configured any more
			continue
		}
		b.begin(e)
		b.dirty = true
		channel := e.intern(m.Channel)
		unknown, repeat := false, false
		if m.AuthorID != "" {
			unseen, again := b.authors.meet(m.AuthorID, m.Primary)
			unknown, repeat = unseen || m.Followers <= 0, again
		}
		e.hashes = e.hashes[:0]
		for _, k := range m.Keywords[:min(maxWords, len(m.Keywords))] {
			e.hashes = append(e.hashes, burst.Hash(k))
		}
		weight := telling(m)
		if m.Primary {
			b.count(e, m, at, channel, weight, unknown, repeat)
		}
		if m.SKU == "" {
			continue
		}
		if s := b.skuAt(e, m.SKU, at.pane); s != nil {
			s.count(e, m, at, channel, weight, unknown, repeat)
		}
	}
}

// closePane evaluates the subjects that spoke in pane p or are under watch.
func (e *Engine) closePane(p int64, alerts []schemas.Alert) []schemas.Alert {
	e.due = e.due[:0]
	if len(e.touched) > 0 && e.touched[0].cur.at == p {
		e.due, e.touched = append(e.due, e.touched...), e.touched[:0]
	}
	for s := range e.hot {
		if s.cur == nil || s.cur.at != p {
			e.due = append(e.due, s)
		}
	}
	sortSubjects(e.due)
	e.at = p
	for i, s := range e.due {
		if s.sku != "" {
			e.asleep = append(e.asleep, drowsy{p, s})
		}
		e.evaluate(s, p)
		if i+1 == len(e.due) || e.due[i+1].brand != s.brand {
			alerts = e.settle(e.moves, alerts)
			clear(e.moves)
			e.moves = e.moves[:0]
		}
	}
	return alerts
}

// sortSubjects puts brands by id, each before its SKUs.
func sortSubjects(list []*subject) {
	slices.SortFunc(list, func(x, y *subject) int {
		return cmp.Or(cmp.Compare(x.brand.order, y.brand.order), strings.Compare(x.sku, y.sku))
	})
}

// day is the local day of a pane, in days since 1970.
func (e *Engine) day(p int64) int64 {
	t := paneStart(p).In(e.cfg.Location)
	_, offset := t.Zone()
	return floorDiv(t.Unix()+int64(offset), 24*3600)
}

// intern returns one copy of a name, so that the state does not hold on to the
// buffers it came in.
func (e *Engine) intern(s string) string {
	if n, ok := e.names[s]; ok {
		return n
	}
	if len(e.names) > 10_000 {
		clear(e.names)
	}
	s = strings.Clone(s)
	e.names[s] = s
	return s
}

func (e *Engine) takePane() *current {
	n := len(e.free)
	if n == 0 {
		return new(current)
	}
	c := e.free[n-1]
	e.free = e.free[:n-1]
	return c
}

// drowsy is a SKU that spoke in a pane; if that stays its last for a day, it
// falls asleep.
type drowsy struct {
	pane int64
	*subject
}

// sleepAfter is when a SKU's windows are all empty.
const sleepAfter = memoryPanes + 12

// sleep turns SKUs that have been quiet for a day into their bytes. It changes
// no decision.
func (e *Engine) sleep() {
	n := 0
	for n < len(e.asleep) && e.asleep[n].pane < paneOf(e.now*60)-sleepAfter {
		s := e.asleep[n].subject
		if k := s.brand.skus[s.sku]; k != nil && k.awake == s && s.last <= e.asleep[n].pane && s.cur == nil && s.incident.Idle() {
			k.fallAsleep()
		}
		n++
	}
	clear(e.asleep[:n])
	e.asleep = e.asleep[n:] // append makes room in front when it needs some
}
