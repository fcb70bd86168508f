package neardup

import (
	"math/bits"
	"slices"
	"time"
)

const (
	// alike is how many of a fingerprint's eight bytes agree in one group. A
	// byte agrees with the probability of the texts' Jaccard similarity J: five
	// of eight do at J = .9 in 99.5 %, at .8 in 94 %, at .5 in 36 %, and by
	// chance in one of 2e10 pairs.
	alike = 5

	// Five of eight equal bytes fill at least one of four pairs, so four tables
	// keyed by a pair each find every such fingerprint.
	tables = 4

	// longestLook bounds the work when many groups share a pair of bytes: the
	// newest are looked at.
	longestLook = 64

	none = -1
)

// Index holds one representative per group: the first text's fingerprint and
// id. A group lives while a member arrived within the horizon. It is not safe
// for concurrent use.
type Index struct {
	horizon time.Duration
	max     int
	now     int64  // newest event time seen, Unix milliseconds
	created uint64 // calls so far
	groups  []group
	vacant  []int32                    // slots of groups without a group
	buckets *[tables][1 << 16][]member // by a pair of bytes, oldest first; nil without groups
	oldest  int32                      // the group seen longest ago: one end of a list ...
	newest  int32                      // ... through older and newer
	count   int
	dirty   map[int32]struct{} // chunks changed since the last snapshot
	stale   bool               // restored slots wait for relink
}

// group is one slot. created is 0 for a vacant one.
type group struct {
	print        uint64
	seen         int64 // event time of the last member, Unix milliseconds
	created      uint64
	order        uint64 // when it was last seen, as a count of calls
	id           string
	older, newer int32
}

// member is a group in a bucket, with its fingerprint: a look costs no jump.
type member struct {
	print uint64
	slot  int32
}

// New returns an empty Index that forgets a group horizon after its last
// member, and the one seen longest ago when max groups are held.
func New(horizon time.Duration, max int) *Index {
	x := &Index{horizon: horizon, max: max, dirty: map[int32]struct{}{}}
	x.reset()
	return x
}

func (x *Index) reset() {
	x.oldest, x.newest, x.count, x.buckets = none, none, 0, nil
}

// Len is the number of groups held.
func (x *Index) Len() int { return x.count }

// Add notes a text by its fingerprint, event time and id. It returns the id of
// the first text of the group, or "" when this one is the first, or when fp is
// 0: a text too short to compare.
func (x *Index) Add(fp uint64, at time.Time, id string) (first string) {
	if fp == 0 || x.max <= 0 {
		return ""
	}
	if x.stale {
		x.relink()
	}
	ms := at.UnixMilli()
	x.now = max(x.now, ms)
	x.expire()
	x.created++
	if i := x.find(fp, ms); i != none {
		g := &x.groups[i]
		g.seen, g.order = max(g.seen, ms), x.created
		x.unlinkAge(i)
		x.linkNewest(i)
		x.touch(i)
		return g.id
	}
	if x.count >= x.max {
		x.remove(x.oldest)
	}
	x.insert(group{print: fp, seen: ms, created: x.created, order: x.created, id: id})
	return ""
}

// find returns the group whose fingerprint agrees best with fp and that was
// not over at ms; of equals the oldest.
func (x *Index) find(fp uint64, ms int64) int32 {
	best, most := int32(none), alike-1
	if x.buckets == nil {
		return none
	}
	var buckets [tables][]member // the four waits for memory are one
	for t := range tables {
		buckets[t] = x.buckets[t][key(fp, t)]
	}
	for _, bucket := range buckets {
		for k := len(bucket) - 1; k >= max(0, len(bucket)-longestLook); k-- {
			n := agreement(bucket[k].print, fp)
			if n < alike || n < most {
				continue
			}
			i := bucket[k].slot
			g := &x.groups[i]
			if ms-g.seen > x.horizon.Milliseconds() {
				continue
			}
			if n > most || (best != none && g.created < x.groups[best].created) {
				best, most = i, n
			}
		}
	}
	return best
}

func key(fp uint64, table int) uint16 { return uint16(fp >> (16 * table)) }

// agreement counts the bytes in which two fingerprints agree.
func agreement(a, b uint64) int {
	const low = 0x7F7F7F7F7F7F7F7F
	x := a ^ b
	return bits.OnesCount64(^((x&low + low) | x | low))
}

// expire drops groups that no text can join any more.
func (x *Index) expire() {
	for x.oldest != none && x.now-x.groups[x.oldest].seen > x.horizon.Milliseconds() {
		x.remove(x.oldest)
	}
}

func (x *Index) insert(g group) {
	var i int32
	if n := len(x.vacant); n > 0 {
		i = x.vacant[n-1]
		x.vacant = x.vacant[:n-1]
	} else {
		i = int32(len(x.groups))
		x.groups = append(x.groups, group{})
	}
	x.groups[i] = g
	x.linkBuckets(i)
	x.linkNewest(i)
	x.count++
	x.touch(i)
}

func (x *Index) remove(i int32) {
	x.unlinkBuckets(i)
	x.unlinkAge(i)
	x.groups[i] = group{}
	x.vacant = append(x.vacant, i)
	x.count--
	x.touch(i)
}

func (x *Index) linkBuckets(i int32) {
	if x.buckets == nil {
		x.buckets = new([tables][1 << 16][]member)
	}
	fp := x.groups[i].print
	for t := range tables {
		bucket := &x.buckets[t][key(fp, t)]
		*bucket = append(*bucket, member{fp, i})
	}
}

func (x *Index) unlinkBuckets(i int32) {
	fp := x.groups[i].print
	for t := range tables {
		bucket := &x.buckets[t][key(fp, t)]
		switch at := slices.IndexFunc(*bucket, func(m member) bool { return m.slot == i }); {
		case len(*bucket) == 1:
			*bucket = nil
		case at == 0: // as mostly: none moves
			*bucket = (*bucket)[1:]
		default:
			*bucket = slices.Delete(*bucket, at, at+1)
		}
	}
}

func (x *Index) linkNewest(i int32) {
	g := &x.groups[i]
	g.older, g.newer = x.newest, none
	if x.newest != none {
		x.groups[x.newest].newer = i
	} else {
		x.oldest = i
	}
	x.newest = i
}

func (x *Index) unlinkAge(i int32) {
	g := &x.groups[i]
	if g.older != none {
		x.groups[g.older].newer = g.newer
	} else {
		x.oldest = g.newer
	}
	if g.newer != none {
		x.groups[g.newer].older = g.older
	} else {
		x.newest = g.older
	}
}
