package neardup

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
)

const (
	chunkSlots   = 1024
	snapshotForm = 1
	maxChunks    = 1 << 14 // 16 million groups
	groupSize    = 24      // bytes of a group beside its id, about
	metaKey      = "meta"
	chunkPrefix  = "groups/"
)

var errDamaged = errors.New("damaged snapshot of near-duplicates")

func (x *Index) touch(slot int32) { x.dirty[slot/chunkSlots] = struct{}{} }

// Snapshot puts the state under keys: what changed since the last Snapshot, or
// all of it when full. The values belong to the callee.
func (x *Index) Snapshot(put func(key string, value []byte) error, full bool) error {
	if x.stale {
		x.relink()
	}
	meta := []byte{snapshotForm}
	meta = binary.AppendVarint(meta, x.now)
	meta = binary.AppendUvarint(meta, x.created)
	if err := put(metaKey, meta); err != nil {
		return err
	}
	var chunks []int32
	if full {
		for c := range (len(x.groups) + chunkSlots - 1) / chunkSlots {
			chunks = append(chunks, int32(c))
		}
	} else {
		for c := range x.dirty {
			chunks = append(chunks, c)
		}
		slices.Sort(chunks)
	}
	for _, c := range chunks {
		if err := put(fmt.Sprintf("%s%06d", chunkPrefix, c), x.chunk(c)); err != nil {
			return err
		}
	}
	clear(x.dirty)
	return nil
}

// chunk encodes the groups of a chunk's slots: slot, fingerprint, times, id.
func (x *Index) chunk(c int32) []byte {
	first := int(c) * chunkSlots
	slots := x.groups[first:min(first+chunkSlots, len(x.groups))]
	size := 1
	for i := range slots {
		size += groupSize + len(slots[i].id)
	}
	out := append(make([]byte, 0, size), snapshotForm)
	for i := range slots {
		g := &slots[i]
		if g.created == 0 {
			continue
		}
		out = binary.AppendUvarint(out, uint64(i))
		out = binary.LittleEndian.AppendUint64(out, g.print)
		out = binary.AppendVarint(out, g.seen)
		out = binary.AppendUvarint(out, g.created)
		out = binary.AppendUvarint(out, g.order)
		out = binary.AppendUvarint(out, uint64(len(g.id)))
		out = append(out, g.id...)
	}
	return out
}

// Restore takes one key and value of a Snapshot into a new Index. A key may
// come again with a newer value.
func (x *Index) Restore(key string, value []byte) error {
	x.stale = true
	r := reader{rest: value}
	if form := r.byte(); form != snapshotForm || r.failed {
		return fmt.Errorf("%w: key %q has form %d, this program reads %d", errDamaged, key, form, snapshotForm)
	}
	if key == metaKey {
		x.now, x.created = r.varint(), r.uvarint()
		return r.err(key)
	}
	var c int32
	if _, err := fmt.Sscanf(strings.TrimPrefix(key, chunkPrefix), "%d", &c); err != nil || c < 0 || !strings.HasPrefix(key, chunkPrefix) {
		return fmt.Errorf("%w: unknown key %q", errDamaged, key)
	}
	if c > maxChunks {
		return fmt.Errorf("%w: key %q is beyond %d", errDamaged, key, maxChunks)
	}
	first := int(c) * chunkSlots
	if need := first + chunkSlots; len(x.groups) < need {
		x.groups = append(x.groups, make([]group, need-len(x.groups))...)
	}
	slots := x.groups[first : first+chunkSlots]
	clear(slots)
	for len(r.rest) > 0 && !r.failed {
		slot := r.uvarint()
		g := group{print: r.uint64(), seen: r.varint(), created: r.uvarint(), order: r.uvarint(), id: r.string()}
		if slot >= uint64(len(slots)) || g.created == 0 {
			return fmt.Errorf("%w: key %q names slot %d", errDamaged, key, slot)
		}
		slots[slot] = g
	}
	return r.err(key)
}

// relink rebuilds the lists from restored slots, in the order in which they
// grew, so that the Index goes on as the one that was saved.
func (x *Index) relink() {
	x.stale = false
	x.reset()
	x.vacant = x.vacant[:0]
	var live []int32
	for i := len(x.groups) - 1; i >= 0; i-- {
		if x.groups[i].created == 0 {
			x.vacant = append(x.vacant, int32(i))
		} else {
			live = append(live, int32(i))
		}
	}
	x.count = len(live)
	slices.SortFunc(live, func(a, b int32) int { return cmp.Compare(x.groups[a].created, x.groups[b].created) })
	for _, i := range live {
		x.linkBuckets(i)
	}
	slices.SortFunc(live, func(a, b int32) int { return cmp.Compare(x.groups[a].order, x.groups[b].order) })
	for _, i := range live {
		x.linkNewest(i)
	}
	for x.count > max(x.max, 0) { // the limit was lowered since
		x.remove(x.oldest)
	}
}

// reader decodes a value; after the first fault everything is zero.
type reader struct {
	rest   []byte
	failed bool
}

func (r *reader) err(key string) error {
	if r.failed {
		return fmt.Errorf("%w: key %q is truncated", errDamaged, key)
	}
	return nil
}

func (r *reader) take(n int) []byte {
	if r.failed || n < 0 || n > len(r.rest) {
		r.failed, r.rest = true, nil
		return nil
	}
	out := r.rest[:n]
	r.rest = r.rest[n:]
	return out
}

func (r *reader) byte() byte {
	if b := r.take(1); b != nil {
		return b[0]
	}
	return 0
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.take(max(n, -1))
	if n <= 0 {
		r.failed, r.rest = true, nil
	}
	return v
}

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.take(max(n, -1))
	if n <= 0 {
		r.failed, r.rest = true, nil
	}
	return v
}

func (r *reader) uint64() uint64 {
	if b := r.take(8); b != nil {
		return binary.LittleEndian.Uint64(b)
	}
	return 0
}

func (r *reader) string() string {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.failed, r.rest = true, nil
		return ""
	}
	return string(r.take(int(n)))
}
