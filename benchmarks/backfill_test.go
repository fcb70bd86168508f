package benchmarks

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"

	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/simulate"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

// history is a shape of posts of 60 characters, about one brand each.
type history struct {
	name   string
	brands int
	skus   int // a brand; every other post is about one of them
	every  time.Duration
}

// histories are 50 million posts a year about 1,000 brands, as many about 60
// brands, and far fewer about 100 brands and 1,000 SKUs: nearly all of the last are
// alone in their pane of five minutes, and each adds to more buckets of the trends.
var histories = []history{
	{name: "dense", brands: 1000, every: 630 * time.Millisecond},
	{name: "busy", brands: 60, every: 630 * time.Millisecond},
	{name: "sparse", brands: 100, skus: 10, every: 10 * time.Second},
}

var historyStart = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (h history) config() *config.Config {
	c := config.Default()
	for i := range h.brands {
		b := config.Brand{ID: fmt.Sprint("brand", i), Name: fmt.Sprintf("品牌%03d", i)}
		for k := range h.skus {
			b.SKUs = append(b.SKUs, config.SKU{ID: fmt.Sprintf("brand%d-%d", i, k), Name: fmt.Sprintf("品牌%03d型号%d", i, k)})
		}
		c.Brands = append(c.Brands, b)
	}
	return c
}

// clauses are what the simulator's posts are made of.
func clauses(b testing.TB) (list []string) {
	b.Helper()
	sim, err := simulate.New(simulate.Options{Seed: 1, Days: 1, Brands: 5, SKUs: 20, PostsPerDay: 5000})
	if err != nil {
		b.Fatal(err)
	}
	for r := range sim.Records() {
		if post, reason, _ := schemas.DecodePost(r.Raw, time.Time{}); reason == "" {
			list = append(list, strings.FieldsFunc(post.Text, func(r rune) bool { return strings.ContainsRune("，。！？,.!?", r) })...)
		}
	}
	return list
}

// write writes n posts as JSON lines, in order of time or in none.
func (h history) write(b testing.TB, path string, n int, sorted bool) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w, parts, rng := bufio.NewWriterSize(file, 1<<20), clauses(b), rand.New(rand.NewPCG(1, 1))
	channels := []string{"weibo", "xiaohongshu", "douyin", "reviews", "news"}
	for i := range n {
		var text []rune
		for len(text) < 60 {
			text = append(append(text, []rune(parts[rng.IntN(len(parts))])...), '，')
		}
		at := i
		if !sorted {
			at = rng.IntN(n)
		}
		p := schemas.Post{
			ID: fmt.Sprint("p", i), Text: string(text[:60]), PublishedAt: historyStart.Add(time.Duration(at) * h.every),
			Brand: fmt.Sprint("brand", rng.IntN(h.brands)), Channel: channels[rng.IntN(len(channels))], Kind: "post",
			AuthorID: fmt.Sprint("u", rng.IntN(1+n/2)), Followers: int64(rng.IntN(5000)), Likes: int64(rng.IntN(50)),
		}
		if i%2 == 0 && h.skus > 0 {
			p.SKU = fmt.Sprint(p.Brand, "-", rng.IntN(h.skus))
		}
		line, err := json.Marshal(p)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}

