package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
)

var compressions = map[string]*clickhouse.Compression{
	"none":    nil,
	"lz4":     {Method: clickhouse.CompressionLZ4},
	"zstd":    {Method: clickhouse.CompressionZSTD, Level: 3},
	"gzip":    {Method: clickhouse.CompressionGZIP, Level: 3},
	"deflate": {Method: clickhouse.CompressionDeflate, Level: 3},
	"br":      {Method: clickhouse.CompressionBrotli, Level: 3},
}

// eachClient runs f with clickhouse-go as it comes, once per compression, in a
// database of its own.
func eachClient(t *testing.T, f func(t *testing.T, c driver.Conn)) {
	for _, name := range slices.Sorted(maps.Keys(compressions)) {
		t.Run(name, func(t *testing.T) {
			address, db := database(t)
			host := strings.TrimPrefix(address, "http://")
			c, err := clickhouse.Open(&clickhouse.Options{
				Protocol:    clickhouse.HTTP,
				Addr:        []string{host[:strings.Index(host, "/")]},
				Auth:        clickhouse.Auth{Database: db, Username: "default"},
				Compression: compressions[name],
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = c.Close() })
			f(t, c)
		})
	}
}

type row struct {
	ID       uint32             `ch:"id"`
	Brand    string             `ch:"brand"`
	Text     string             `ch:"text"`
	At       time.Time          `ch:"at"`
	Tokens   []string           `ch:"tokens"`
	Scores   map[string]float32 `ch:"scores"`
	Rating   *float64           `ch:"rating"`
	Complain bool               `ch:"complain"`
}

const table = `CREATE TABLE rows (
	id UInt32, brand LowCardinality(String), text String CODEC(ZSTD), at DateTime64(3, 'UTC'),
	tokens Array(String), scores Map(LowCardinality(String), Float32), rating Nullable(Float64), complain Bool
) ENGINE = MergeTree ORDER BY id`

func rows(n int) []row {
	out := make([]row, n)
	for i := range out {
		out[i] = row{
			ID: uint32(i), Brand: fmt.Sprintf("brand-%d", i%7), Text: strings.Repeat("质量太差了，客服不理人。", i%5),
			At: time.Date(2026, 11, 11, 0, 0, 0, i*1e6, time.UTC), Tokens: []string{"质量", fmt.Sprint(i)},
			Scores: map[string]float32{"logistics": float32(i) / 2}, Complain: i%2 == 0,
		}
		if i%3 == 0 {
			rating := float64(i)
			out[i].Rating = &rating
		}
	}
	return out
}

// What clickhouse-go writes comes back equal, whatever the compression.
func TestClientRoundTrip(t *testing.T) {
	eachClient(t, func(t *testing.T, c driver.Conn) {
		ctx := t.Context()
		if err := c.Ping(ctx); err != nil {
			t.Fatal(err)
		}
		if err := c.Exec(ctx, table); err != nil {
			t.Fatal(err)
		}
		want := rows(4_000)
		batch, err := c.PrepareBatch(ctx, "INSERT INTO rows")
		if err != nil {
			t.Fatal(err)
		}
		for i := range want {
			if err := batch.AppendStruct(&want[i]); err != nil {
				t.Fatal(err)
			}
		}
		if err := batch.Send(); err != nil {
			t.Fatal(err)
		}
		var got []row
		if err := c.Select(ctx, &got, "SELECT * FROM rows ORDER BY id"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rows differ (-sent +read):\n%.2000s", diff)
		}
	})
}

