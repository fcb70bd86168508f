package telemetry

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
)

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

func TestServerTellsHealthAndMetrics(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m, h := NewMetrics(), NewHealth("kafka")
	m.DeadLetters.WithLabelValues("no_text").Add(3)
	addr := make(chan net.Addr, 1)
	done := make(chan error, 1)
	go func() { done <- Serve(ctx, "127.0.0.1:0", m, h, func(a net.Addr) { addr <- a }) }()
	base := "http://" + (<-addr).String()

	if code, body := get(t, base+"/readyz"); code != 503 || !strings.Contains(body, "kafka: starting") {
		t.Errorf("/readyz while starting: %d %s", code, body)
	}
	h.Set("kafka", nil)
	if code, _ := get(t, base+"/readyz"); code != 200 {
		t.Errorf("/readyz when all works: %d", code)
	}
	h.Set("clickhouse", errors.New("connection refused"))
	if code, body := get(t, base+"/readyz"); code != 503 || !strings.Contains(body, "clickhouse: connection refused") {
		t.Errorf("/readyz in trouble: %d %s", code, body)
	}
	if code, _ := get(t, base+"/healthz"); code != 200 {
		t.Errorf("/healthz: %d", code)
	}
	if _, body := get(t, base+"/metrics"); !strings.Contains(body, `fenghuo_dead_letters_total{reason="no_text"} 3`) {
		t.Error("/metrics lacks the dead letters")
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("Serve ended with %v", err)
	}
}

func TestServeSaysWhichAddressIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	err = Serve(context.Background(), l.Addr().String(), NewMetrics(), NewHealth(), func(net.Addr) {})
	if err == nil || !strings.Contains(err.Error(), "--listen-metrics") {
		t.Errorf("error is %v", err)
	}
}
