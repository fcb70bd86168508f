package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"fenghuo/detectors/engine"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

func testConfig() ProcessorConfig {
	return ProcessorConfig{
		Location: time.FixedZone("CST", 8*3600), Lateness: 2 * time.Minute,
		DedupHorizon: 72 * time.Hour, MaxIDs: 100_000, AlertsKept: 24 * time.Hour,
		GroupHorizon: 48 * time.Hour, MaxGroupPosts: 10_000,
		Engine: engine.Config{
			Run: "live", FalseAlarmsPerBrandWeek: 1,
			Brands: []engine.Brand{{ID: "a", Name: "A"}, {ID: "b", Name: "B"}},
		},
	}
}

// writer makes the log that two source partitions would leave.
type writer struct {
	random *rand.Rand
	log    []kafkalog.Record
	wall   time.Time
	offset [2]int64
	mark   [2]time.Time
	from   [2]int64
	result [2][]mentionlog.Outcome
}

func (w *writer) append(value []byte) {
	w.wall = w.wall.Add(time.Duration(w.random.IntN(40)) * time.Millisecond)
	w.log = append(w.log, kafkalog.Record{Offset: int64(len(w.log)), Time: w.wall, Value: value})
}

func (w *writer) source(s int) mentionlog.Source {
	return mentionlog.Source{Topic: "posts", Partition: s}
}

func (w *writer) post(s int, id string, at time.Time, brand, sku string, angry bool) {
	p := mentionlog.Post{
		Source: w.source(s), Offset: w.offset[s], Recorded: w.wall, Home: true, ID: id, Channel: "weibo",
		PublishedAt: at, Text: "text of " + id, Tokens: []string{"text"}, Keywords: []string{"起火"},
		Polarity: schemas.Neutral, AuthorID: "u" + id, Fingerprint: w.random.Uint64(),
		Mentions: []mentionlog.Mention{{Brand: brand, SKU: sku, Primary: true, Polarity: schemas.Neutral}},
	}
	if angry {
		p.Complaint, p.Complaints = true, []schemas.ComplaintScore{{Type: schemas.ProductSafety, Score: .9}}
		p.Mentions[0].Complaint, p.Mentions[0].Polarity, p.Mentions[0].Sentiment = true, schemas.Negative, -.9
	}
	w.append(mentionlog.AppendPost(nil, &p))
	w.done(s, mentionlog.Attributed, at)
}

func (w *writer) done(s int, o mentionlog.Outcome, at time.Time) {
	w.result[s] = append(w.result[s], o)
	w.offset[s]++
	if m := at.Truncate(time.Minute); m.After(w.mark[s]) {
		w.mark[s] = m
		w.beat(s)
	}
}

func (w *writer) beat(s int) {
	h := mentionlog.Heartbeat{
		Source: w.source(s), Offset: w.offset[s] - 1, Partitions: 2, Watermark: w.mark[s],
		OutcomesFrom: w.from[s], Outcomes: w.result[s],
	}
	w.append(mentionlog.AppendHeartbeat(nil, &h))
	w.from[s], w.result[s] = w.offset[s], nil
}

