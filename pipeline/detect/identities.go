package detect

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cespare/xxhash/v2"
)

// identities remembers which posts were counted, for a horizon of event time
// and at most max of them; the oldest hours go first. A post is the hash of
// its channel and id: among two million, two different ones are taken for the
// same with odds of one to ten million.
type identities struct {
	horizon time.Duration
	max     int
	seen    map[uint64]struct{}
	hours   map[int64][]uint64 // by hour of event time, Unix hours
	changed map[int64]bool     // hours to snapshot
	oldest  int64              // hours before it were evicted
	stale   bool               // one of them came again
}

func newIdentities(horizon time.Duration, max int) *identities {
	return &identities{
		horizon: horizon, max: max,
		seen: map[uint64]struct{}{}, hours: map[int64][]uint64{}, changed: map[int64]bool{},
	}
}

// add reports whether the post is new, and remembers it.
func (x *identities) add(channel, id string, at time.Time) bool {
	h := xxhash.Sum64String(channel + "\x00" + id)
	known := len(x.seen)
	x.seen[h] = struct{}{} // tells by the length whether it was there: one look instead of two
	if len(x.seen) == known {
		return false
	}
	hour := at.Unix() / 3600
	x.hours[hour] = append(x.hours[hour], h)
	x.changed[hour] = true
	x.stale = x.stale || hour < x.oldest
	if len(x.seen) > x.max {
		oldest := slices.Min(x.order())
		x.evict(func(h int64) bool { return h == oldest })
	}
	return true
}

// forget drops what lies more than the horizon before tick. It is the tick, not
// the newest post, because in a replay one source may be days ahead of another.
func (x *identities) forget(tick time.Time) {
	oldest := tick.Add(-x.horizon).Unix() / 3600
	if oldest != x.oldest || x.stale {
		x.evict(func(h int64) bool { return h < oldest })
		x.oldest, x.stale = oldest, false
	}
}

func (x *identities) evict(old func(hour int64) bool) {
	for hour, list := range x.hours {
		if !old(hour) {
			continue
		}
		for _, h := range list {
			delete(x.seen, h)
		}
		delete(x.hours, hour)
		x.changed[hour] = true
	}
}

func (x *identities) order() []int64 {
	hours := make([]int64, 0, len(x.hours))
	for h := range x.hours {
		hours = append(hours, h)
	}
	slices.Sort(hours)
	return hours
}

// snapshot puts one entry an hour: those that changed, or all of them.
func (x *identities) snapshot(full bool, put func(key string, value []byte) error) error {
	hours := x.changed
	if full {
		hours = map[int64]bool{}
		for h := range x.hours {
			hours[h] = true
		}
	}
	for h := range hours {
		if err := put(strconv.FormatInt(h, 10), x.encode(h)); err != nil {
			return err
		}
	}
	x.changed = map[int64]bool{}
	return nil
}

// encode returns the hashes of an hour, nothing when it was evicted.
func (x *identities) encode(hour int64) []byte {
	list := x.hours[hour]
	b := make([]byte, 0, 8*len(list))
	for _, h := range list {
		b = binary.LittleEndian.AppendUint64(b, h)
	}
	return b
}

func (x *identities) restore(key string, value []byte) error {
	hour, err := strconv.ParseInt(key, 10, 64)
	if err != nil || len(value)%8 != 0 {
		return fmt.Errorf("snapshot: ids of hour %q: %d bytes are not a list of hashes", strings.ToValidUTF8(key, "?"), len(value))
	}
	for ; len(value) > 0; value = value[8:] {
		h := binary.LittleEndian.Uint64(value)
		x.seen[h] = struct{}{}
		x.hours[hour] = append(x.hours[hour], h)
	}
	return nil
}
