package detect

import (
	"fmt"
	"testing"
	"time"
)

func TestTheFirstCopyWithinTheHorizonCounts(t *testing.T) {
	x := newIdentities(24*time.Hour, 1000)
	if !x.add("weibo", "1", noon) || x.add("weibo", "1", noon.Add(time.Hour)) {
		t.Error("a copy an hour later counts, or the first one does not")
	}
	if !x.add("douyin", "1", noon) {
		t.Error("the same id on another channel is taken for a copy")
	}
	x.add("weibo", "2", noon.Add(26*time.Hour))
	if x.add("weibo", "1", noon) {
		t.Error("a post of a source that is a day ahead makes a copy count")
	}
	x.forget(noon.Add(26 * time.Hour))
	if !x.add("weibo", "1", noon.Add(26*time.Hour)) {
		t.Error("a copy beyond the horizon is remembered")
	}
}

func TestIdentitiesAreBounded(t *testing.T) {
	x := newIdentities(1000*time.Hour, 50)
	for n := range 500 {
		x.add("weibo", fmt.Sprint(n), noon.Add(time.Duration(n)*10*time.Minute))
	}
	if len(x.seen) > 50 {
		t.Errorf("%d ids are remembered, want at most 50", len(x.seen))
	}
	if x.add("weibo", "499", noon) {
		t.Error("the newest id was forgotten")
	}
}

func TestIdentitiesSurviveSnapshotsOfWhatChanged(t *testing.T) {
	x := newIdentities(48*time.Hour, 1000)
	state := map[string][]byte{}
	put := func(k string, v []byte) error {
		state[k] = v
		return nil
	}
	for n := range 300 {
		x.add("weibo", fmt.Sprint(n), noon.Add(time.Duration(n)*20*time.Minute))
		x.forget(noon.Add(time.Duration(n) * 20 * time.Minute))
		if n%50 == 0 {
			if err := x.snapshot(n == 0, put); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := x.snapshot(false, put); err != nil {
		t.Fatal(err)
	}
	r := newIdentities(48*time.Hour, 1000)
	for k, v := range state {
		if err := r.restore(k, v); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.seen) != len(x.seen) || len(x.seen) == 300 {
		t.Errorf("restored %d ids, want %d, and fewer than all 300", len(r.seen), len(x.seen))
	}
	for n := range 300 {
		if got, want := r.add("weibo", fmt.Sprint(n), noon), x.add("weibo", fmt.Sprint(n), noon); got != want {
			t.Fatalf("id %d is new: %v after the restore, %v without", n, got, want)
		}
	}
}
