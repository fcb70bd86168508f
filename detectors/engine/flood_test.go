package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fenghuo/schemas"
)

// A flood of copies by strangers is told as one, and its level is that of anger.
func TestSuspectedAttackIsFlaggedNotHidden(t *testing.T) {
	attack := start.Add(3*weekLong + 34*time.Hour)
	alerts := after(history(t, oneBrand(.2), 4, 5, func(w *world, hour time.Time, emit func(Mention)) {
		if d := hour.Sub(attack); d >= 0 && d < 3*time.Hour {
			w.crowd("acme", "", hour, time.Hour, 100, true, func(m Mention) {
				m.NearDuplicate, m.AuthorID, m.Followers = true, fmt.Sprint("new", w.n), 0
				emit(m)
			})
		}
	}), attack)
	if len(alerts) == 0 || !alerts[0].SuspectedAttack {
		t.Fatalf("want an alert with suspected_attack: %+v", alerts)
	}
	if worst(alerts) == schemas.Blue {
		t.Error("the flood is graded blue")
	}
	if ev := alerts[0].Evidence; ev.NearDuplicates < .5 || ev.YoungAccounts < .5 {
		t.Errorf("figures %v %v", ev.NearDuplicates, ev.YoungAccounts)
	}
}

// A story that goes round as reposts of people who are known is no attack; the
// same copies as posts of their own are, and so are reposts by strangers.
func TestRepostsAreNoCopiedTexts(t *testing.T) {
	for _, c := range []struct {
		all, duplicates, passed, unknown uint32
		want                             bool
	}{
		{100, 60, 60, 50, false},
		{100, 60, 0, 50, true},
		{100, 80, 60, 50, true}, // half of the 40 that are no reposts
		{100, 60, 60, 95, true},
		{12, 10, 10, 6, false},
		{12, 10, 4, 6, true}, // seven of eight
		{12, 9, 6, 6, false}, // four of six
	} {
		s := &subject{usual: usual{all: 2000}}
		w := &window{panes: 3, counts: counts{said: said{all: c.all}, duplicates: c.duplicates, passed: c.passed, unknown: c.unknown}}
		if got := s.suspectedAttack(w); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}

// Of few mentions more have to be copies.
func TestFewCopiesAreSuspect(t *testing.T) {
	for _, c := range []struct {
		all, duplicates uint32
		want            bool
	}{{4, 4, false}, {5, 4, true}, {5, 3, false}, {7, 5, true}, {9, 6, false}, {10, 7, true}, {10, 4, false}} {
		s := &subject{}
		w := &window{panes: 3, counts: counts{said: said{all: c.all}, duplicates: c.duplicates}}
		if got := s.suspectedAttack(w); got != c.want {
			t.Errorf("%d copies of %d: %v", c.duplicates, c.all, got)
		}
	}
}

// A flood that is slow enough to alarm before ten copies are there is told with
// the later transitions, the end included, also by an engine restored in between.
func TestSuspectedAttackIsTold(t *testing.T) {
	attack := start.Add(3*weekLong + 34*time.Hour)
	e, w := mustNew(t, oneBrand(.2)), newWorld(5)
	var alerts []schemas.Alert
	for hour := start; hour.Before(start.Add(4 * weekLong)); hour = hour.Add(time.Hour) {
		emit := func(m Mention) { e.Observe(&m) }
		w.quiet("acme", "", hour, 5, emit)
		if d := hour.Sub(attack); d >= 0 && d < 10*time.Hour {
			w.crowd("acme", "", hour, time.Hour, 9, true, func(m Mention) {
				m.NearDuplicate = d > 0
				emit(m)
			})
		}
		alerts = append(alerts, e.Advance(hour.Add(time.Hour))...)
		if hour.Equal(attack.Add(20 * time.Hour)) {
			fresh := mustNew(t, oneBrand(.2))
			if err := e.Snapshot(true, func(key string, value []byte) error { return fresh.Restore(key, slices.Clone(value)) }); err != nil {
				t.Fatal(err)
			}
			e = fresh
		}
	}
	told := after(alerts, attack)
	if len(told) < 2 || told[0].SuspectedAttack {
		t.Fatalf("want alerts, the first before there are copies: %+v", told)
	}
	last := told[len(told)-1]
	if last.State != schemas.Resolved || !last.SuspectedAttack || !strings.Contains(last.Evidence.Note, "near-duplicates") {
		t.Errorf("the end says %v %v %q", last.State, last.SuspectedAttack, last.Evidence.Note)
	}
}
