package ingest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkRead takes 200,000 posts of a file, in no order of time, through
// sorted temporary files, as a long backfill does. It tells the time until the
// last line was read, which nothing else is done in, and the CPU of all.
func BenchmarkRead(b *testing.B) {
	const n = 200_000
	path := filepath.Join(b.TempDir(), "posts.jsonl")
	writePosts(b, path, n)
	b.ReportAllocs()
	var reading time.Duration
	before := processorTime(b)
	for b.Loop() {
		from := time.Now()
		s, err := Open(b.Context(), []string{path}, Auto, Mapping{}, time.UTC)
		if err != nil {
			b.Fatal(err)
		}
		rows, clean, err := SortAll(s.Rows(), SortOptions{MaxBytes: 16 << 20})
		if err != nil {
			b.Fatal(err)
		}
		reading += time.Since(from)
		for _, err := range rows {
			if err != nil {
				b.Fatal(err)
			}
		}
		clean()
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	each := float64(b.N * n)
	b.ReportMetric(float64(reading.Nanoseconds())/each, "reading-ns/row")
	b.ReportMetric(float64((processorTime(b)-before).Nanoseconds())/each, "cpu-ns/row")
}

// writePosts writes n posts of 60 characters as JSON lines.
func writePosts(b *testing.B, path string, n int) {
	b.Helper()
	file, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	w, rng := bufio.NewWriter(file), rand.New(rand.NewPCG(1, 1))
	characters := []rune("的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经")
	text := make([]rune, 60)
	for i := range n {
		for k := range text {
			text[k] = characters[rng.IntN(len(characters))]
		}
		at := time.Unix(1_735_689_600+int64(rng.IntN(n)), 0).UTC().Format(time.RFC3339)
		fmt.Fprintf(w, `{"id":"p%d","text":"%s","published_at":"%s","brand":"brand%d","channel":"weibo","kind":"post","author_id":"u%d","followers":%d,"likes":%d}`+"\n",
			i, string(text), at, rng.IntN(1000), rng.IntN(n), rng.IntN(5000), rng.IntN(50)) //nolint:errcheck // Flush tells
	}
	if err := w.Flush(); err != nil {
		b.Fatal(err)
	}
	if err := file.Close(); err != nil {
		b.Fatal(err)
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
