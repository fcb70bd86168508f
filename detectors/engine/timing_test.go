//go:build unix

package engine

import (
	"fmt"
	"runtime"
	"strconv"
	"syscall"
	"testing"
	"time"

	"fenghuo/schemas"
)

// stream is n mentions of a loud partition: 50 SKUs a brand, 1,000 mentions a
// minute, 6 keywords a mention. Of 20 brands a SKU has 5 mentions a pane, of 2
// brands 50.
func stream(n, brands int) (Config, []Mention) {
	c := Config{Run: "bench"}
	for i := range brands {
		c.Brands = append(c.Brands, Brand{ID: fmt.Sprint("brand", i)})
	}
	w := newWorld(1)
	words := make([]string, 3000)
	for i := range words {
		words[i] = fmt.Sprint("关键词", i)
	}
	all := make([]Mention, n)
	for i := range all {
		m := w.mention(c.Brands[w.IntN(brands)].ID, fmt.Sprint("sku", w.IntN(50)), start.Add(time.Duration(i)*60*time.Millisecond), w.IntN(6) == 0)
		m.Keywords = nil
		for range 6 {
			m.Keywords = append(m.Keywords, words[min(w.IntN(3000), w.IntN(3000), w.IntN(3000))])
		}
		all[i] = m
	}
	return c, all
}

// BenchmarkMention is the whole cost of a mention, evaluation included: cpu-ns/op
// also where other programs want the machine, and least-ns/op in the cheapest ten
// minutes. The mentions are few enough to stay in the processor's cache: reading
// them is not what is measured.
func BenchmarkMention(b *testing.B) {
	for _, brands := range []int{20, 2} {
		c, all := stream(50_000, brands)
		b.Run(fmt.Sprintf("%d a SKU and pane", 100/brands), func(b *testing.B) {
			e := mustNew(b, c)
			shift := time.Duration(0)
			b.ReportAllocs()
			b.ResetTimer()
			begin, last, least := cpuTime(), cpuTime(), time.Hour
			for i := range b.N {
				if i%10_000 == 9_999 {
					now := cpuTime()
					least, last = min(least, now-last), now
				}
				m := all[i%len(all)]
				if i > 0 && i%len(all) == 0 {
					shift += time.Duration(len(all)) * 60 * time.Millisecond
				}
				m.At = m.At.Add(shift)
				e.Observe(&m)
				if i%1000 == 999 {
					e.Advance(m.At)
				}
			}
			b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op")
			b.ReportMetric(float64(least)/10_000, "least-ns/op")
		})
	}
}

// cpuTime is what this process has used of the cores.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// BenchmarkTick closes a pane in which 50,000 of a million known series have
// something new: 12,500 of 250,000 SKUs (mentions, complaints, a complaint
// type, the negative share).
func BenchmarkTick(b *testing.B) {
	const known, active = 250_000, 12_500
	c := Config{Run: "bench", MaxSKUs: known}
	for i := range 50 {
		c.Brands = append(c.Brands, Brand{ID: fmt.Sprint("brand", i)})
	}
	e, w := mustNew(b, c), newWorld(1)
	now := start
	mention := func(i int, at time.Time) {
		m := w.mention(c.Brands[i%50].ID, fmt.Sprint("sku", i), at, true)
		m.Types = []schemas.ComplaintType{schemas.ProductQuality}
		e.Observe(&m)
	}
	for i := range known {
		mention(i, now.Add(time.Duration(i)*12*time.Hour/known))
		if i%1000 == 0 {
			e.Advance(now.Add(time.Duration(i) * 12 * time.Hour / known))
		}
	}
	now = now.Add(50 * time.Hour) // all asleep
	e.Advance(now)
	for i := range active { // a morning of life in the active ones
		for h := range 6 {
			mention(i, now.Add(time.Duration(h)*time.Hour))
		}
	}
	now = now.Add(6 * time.Hour)
	e.Advance(now)
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ResetTimer()
	begin := cpuTime()
	for range b.N {
		for i := range active {
			mention(i, now)
		}
		now = now.Add(Pane)
		e.Advance(now)
	}
	b.ReportMetric(float64(mem.HeapAlloc)/(4*known), "B/series")
	b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op")
}

// BenchmarkIdleDecade moves an engine with known SKUs over ten quiet years.
func BenchmarkIdleDecade(b *testing.B) {
	c, all := stream(100_000, 20)
	for range b.N {
		b.StopTimer()
		e := mustNew(b, c)
		for i := range all {
			e.Observe(&all[i])
		}
		e.Advance(start.Add(dayLong))
		b.StartTimer()
		e.Advance(start.AddDate(10, 0, 0))
	}
}

// BenchmarkHistory replays the detectors' part of a dense history: a mention
// each 0.63 s about one of 1,000 brands, without SKUs, most of them alone in
// their pane. MiB is what the engine holds in the end; a benchtime of more
// mentions tells whether it grows.
func BenchmarkHistory(b *testing.B) {
	const brands = 1000
	c := Config{Run: "bench"}
	for i := range brands {
		c.Brands = append(c.Brands, Brand{ID: fmt.Sprint("brand", i)})
	}
	w := newWorld(1)
	words := make([]string, 20_000)
	for i := range words {
		words[i] = fmt.Sprint("关键词", i)
	}
	usual := make([]Mention, 10_000)
	for i := range usual {
		m := w.mention("", "", start, w.IntN(6) == 0)
		m.Keywords = nil
		for range maxWords {
			m.Keywords = append(m.Keywords, words[min(w.IntN(len(words)), w.IntN(len(words)), w.IntN(len(words)))])
		}
		usual[i] = m
	}
	e := mustNew(b, c)
	b.ReportAllocs()
	b.ResetTimer()
	begin := cpuTime()
	for i := range b.N {
		m := usual[w.IntN(len(usual))]
		m.Brand, m.PostID = c.Brands[w.IntN(brands)].ID, strconv.Itoa(i)
		m.AuthorID = m.PostID[max(0, len(m.PostID)-6):]
		m.At = start.Add(time.Duration(i) * 630 * time.Millisecond)
		e.Observe(&m)
		if i%100 == 99 {
			e.Pass(m.At)
		}
		if i%25_000 == 24_999 { // as a backfill
			e.Decide()
		}
	}
	b.ReportMetric(float64(cpuTime()-begin)/float64(b.N), "cpu-ns/op")
	b.StopTimer()
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	b.ReportMetric(float64(mem.HeapInuse)/(1<<20), "MiB")
	runtime.KeepAlive(e)
}
