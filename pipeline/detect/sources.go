package detect

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"fenghuo/pipeline/mentionlog"
)

// sources keeps, per source partition, what was applied and how far its event
// time is; it derives the tick, up to which every source has spoken.
type sources struct {
	lateness time.Duration
	places   map[mentionlog.Source]*place
	latest   *place         // asked for last, and mostly next
	epoch    map[string]int // newest epoch by topic; older ones no longer hold the tick
	idleAt   time.Time      // record time of the last heartbeat while all were idle
}

// place is the state of one source partition.
type place struct {
	Source     mentionlog.Source
	Applied    int64     // offset of the last post applied, -1 = none
	Counted    int64     // offset up to which outcomes were counted
	Heard      int64     // offset of the newest heartbeat
	Partitions int       // of the source topic
	Watermark  time.Time // event time, zero = none yet
	Idle       bool
}

func newSources(lateness time.Duration) *sources {
	return &sources{lateness: lateness, places: map[mentionlog.Source]*place{}, epoch: map[string]int{}}
}

func (s *sources) place(id mentionlog.Source) *place {
	if s.latest != nil && s.latest.Source == id {
		return s.latest
	}
	p := s.places[id]
	if p == nil {
		p = &place{Source: id, Applied: -1, Counted: -1, Heard: -1}
		s.places[id] = p
		s.epoch[id.Topic] = max(s.epoch[id.Topic], id.Epoch)
	}
	s.latest = p
	return p
}

// apply reports whether a post at offset counts: it does when nothing at or
// after it was applied from its source.
func (s *sources) apply(id mentionlog.Source, offset int64) bool {
	if !s.once(id, offset) {
		return false
	}
	s.place(id).Idle = false
	return true
}

// once is apply for a record that has no part in the source's event time.
func (s *sources) once(id mentionlog.Source, offset int64) bool {
	p := s.place(id)
	if offset <= p.Applied {
		return false
	}
	p.Applied = offset
	return true
}

// open is the first minute that is still open for posts of a source.
func (s *sources) open(id mentionlog.Source) time.Time {
	p := s.place(id)
	if p.Watermark.IsZero() {
		return time.Time{}
	}
	return p.Watermark.Add(-s.lateness).Truncate(time.Minute)
}

// beat takes a heartbeat recorded at recorded and returns the outcomes in it
// that were not counted before.
func (s *sources) beat(h *mentionlog.Heartbeat, recorded time.Time) []mentionlog.Outcome {
	p := s.place(h.Source)
	if h.Watermark.After(p.Watermark) {
		p.Watermark = h.Watermark
	}
	if h.Offset >= p.Heard { // an older one is a repetition and knows less
		p.Heard, p.Idle, p.Partitions = h.Offset, h.Idle, h.Partitions
	}
	s.moveIdle(p, recorded)
	return s.count(p, h)
}

// moveIdle carries the event time of a silent source along: with the other
// sources, and with the clock of the log when all are silent.
func (s *sources) moveIdle(p *place, recorded time.Time) {
	if !p.Idle {
		s.idleAt = time.Time{}
		return
	}
	newest, all := s.newest()
	if !all {
		s.idleAt = time.Time{}
	} else if !newest.IsZero() {
		if passed := recorded.Sub(s.idleAt); !s.idleAt.IsZero() && passed > 0 {
			newest = newest.Add(min(passed, time.Minute))
		}
		if recorded.After(s.idleAt) {
			s.idleAt = recorded
		}
	}
	if newest.After(p.Watermark) {
		p.Watermark = newest
	}
}

// newest is the greatest watermark, and whether every source is idle.
func (s *sources) newest() (newest time.Time, allIdle bool) {
	allIdle = true
	for _, p := range s.places {
		if p.Source.Epoch < s.epoch[p.Source.Topic] {
			continue
		}
		if p.Watermark.After(newest) {
			newest = p.Watermark
		}
		allIdle = allIdle && p.Idle
	}
	return newest, allIdle && s.complete()
}

func (s *sources) count(p *place, h *mentionlog.Heartbeat) []mentionlog.Outcome {
	if len(h.Outcomes) == 0 {
		return nil
	}
	fresh := h.Outcomes
	if known := p.Counted + 1 - h.OutcomesFrom; known > 0 {
		fresh = fresh[min(known, int64(len(fresh))):]
	}
	p.Counted = max(p.Counted, h.OutcomesFrom+int64(len(h.Outcomes))-1)
	return fresh
}

// complete tells whether every partition of every source topic has spoken.
func (s *sources) complete() bool {
	heard := map[string]int{}
	want := map[string]int{}
	for _, p := range s.places {
		if p.Source.Epoch == s.epoch[p.Source.Topic] && p.Partitions > 0 {
			heard[p.Source.Topic]++
			want[p.Source.Topic] = max(want[p.Source.Topic], p.Partitions)
		}
	}
	for topic, n := range want {
		if heard[topic] < n {
			return false
		}
	}
	return len(want) > 0
}

// tick is the first minute that some source may still fill; the minutes before
// it can be decided. It is zero while a source has not spoken.
func (s *sources) tick() time.Time {
	if !s.complete() {
		return time.Time{}
	}
	var slowest, newest time.Time
	for _, p := range s.places {
		if p.Source.Epoch < s.epoch[p.Source.Topic] {
			continue
		}
		if p.Watermark.After(newest) {
			newest = p.Watermark
		}
		if p.Idle {
			continue
		}
		if p.Watermark.IsZero() {
			return time.Time{}
		}
		if slowest.IsZero() || p.Watermark.Before(slowest) {
			slowest = p.Watermark
		}
	}
	if slowest.IsZero() { // all are idle
		slowest = newest
	}
	if slowest.IsZero() {
		return time.Time{}
	}
	return slowest.Add(-s.lateness).Truncate(time.Minute)
}

// heard lists how far the source partitions were heard of, in a fixed order.
func (s *sources) heard() (list []Heard) {
	for id, p := range s.places {
		if p.Heard >= 0 {
			list = append(list, Heard{Source: id, Offset: p.Heard})
		}
	}
	slices.SortFunc(list, func(a, b Heard) int {
		return cmp.Or(cmp.Compare(a.Source.Topic, b.Source.Topic), a.Source.Epoch-b.Source.Epoch, a.Source.Partition-b.Source.Partition)
	})
	return list
}

// sourcesState is the snapshot of sources.
type sourcesState struct {
	Places []place
	IdleAt time.Time
}

func (s *sources) encode() ([]byte, error) {
	state := sourcesState{IdleAt: s.idleAt}
	for _, p := range s.places {
		state.Places = append(state.Places, *p)
	}
	return json.Marshal(state)
}

func (s *sources) restore(value []byte) error {
	var state sourcesState
	if err := json.Unmarshal(value, &state); err != nil {
		return fmt.Errorf("snapshot: sources: %w", err)
	}
	for _, p := range state.Places {
		*s.place(p.Source) = p
	}
	s.idleAt = state.IdleAt
	return nil
}
