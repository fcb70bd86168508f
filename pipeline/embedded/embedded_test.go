package embedded_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"

	"fenghuo/pipeline/embedded/embeddedtest"
)

func TestX(t *testing.T) {
	url := embeddedtest.ClickHouse(t)
	r, err := http.Post(url, "", strings.NewReader("SELECT version(), 1"))
	if err != nil {
		t.Fatal(err)
	}
	b, _ := io.ReadAll(r.Body)
	t.Log(r.Status, r.Header, string(b))
	conn, err := clickhouse.Open(&clickhouse.Options{Protocol: clickhouse.HTTP, Addr: []string{strings.TrimPrefix(url, "http://")}, Compression: &clickhouse.Compression{Method: clickhouse.CompressionLZ4}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := conn.Ping(ctx); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE DATABASE x", "CREATE TABLE x.t (a UInt32, s String, d DateTime64(3,'UTC')) ENGINE=MergeTree ORDER BY a"} {
		if err := conn.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	ba, err := conn.PrepareBatch(ctx, "INSERT INTO x.t")
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100000 {
		ba.Append(uint32(i), "好", time.Now())
	}
	if err := ba.Send(); err != nil {
		t.Fatal(err)
	}
	var n uint64
	if err := conn.QueryRow(ctx, "SELECT count() FROM x.t WHERE a < {m:UInt32}", clickhouse.Named("m", 5000)).Scan(&n); err != nil {
		t.Fatal(err)
	}
	t.Log(n)
	t.Log(conn.Exec(ctx, "SELECT * FROM nope"))
	t.Log(embeddedtest.Broker(t))
}
