package engine

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"fenghuo/detectors/burst"
)

// Engine holds the state of every series of one partition.
type Engine struct {
	cfg        Config
	now        int64 // first open minute, Unix minutes; 0 before the origin
	decided    int64 // minute up to which the closed ones are decided
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
	active  []*brand          // with mentions that were not counted, a pane in progress or an open incident
	hot     map[*subject]bool // with an open incident
	turns   heap[turn]        // of the brands that wait for it
	turn    turn              // of what is decided now
	lessons lessons           // for what brands know in common
	dealt   []*batch          // minutes whose mentions are being decided
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
	taught  burst.Scratch
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
	if minute < e.now {
		return
	}
	if b := e.brands[m.Brand]; b != nil {
		e.pending.add(minute, b, m)
	}
}

// Gap says that a source was out between from and to: the counts of these
// minutes are missing, not zero. It concerns minutes that are not yet closed;
// a pane of five minutes is missing as a whole.
func (e *Engine) Gap(from, to time.Time) {
	if from.Before(to) {
		e.gaps.add(from, to)
	}
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
