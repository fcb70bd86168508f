package views

import (
	"context"
	_ "embed"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/trends"
	"fenghuo/schemas"
)

var (
	rows     = flag.Uint64("views.rows", 200_000, "mentions to generate, over one year")
	server   = flag.String("views.url", "", "ask this ClickHouse instead of an embedded one of the benchmark's own")
	database = flag.String("views.database", "views", "database; what it holds of the mentions is not generated again")
	draws    = flag.Int("views.draws", 20, "how often each view is asked, each time with other values")

	//go:embed words.sql
	wordsSQL string
	//go:embed mentions.sql
	mentionsSQL string
	//go:embed trends.sql
	trendsSQL string
)

// Goals: views that read the mentions themselves are those on the full text.
const (
	rollupGoal = 150 * time.Millisecond
	textGoal   = 1500 * time.Millisecond
)

// BenchmarkViews generates a year of mentions of 1,000 brands and 100,000
// products, a few of them much louder than the rest, and asks every view with
// random values. It fails on an error only: times are figures, not a test.
func BenchmarkViews(b *testing.B) {
	w := open(b)
	w.generate()
	for _, v := range trends.Catalogue() {
		b.Run(v.Name, func(b *testing.B) {
			random := rand.New(rand.NewPCG(1, 2))
			var took []time.Duration
			var rows int
			before := w.cpu(b)
			for range b.N * *draws {
				bound := w.draw(b, &v, random)
				began := time.Now()
				t, err := v.Run(b.Context(), w.store.Conn(), bound)
				if err != nil {
					b.Fatalf("%v: %v", bound, err)
				}
				took = append(took, time.Since(began))
				rows += len(t.Rows)
			}
			slices.Sort(took)
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(millis(took[len(took)/2]), "p50-ms")
			b.ReportMetric(millis(took[int(math.Ceil(.95*float64(len(took))))-1]), "p95-ms")
			b.ReportMetric(millis((w.cpu(b)-before)/time.Duration(len(took))), "cpu-ms")
			b.ReportMetric(float64(rows)/float64(len(took)), "rows")
			b.ReportMetric(millis(goal(w, b, v.Name)), "goal-ms")
		})
	}
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

var fromMentions = regexp.MustCompile(`FROM \S*\bmentions\b`)

// goal of a view, by what it reads.
func goal(w *world, b *testing.B, view string) time.Duration {
	var definition string
	err := w.store.Conn().QueryRow(b.Context(), "SELECT create_table_query FROM system.tables WHERE database = ? AND name = ?", *database, view).Scan(&definition)
	if err != nil {
		b.Fatal(err)
	}
	if fromMentions.MatchString(definition) {
		return textGoal
	}
	return rollupGoal
}

// world is the database with the mentions.
type world struct {
	b     *testing.B
	store *store.Store
	begin time.Time // of the year
	words []string
}

func open(b *testing.B) *world {
	b.Helper()
	url := *server
	if url == "" {
		url = embeddedtest.ClickHouse(b)
	}
	s, err := store.Open(b.Context(), config.ClickHouse{URL: url, Database: *database}, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() }) //nolint:errcheck // nothing is lost
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	// The year ends today: rows older than the retention would go.
	return &world{b: b, store: s, begin: time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -366)}
}

func (w *world) exec(sql string, parameters map[string]string) {
	w.b.Helper()
	ctx := clickhouse.Context(w.b.Context(), clickhouse.WithParameters(parameters))
	if err := w.store.Conn().Exec(ctx, sql); err != nil {
		w.b.Fatal(err)
	}
}

// chunk is how many mentions an INSERT brings, as a backfill does.
const chunk = 250_000

// generate brings the mentions up to their number, and their trends with them.
func (w *world) generate() {
	w.b.Helper()
	w.exec(wordsSQL, nil)
	ctx := w.b.Context()
	if err := w.store.Conn().QueryRow(ctx, "SELECT list FROM words LIMIT 1").Scan(&w.words); err != nil {
		w.b.Fatal(err)
	}
	var there uint64
	var first time.Time
	if err := w.store.Conn().QueryRow(ctx, "SELECT count(), toStartOfDay(min(published_at)) FROM mentions").Scan(&there, &first); err != nil {
		w.b.Fatal(err)
	}
	if there > 0 {
		w.begin = first
	}
	step := 365 * 24 * time.Hour.Seconds() / float64(*rows)
	at := func(n uint64) string {
		return w.begin.Add(time.Duration(float64(n) * step * float64(time.Second)).Truncate(time.Millisecond)).Format("2006-01-02 15:04:05.000")
	}
	for n := there; n < *rows; n += chunk {
		count := min(chunk, *rows-n)
		w.exec(mentionsSQL, map[string]string{
			"begin": w.begin.Format(time.DateTime), "total": fmt.Sprint(*rows), "first": fmt.Sprint(n), "rows": fmt.Sprint(count),
		})
		w.exec(trendsSQL, map[string]string{"from": at(n), "to": at(n + count)})
		w.b.Logf("%d of %d mentions", n+count, *rows)
	}
}

// draw chooses values: what a view requires, and half of the time what it
// leaves open. The end lies in the last fortnight.
func (w *world) draw(b *testing.B, v *trends.View, random *rand.Rand) map[string]string {
	b.Helper()
	brand := w.zipf(random, "brand-%04d", 1000)
	day := func() string {
		return w.begin.AddDate(0, 0, 350-random.IntN(30)).Add(time.Duration(random.IntN(24)) * time.Hour).Format(time.RFC3339)
	}
	values := map[string]string{
		"brand": brand, "sku": w.zipf(random, brand+"-sku-%03d", 100), "series": "orders",
		"brand_a": brand, "brand_b": w.zipf(random, "brand-%04d", 1000), "from_a": day(), "from_b": day(),
		"brands": brand + "," + w.zipf(random, "brand-%04d", 1000) + "," + w.zipf(random, "brand-%04d", 1000),
		"words":  w.words[int(math.Exp(random.Float64()*math.Log(20000)))-1],
		"type":   string(schemas.ComplaintTypes[random.IntN(len(schemas.ComplaintTypes))]),
	}
	given := map[string]string{}
	for _, p := range v.Params {
		value, open := values[p.Name]
		if open && (p.Required || random.IntN(2) == 0) {
			given[p.Name] = value
		}
	}
	bound, err := v.Bind(given, trends.Setting{
		Location: time.UTC, Newest: w.begin.AddDate(0, 0, 365).Add(-time.Duration(random.IntN(14*24)) * time.Hour),
	})
	if err != nil {
		b.Fatal(err)
	}
	return bound
}

// zipf draws a name: the first of n is the loudest.
func (w *world) zipf(random *rand.Rand, format string, n int) string {
	return fmt.Sprintf(format, int(math.Exp(random.Float64()*math.Log(float64(n)))))
}

// cpu is the processor time that the server has spent.
func (w *world) cpu(b *testing.B) time.Duration {
	b.Helper()
	var micros uint64
	err := w.store.Conn().QueryRow(context.Background(), "SELECT sum(value) FROM system.events WHERE event = 'OSCPUVirtualTimeMicroseconds'").Scan(&micros)
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(micros) * time.Microsecond
}
