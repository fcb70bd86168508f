package native_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
	"fenghuo/pipeline/store/native"
)

// row has a value of every kind.
type row struct {
	Text   string
	Flag   bool
	Mood   string
	Rank   int8
	Raw    []byte
	I32    int32
	U32    uint32
	I64    int64
	U64    uint64
	F32    float32
	F64    float64
	At     time.Time
	Second int64
	List   []string
	Counts map[string]uint64
	Scores map[string]float32
}

func block(buffer []byte, rows []*row) *native.Block[row] {
	b := native.New(buffer, rows, 16)
	b.Strings("text", func(r *row) string { return r.Text })
	b.Bools("flag", func(r *row) bool { return r.Flag })
	b.Words("mood", func(r *row) string { return r.Mood })
	b.Enums("rank", "Enum8('low' = -1, 'high' = 1)", func(r *row) int8 { return r.Rank })
	b.Values("raw", func(r *row) []byte { return r.Raw })
	b.Int32s("i32", func(r *row) int32 { return r.I32 })
	b.Uint32s("u32", func(r *row) uint32 { return r.U32 })
	b.Int64s("i64", func(r *row) int64 { return r.I64 })
	b.Uint64s("u64", func(r *row) uint64 { return r.U64 })
	b.Float32s("f32", func(r *row) float32 { return r.F32 })
	b.Float64s("f64", func(r *row) float64 { return r.F64 })
	b.Times("at", func(r *row) time.Time { return r.At })
	b.Seconds("second", func(r *row) int64 { return r.Second })
	b.Lists("list", func(r *row) []string { return r.List })
	b.Counts("counts", func(r *row) int { return len(r.Counts) }, func(r *row, _ int) (string, uint64) {
		for k, v := range r.Counts {
			return k, v
		}
		return "", 0
	})
	b.Scores("scores", func(r *row) int { return len(r.Scores) }, func(r *row, _ int) (string, float32) {
		for k, v := range r.Scores {
			return k, v
		}
		return "", 0
	})
	return b
}

// What a block holds is what the server reads, for dictionaries whose indices
// take one, two and four bytes, and in memory that was used before.
func TestABlockIsReadAsItWasWritten(t *testing.T) {
	c := config.Default().ClickHouse
	c.URL, c.Database = embeddedtest.ClickHouse(t), fmt.Sprintf("native_%d", time.Now().UnixNano())
	s, err := store.Open(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close() //nolint:errcheck // a test
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	exec := func(query string) {
		t.Helper()
		if err := s.Conn().Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	defer exec("DROP DATABASE " + c.Database)
	exec(`CREATE TABLE kinds (text String, flag Bool, mood LowCardinality(String), rank Enum8('low' = -1, 'high' = 1), raw String, i32 Int32, u32 UInt32, i64 Int64,
		u64 UInt64, f32 Float32, f64 Float64, at DateTime64(3, 'UTC'), second DateTime('UTC'), list Array(String),
		counts Map(String, UInt64), scores Map(String, Float32)) ENGINE = Memory`)
	var buffer []byte
	for _, moods := range []int{1, 300, 70_000} {
		exec("TRUNCATE TABLE kinds")
		want := manyRows(moods)
		b := block(buffer, want)
		query := "INSERT INTO kinds (" + strings.Join(b.Names(), ", ") + ")"
		if err := s.Conn().InsertFormat(t.Context(), "Native", query, bytes.NewReader(b.Bytes())); err != nil {
			t.Fatalf("%d different words: %v", moods, err)
		}
		buffer = b.Bytes()
		rows, err := s.Conn().Query(t.Context(), "SELECT * REPLACE (rank::Int8 AS rank, toInt64(second) AS second) FROM kinds ORDER BY i64")
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; rows.Next(); i++ {
			var got row
			if err := rows.Scan(&got.Text, &got.Flag, &got.Mood, &got.Rank, &got.Raw, &got.I32, &got.U32, &got.I64, &got.U64, &got.F32, &got.F64,
				&got.At, &got.Second, &got.List, &got.Counts, &got.Scores); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(want[i], &got); d != "" {
				t.Fatalf("row %d of %d different words: %s", i, moods, d)
			}
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
		var n uint64
		if err := s.Conn().QueryRow(t.Context(), "SELECT count() FROM kinds").Scan(&n); err != nil || int(n) != len(want) {
			t.Errorf("%d rows of %d: %v", n, len(want), err)
		}
	}
}

func manyRows(moods int) (list []*row) {
	for i := range max(moods, 500) {
		r := &row{
			Text: strings.Repeat("烽火", i%90), Flag: i%3 == 0, Rank: int8(i%2*2 - 1), Raw: bytes.Repeat([]byte{0, 255}, 1+i%50), U32: 1<<32 - 1, I32: int32(-i), I64: int64(i), U64: 1 << 63,
			F32: float32(i) / 3, F64: -float64(i) / 7, At: time.UnixMilli(1_700_000_000_123 + int64(i)).UTC(), Second: 1_700_000_000,
			List: []string{}, Counts: map[string]uint64{}, Scores: map[string]float32{},
		}
		if i%5 > 0 {
			r.Mood = fmt.Sprint("mood", i%moods)
		}
		if i%2 == 0 {
			r.List, r.Counts["微博"], r.Scores["物流"] = []string{"", "词"}, uint64(i), float32(i)/2
		}
		list = append(list, r)
	}
	return list
}

func TestTheZeroTimeIs1970(t *testing.T) {
	at := func(r *row) time.Time { return r.At }
	zero, epoch := native.New(nil, []*row{{}}, 1), native.New(nil, []*row{{At: time.Unix(0, 0)}}, 1)
	zero.Times("at", at)
	epoch.Times("at", at)
	if !bytes.Equal(zero.Bytes(), epoch.Bytes()) {
		t.Errorf("%x, 1970 is %x", zero.Bytes(), epoch.Bytes())
	}
}