func TestClientParametersAndSettings(t *testing.T) {
	eachClient(t, func(t *testing.T, c driver.Conn) {
		ctx := clickhouse.Context(t.Context(),
			clickhouse.WithSettings(clickhouse.Settings{"max_threads": 2}),
			clickhouse.WithParameters(clickhouse.Parameters{"s": `it's a \ and a "`, "n": "40"}))
		var s, threads string
		var n uint64
		if err := c.QueryRow(ctx, "SELECT {s:String}, toUInt64({n:UInt32} + 2), toString(getSetting('max_threads'))").Scan(&s, &n, &threads); err != nil {
			t.Fatal(err)
		}
		if s != `it's a \ and a "` || n != 42 || threads != "2" {
			t.Errorf("got %q, %d, max_threads %s", s, n, threads)
		}
		var when time.Time
		at := time.Date(2026, 11, 11, 8, 0, 0, 0, time.UTC)
		if err := c.QueryRow(t.Context(), "SELECT toDateTime(@at, 'UTC')", clickhouse.Named("at", at)).Scan(&when); err != nil || !when.Equal(at) {
			t.Errorf("bound time %v, %v", when, err)
		}
	})
}

// Errors keep their code, before the answer and in its middle.
func TestClientExceptions(t *testing.T) {
	eachClient(t, func(t *testing.T, c driver.Conn) {
		code := func(err error) int32 {
			var e *clickhouse.Exception
			if !errors.As(err, &e) {
				t.Errorf("not an exception: %v", err)
				return 0
			}
			return e.Code
		}
		if got := code(c.Exec(t.Context(), "SELECT * FROM nope")); got != 60 {
			t.Errorf("Exec: code %d, want 60", got)
		}
		_, err := c.Query(t.Context(), "SELECT * FROM nope")
		if got := code(err); got != 60 {
			t.Errorf("Query: code %d, want 60", got)
		}
		var n uint8
		if got := code(c.QueryRow(t.Context(), "SELECT throwIf(1)").Scan(&n)); got != 395 {
			t.Errorf("QueryRow: code %d, want 395", got)
		}
		r, err := c.Query(t.Context(), "SELECT throwIf(number = 500000) FROM numbers(1000000) SETTINGS max_block_size = 1000, max_threads = 1")
		if err != nil {
			t.Fatalf("Query: %v", err)
		}
		read := 0
		for r.Next() {
			read++
		}
		if got := code(r.Err()); got != 395 || read == 0 || read > 500_000 {
			t.Errorf("in mid-answer: code %d after %d rows, want 395", got, read)
		}
		if err := r.Close(); err != nil && code(err) != 395 {
			t.Errorf("Close: %v", err)
		}
	})
}

// A cancelled context ends the query on the engine and leaves the client
// usable.
func TestClientCancel(t *testing.T) {
	eachClient(t, func(t *testing.T, c driver.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		err := c.Exec(ctx, "SELECT sum(sleepEachRow(0.01)) FROM numbers(1000000) SETTINGS max_block_size = 10")
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("err = %v, want a deadline exceeded", err)
		}
		if err := c.Ping(t.Context()); err != nil {
			t.Errorf("Ping afterwards: %v", err)
		}
	})
}

// Whole formats pass through in both directions.
func TestClientFormats(t *testing.T) {
	eachClient(t, func(t *testing.T, c driver.Conn) {
		if err := c.Exec(t.Context(), "CREATE TABLE f (a UInt32, b String) ENGINE = MergeTree ORDER BY a"); err != nil {
			t.Fatal(err)
		}
		var csv strings.Builder
		for i := range 100_000 {
			fmt.Fprintf(&csv, "%d,\"行%d\"\n", i, i)
		}
		f, ok := c.(interface {
			InsertFormat(ctx context.Context, format, query string, data io.Reader) error
			QueryFormat(ctx context.Context, format, query string, args ...any) (io.ReadCloser, error)
		})
		if !ok {
			t.Fatal("clickhouse-go has no InsertFormat and QueryFormat")
		}
		if err := f.InsertFormat(t.Context(), "CSV", "INSERT INTO f", strings.NewReader(csv.String())); err != nil {
			t.Fatal(err)
		}
		r, err := f.QueryFormat(t.Context(), "CSV", "SELECT * FROM f ORDER BY a")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = r.Close() }()
		if got, err := io.ReadAll(r); err != nil || string(got) != csv.String() {
			t.Errorf("%d bytes back, %v; sent %d", len(got), err, csv.Len())
		}
	})
}