// TestWriteHistory writes the posts of the dense history, in no order of time,
// and their config into the folder FENGHUO_WRITE, for tenmillion.sh.
func TestWriteHistory(t *testing.T) {
	dir := os.Getenv("FENGHUO_WRITE")
	if dir == "" {
		t.Skip("FENGHUO_WRITE names no folder")
	}
	h := histories[0]
	var brands strings.Builder
	brands.WriteString("brands:\n")
	for _, b := range h.config().Brands {
		fmt.Fprintf(&brands, "  - {id: %s, name: %s}\n", b.ID, b.Name)
	}
	if err := os.WriteFile(filepath.Join(dir, "fenghuo.yaml"), []byte(brands.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	h.write(t, filepath.Join(dir, "posts.jsonl"), number(t, "FENGHUO_POSTS", 200_000), false)
}

// number is a size from the environment.
func number(b testing.TB, name string, usual int) int {
	b.Helper()
	s := os.Getenv(name)
	if s == "" {
		return usual
	}
	n, err := strconv.Atoi(s)
	if err != nil {
		b.Fatalf("%s=%q is no number", name, s)
	}
	return n
}

// BenchmarkBackfill takes posts from a file to alerts and tables, as `fenghuo
// backfill` does, and tells what it costs this process and the embedded engine.
// FENGHUO_POSTS is how many.
func BenchmarkBackfill(b *testing.B) {
	n := number(b, "FENGHUO_POSTS", 200_000)
	backfill.BoundMemory()
	for _, h := range histories {
		b.Run(h.name, func(b *testing.B) { h.play(b, n, true) })
		b.Run(h.name+"-unsorted", func(b *testing.B) { h.play(b, n, false) })
	}
}

func (h history) play(b *testing.B, n int, sorted bool) {
	path := filepath.Join(b.TempDir(), "posts.jsonl")
	h.write(b, path, n, sorted)
	c := h.config()
	s := openStore(b, c)
	text, err := analyzer.New(analyzer.Options{Brands: c.Brands, SKUs: c.SKUs, Complaints: c.Complaints})
	if err != nil {
		b.Fatal(err)
	}
	runtime.GC()
	before := costs(b)
	b.ResetTimer()
	for i := range b.N {
		playHistory(b, c, s, text, path, fmt.Sprint("run", i))
	}
	b.StopTimer()
	spent, posts := costs(b).minus(before), float64(b.N*n)
	b.ReportMetric(posts/b.Elapsed().Seconds(), "posts/s")
	b.ReportMetric(spent.own.Seconds()*1e6/posts, "us-own/post")
	b.ReportMetric(spent.engine.Seconds()*1e6/posts, "us-engine/post")
	b.ReportMetric(float64(spent.ownPeak>>20), "MiB-own")
	b.ReportMetric(float64(spent.enginePeak>>20), "MiB-engine")
}

func openStore(b *testing.B, c *config.Config) *store.Store {
	b.Helper()
	c.ClickHouse.URL = embeddedtest.ClickHouse(b)
	c.ClickHouse.Database = fmt.Sprintf("bench_%d", time.Now().UnixNano())
	s, err := store.Open(b.Context(), c.ClickHouse, zap.NewNop())
	if err != nil {
		b.Fatal(err)
	}
	if _, err := s.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		_ = s.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.ClickHouse.Database)
		_ = s.Close()
	})
	return s
}

func playHistory(b *testing.B, c *config.Config, s *store.Store, text *analyzer.Analyzer, path, run string) {
	b.Helper()
	m, err := ingest.ParseMapping(nil)
	if err != nil {
		b.Fatal(err)
	}
	source, err := ingest.Open(b.Context(), []string{path}, ingest.Auto, m, time.UTC)
	if err != nil {
		b.Fatal(err)
	}
	_, err = backfill.Run(b.Context(), backfill.Options{
		Config: c, Analyzer: text, Store: s, Run: run, Rows: ingest.Sort(source.Rows(), ingest.SortOptions{}),
		Source: "benchmark", Identity: run, Workers: runtime.GOMAXPROCS(0), Log: zap.NewNop(),
	})
	if err != nil {
		b.Fatal(err)
	}
	if err := source.Close(); err != nil {
		b.Fatal(err)
	}
}

// cost is what this process and the engine, its child, have used.
type cost struct {
	own, engine         time.Duration
	ownPeak, enginePeak int64 // bytes resident
}

func (c cost) minus(o cost) cost {
	c.own, c.engine = c.own-o.own, c.engine-o.engine
	return c
}

// costs reads them from /proc; on other systems only its own time is known.
func costs(b *testing.B) (c cost) {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	c.own = time.Duration(u.Utime.Nano() + u.Stime.Nano())
	c.ownPeak = peak("self")
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, t := range tasks {
		children, _ := os.ReadFile(t)
		for _, pid := range strings.Fields(string(children)) {
			c.engine += processorTime(pid)
			c.enginePeak = max(c.enginePeak, peak(pid))
		}
	}
	return c
}

// processorTime reads fields 14 and 15 of /proc/PID/stat, in hundredths of a
// second; the second field, in parentheses, may hold spaces.
func processorTime(pid string) time.Duration {
	stat, _ := os.ReadFile("/proc/" + pid + "/stat")
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

func peak(pid string) int64 {
	status, _ := os.ReadFile("/proc/" + pid + "/status")
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	var kib int64
	fmt.Sscan(rest, &kib) //nolint:errcheck // 0 where there is no such line
	return kib << 10
}