func TestMinutesPassWhereNoBrandIsSpokenOf(t *testing.T) {
	p, err := NewProcessor(testConfig(), 0)
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{random: rand.New(rand.NewPCG(1, 1)), wall: noon}
	for s := range w.mark {
		w.done(s, mentionlog.Unattributed, minute(10))
	}
	for _, r := range w.log {
		if _, err := p.Apply(r.Offset, r.Time, r.Value); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := p.Cut().Tick, minute(8); !got.Equal(want) { // the sources' minute less the lateness
		t.Errorf("tick %v, want %v", got, want)
	}
}

// exampleLog is eight days of two brands with a burst of complaints at the
// end; now and then a post comes late or twice, or is dead.
func exampleLog(seed uint64) []kafkalog.Record {
	w := &writer{random: rand.New(rand.NewPCG(seed, 1)), wall: noon}
	begin := noon.AddDate(0, 0, -8)
	for m := range 8 * 24 * 12 {
		at := begin.Add(time.Duration(m) * 5 * time.Minute)
		crisis := m > 7*24*12+100 && m < 7*24*12+160
		n := w.random.IntN(3)
		if crisis {
			n += 6
		}
		for i := range n {
			t := at.Add(time.Duration(w.random.IntN(300)) * time.Second)
			if w.random.IntN(50) == 0 {
				t = t.Add(-time.Hour)
			}
			id := fmt.Sprintf("%d-%d", m, i)
			if w.random.IntN(40) == 0 {
				id = fmt.Sprintf("%d-0", max(0, m-3))
			}
			w.post(w.random.IntN(2), id, t, []string{"a", "b"}[w.random.IntN(2)], []string{"", "s1"}[w.random.IntN(2)], crisis || w.random.IntN(10) == 0)
		}
		if w.random.IntN(20) == 0 {
			w.done(0, mentionlog.Dead(schemas.ReasonNoText), time.Time{})
		}
		w.mark[0], w.mark[1] = at, at
		w.beat(0)
		w.beat(1)
	}
	return w.log
}

func apply(t *testing.T, p *Processor, log []kafkalog.Record, each func(*Range)) {
	t.Helper()
	for i := range log {
		r, err := p.Apply(log[i].Offset, log[i].Time, log[i].Value)
		if err != nil {
			t.Fatal(err)
		}
		if r != nil {
			each(r)
		}
	}
}

func newTestProcessor(t *testing.T, from int64) *Processor {
	t.Helper()
	p, err := NewProcessor(testConfig(), from)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var sameRanges = cmp.Options{
	cmpopts.IgnoreFields(Range{}, "Snapshot"), cmpopts.IgnoreUnexported(Range{}), cmpopts.EquateEmpty(),
	cmpopts.SortSlices(func(a, b string) bool { return a < b }),
	cmp.Transformer("rows", func(t Trends) (rows []shownTrend) {
		for _, r := range t.rows {
			name := t.names[r.series]
			rows = append(rows, shownTrend{name.brand, name.sku, int8(r.grain), r.bucket, r.Trend})
		}
		return rows
	}),
}

// shownTrend is a row of the trends with its names.
type shownTrend struct {
	Brand, SKU string
	Grain      int8
	Bucket     int64
	Trend
}

// A processor restored from snapshots, whenever they were taken, cuts the same
// ranges with the same rows and alerts as one that was never stopped.
func TestRestartFromAnySnapshotChangesNothing(t *testing.T) {
	log := exampleLog(3)
	var want []*Range
	apply(t, newTestProcessor(t, 0), log, func(r *Range) { want = append(want, r) })
	alerts := 0
	for _, r := range want {
		alerts += len(r.Alerts)
	}
	if alerts == 0 {
		t.Fatal("the log has no alert: the comparison would say little")
	}

	random := rand.New(rand.NewPCG(5, 6))
	var got []*Range
	state := map[string][]byte{}
	p := newTestProcessor(t, 0)
	for i := range log {
		r, err := p.Apply(log[i].Offset, log[i].Time, log[i].Value)
		if err != nil {
			t.Fatal(err)
		}
		if r == nil {
			continue
		}
		got = append(got, r)
		if random.IntN(6) != 0 {
			continue
		}
		s, err := p.Snapshot(false)
		if err != nil {
			t.Fatal(err)
		}
		if s.Full {
			clear(state)
		}
		for _, e := range s.Entries {
			if len(e.Value) == 0 {
				delete(state, e.Key)
			} else {
				state[e.Key] = e.Value
			}
		}
		if random.IntN(2) != 0 {
			continue
		}
		p = newTestProcessor(t, s.Offset)
		var entries []Entry
		for k, v := range state {
			entries = append(entries, Entry{Key: k, Value: v})
		}
		if err := p.Restore(entries); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff(want, got, sameRanges); d != "" {
		t.Errorf("ranges differ (-never stopped +restarted):\n%.4000s", d)
	}
}

// However long a process lives, what its snapshots hold since the last whole one
// is bounded by that one.
func TestSnapshotsBeginAnew(t *testing.T) {
	p, whole, since, begun := newTestProcessor(t, 0), 0, 0, 0
	apply(t, p, exampleLog(3), func(*Range) {
		s, err := p.Snapshot(false)
		if err != nil {
			t.Fatal(err)
		}
		if s.Full {
			whole, since = s.bytes(), 0
			begun++
			return
		}
		last := since
		if since += s.bytes(); last > fullAfter*whole {
			t.Errorf("%d bytes since a whole snapshot of %d, and no new one", since, whole)
		}
	})
	if begun < 3 {
		t.Errorf("%d whole snapshots", begun)
	}
}

// A second writer that repeats stretches of the log, as a paused or restarted
// analyze process does, changes no row, no count and no alert.
func TestRepeatedRecordsChangeNothing(t *testing.T) {
	log := exampleLog(4)
	random := rand.New(rand.NewPCG(7, 8))
	var repeated []kafkalog.Record
	for i := range log {
		repeated = append(repeated, log[i])
		if random.IntN(200) == 0 {
			repeated = append(repeated, log[max(0, i-random.IntN(300)):i+1]...)
		}
	}
	for i := range repeated {
		repeated[i].Offset = int64(i)
	}
	sum := func(log []kafkalog.Record) (rows []schemas.Mention, alerts []schemas.Alert, intake map[IntakeKey]uint64) {
		intake = map[IntakeKey]uint64{}
		p := newTestProcessor(t, 0)
		take := func(r *Range) {
			rows, alerts = append(rows, r.Mentions...), append(alerts, r.Alerts...)
			for k, n := range r.Intake {
				intake[k] += n
			}
		}
		apply(t, p, log, take)
		take(p.Cut())
		return rows, alerts, intake
	}
	rows, alerts, intake := sum(log)
	rows2, alerts2, intake2 := sum(repeated)
	if d := cmp.Diff(rows, rows2); d != "" {
		t.Errorf("rows differ:\n%.3000s", d)
	}
	if d := cmp.Diff(alerts, alerts2); d != "" {
		t.Errorf("alerts differ:\n%.3000s", d)
	}
	if d := cmp.Diff(intake, intake2); d != "" {
		t.Errorf("the account differs:\n%s", d)
	}
}

func TestADamagedRecordIsPassedOver(t *testing.T) {
	p := newTestProcessor(t, 0)
	if _, err := p.Apply(0, noon, []byte("garbage")); err == nil {
		t.Error("no error")
	}
	w := &writer{random: rand.New(rand.NewPCG(1, 1)), wall: noon}
	w.post(0, "1", noon, "a", "", false)
	if _, err := p.Apply(1, noon, w.log[0].Value); err != nil {
		t.Error(err)
	}
	if r := p.Cut(); len(r.Mentions) != 1 || r.From != 0 || r.To != 2 {
		t.Errorf("range %d to %d with %d mentions", r.From, r.To, len(r.Mentions))
	}
}

func TestALatePostIsStoredAndNotDetected(t *testing.T) {
	w := &writer{random: rand.New(rand.NewPCG(1, 1)), wall: noon}
	w.post(0, "1", minute(30), "a", "", false)
	w.beat(0)
	w.post(0, "2", minute(27), "a", "", false) // two minutes of lateness: minute 28 is the first open one
	w.post(0, "3", minute(28), "a", "", false)
	p := newTestProcessor(t, 0)
	apply(t, p, w.log, func(*Range) {})
	r := p.Cut()
	var late []bool
	for _, m := range r.Mentions {
		late = append(late, m.Late)
	}
	if d := cmp.Diff([]bool{false, true, false}, late); d != "" {
		t.Error(d)
	}
	day := r.Trends.At(TrendKey{Brand: "a", Grain: "1h", Bucket: noon})
	if day == nil || day.Mentions != 3 || day.Late != 1 {
		t.Errorf("trend of the hour: %+v", day)
	}
}
