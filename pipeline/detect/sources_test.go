package detect

import (
	"testing"
	"time"

	"fenghuo/pipeline/mentionlog"
	"fenghuo/schemas"
)

var (
	noon   = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	posts0 = mentionlog.Source{Topic: "posts", Partition: 0}
	posts1 = mentionlog.Source{Topic: "posts", Partition: 1}
)

func minute(n int) time.Time { return noon.Add(time.Duration(n) * time.Minute) }

// beat is a heartbeat of one of two source partitions.
func beat(s mentionlog.Source, offset int64, watermark time.Time, idle bool) *mentionlog.Heartbeat {
	return &mentionlog.Heartbeat{Source: s, Offset: offset, Partitions: 2, Watermark: watermark, Idle: idle}
}

func TestAPostCountsOnceWhateverIsRepeated(t *testing.T) {
	s := newSources(0)
	for _, c := range []struct {
		offset int64
		want   bool
	}{{3, true}, {3, false}, {1, false}, {4, true}, {2, false}, {9, true}} {
		if got := s.apply(posts0, c.offset); got != c.want {
			t.Errorf("offset %d counts: %v, want %v", c.offset, got, c.want)
		}
	}
	if !s.apply(mentionlog.Source{Topic: "posts", Epoch: 1}, 0) {
		t.Error("offset 0 of a new epoch does not count")
	}
}

func TestTicksWaitForTheSlowestSource(t *testing.T) {
	s := newSources(2 * time.Minute)
	s.beat(beat(posts0, 5, minute(10), false), noon)
	if got := s.tick(); !got.IsZero() {
		t.Errorf("tick before the second source has spoken: %v", got)
	}
	s.beat(beat(posts1, -1, time.Time{}, false), noon)
	if got := s.tick(); !got.IsZero() {
		t.Errorf("tick while the second source has no event time: %v", got)
	}
	s.beat(beat(posts1, 1, minute(4), false), noon)
	if got := s.tick(); !got.Equal(minute(2)) {
		t.Errorf("tick %v, want the slowest source's minute less the lateness", got)
	}
}

func TestAnIdleSourceDoesNotHoldTheOthers(t *testing.T) {
	s := newSources(0)
	s.beat(beat(posts0, 5, minute(10), false), noon)
	s.beat(beat(posts1, 3, minute(1), true), noon)
	if got := s.tick(); !got.Equal(minute(10)) {
		t.Errorf("tick %v, want %v", got, minute(10))
	}
	if got := s.open(posts1); !got.Equal(minute(10)) {
		t.Errorf("the idle source's first open minute is %v: a post of it could fall into a decided window", got)
	}
	if s.apply(posts1, 4); !s.tick().Equal(minute(10)) {
		t.Errorf("tick %v after the source woke: it went back", s.tick())
	}
}

func TestWhenAllAreIdleTheLogsClockMovesTime(t *testing.T) {
	s := newSources(0)
	s.beat(beat(posts0, 5, minute(10), true), noon)
	s.beat(beat(posts1, 3, minute(8), true), noon)
	for n := range 301 { // five minutes of heartbeats, once a second from both
		s.beat(beat(posts0, 5, minute(10), true), noon.Add(time.Duration(n)*time.Second))
		s.beat(beat(posts1, 3, minute(8), true), noon.Add(time.Duration(n)*time.Second))
	}
	if got := s.tick(); !got.Equal(minute(15)) {
		t.Errorf("tick %v after five silent minutes, want %v", got, minute(15))
	}
}

func TestOverlappingOutcomesCountOnce(t *testing.T) {
	s := newSources(0)
	dead := mentionlog.Dead(schemas.ReasonNoText)
	send := func(from int64, o ...mentionlog.Outcome) int {
		h := beat(posts0, from+int64(len(o))-1, noon, false)
		h.OutcomesFrom, h.Outcomes = from, o
		return len(s.beat(h, noon))
	}
	if n := send(10, dead, dead, dead); n != 3 {
		t.Errorf("%d of 3 counted", n)
	}
	if n := send(10, dead, dead); n != 0 {
		t.Errorf("%d of a repeated heartbeat counted", n)
	}
	if n := send(11, dead, dead, dead, dead); n != 2 {
		t.Errorf("%d counted of 4 with 2 known", n)
	}
}

func TestSourcesSurviveASnapshot(t *testing.T) {
	s := newSources(time.Minute)
	s.apply(posts0, 7)
	s.beat(beat(posts0, 7, minute(3), false), noon)
	s.beat(beat(posts1, 2, minute(2), true), noon)
	b, err := s.encode()
	if err != nil {
		t.Fatal(err)
	}
	r := newSources(time.Minute)
	if err := r.restore(b); err != nil {
		t.Fatal(err)
	}
	if !r.tick().Equal(s.tick()) || r.apply(posts0, 7) || !r.apply(posts0, 8) {
		t.Errorf("restored: tick %v, want %v", r.tick(), s.tick())
	}
}
