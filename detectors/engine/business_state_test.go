package engine

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/schemas"
)

// Cut, snapshot and restored anywhere, an engine goes on as the one that was
// left alone: half of the time from a full snapshot, else from what changed.
func TestBusinessSurvivesSnapshots(t *testing.T) {
	var values []Value
	values = append(values, scale(trade(1, "orders", "", 200, time.Hour, 60), noon, noon.AddDate(0, 0, 1), .2)...)
	values = append(values, scale(trade(2, "refunds", "x", 20, 2*time.Hour, 60), noon, noon.AddDate(0, 0, 1), 6)...)
	values = append(values, scale(trade(3, "visits", "", 2000, 24*time.Hour, 60), noon, noon.AddDate(0, 0, 1), .2)...)
	sortValues(values)
	want := record(t, shops, values)
	if len(want) < 3 {
		t.Fatalf("only %d alerts", len(want))
	}
	e, err := New(shops)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string][]byte{}
	r := rand.New(rand.NewPCG(5, 5))
	var got []schemas.Alert
	for i := range values {
		a, _ := e.Record(&values[i])
		got = append(got, a...)
		if r.IntN(60) > 0 && i != len(values)/40 {
			continue
		}
		put := func(key string, value []byte) error {
			stored[key] = append([]byte(nil), value...)
			return nil
		}
		if err := e.Snapshot(r.IntN(2) == 0, put); err != nil {
			t.Fatal(err)
		}
		if e, err = New(shops); err != nil {
			t.Fatal(err)
		}
		for key, value := range stored {
			if err := e.Restore(key, value); err != nil {
				t.Fatal(err)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// A damaged state is an error, not a panic.
func TestBusinessRestoreRefuses(t *testing.T) {
	e, err := New(shops)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range trade(1, "orders", "", 20, time.Hour, 3) {
		e.Record(&v)
	}
	var key string
	var value []byte
	if err := e.Snapshot(true, func(k string, v []byte) error {
		if strings.HasPrefix(k, "business/") {
			key, value = k, append([]byte(nil), v...)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for n := 1; n < len(value); n++ {
		fresh, err := New(shops)
		if err != nil {
			t.Fatal(err)
		}
		if fresh.Restore(key, value[:n]) == nil {
			t.Fatalf("the first %d of %d bytes are accepted", n, len(value))
		}
	}
}
