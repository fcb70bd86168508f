package neardup

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

var start = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

// differ changes n bytes of a fingerprint.
func differ(fp uint64, bytes ...int) uint64 {
	for _, b := range bytes {
		fp ^= 0x5A << (8 * b)
	}
	return fp
}

func TestAdd(t *testing.T) {
	const fp = 0x1122334455667788
	x := New(time.Hour, 100)
	f := func(what string, fp uint64, after time.Duration, id, want string) {
		t.Helper()
		if got := x.Add(fp, start.Add(after), id); got != want {
			t.Errorf("%s: Add(%s) = %q, want %q", what, id, got, want)
		}
	}
	f("the first is alone", fp, 0, "a", "")
	f("the same text", fp, time.Minute, "b", "a")
	f("three bytes off, one pair left whole", differ(fp, 0, 2, 4), time.Minute, "c", "a")
	f("three bytes off, two in a pair", differ(fp, 0, 1, 4), time.Minute, "d", "a")
	f("four bytes off is another text", differ(fp, 0, 2, 4, 6), time.Minute, "e", "")
	f("too short to compare", 0, time.Minute, "f", "")
	f("too short again", 0, time.Minute, "g", "")
	f("a member keeps the group alive", fp, 59*time.Minute, "h", "a")
	f("counted from the last member", fp, 118*time.Minute, "i", "a")
	f("out of order", fp, 10*time.Minute, "j", "a")
	f("the horizon is over", fp, 4*time.Hour, "k", "")
}

func TestMemoryIsBounded(t *testing.T) {
	x := New(time.Hour, 3)
	for i := range 10 {
		x.Add(0x0101010101010101*uint64(i+1), start, fmt.Sprint(i))
		if x.Len() > 3 {
			t.Fatalf("%d groups held", x.Len())
		}
	}
	if got := x.Add(0x0101010101010101*10, start, "again"); got != "9" {
		t.Errorf("the newest group was dropped: %q", got)
	}
	if got := x.Add(0x0101010101010101, start, "first"); got != "" {
		t.Errorf("the group seen longest ago was kept: %q", got)
	}
	if len(x.groups) > 3 {
		t.Errorf("%d slots for 3 groups", len(x.groups))
	}
}

// naive is the definition: every group is looked at.
type naive struct {
	horizon time.Duration
	groups  []naiveGroup
}

type naiveGroup struct {
	fp   uint64
	seen time.Time
	id   string
}

func (n *naive) add(fp uint64, at time.Time, id string) string {
	best, most := -1, alike-1
	for i, g := range n.groups {
		if at.Sub(g.seen) > n.horizon {
			continue
		}
		if k := agreement(g.fp, fp); k > most {
			best, most = i, k
		}
	}
	if best < 0 {
		n.groups = append(n.groups, naiveGroup{fp, at, id})
		return ""
	}
	if at.After(n.groups[best].seen) {
		n.groups[best].seen = at
	}
	return n.groups[best].id
}

// event is one text of a random stream in time order, of few distinct texts so
// that they meet.
func stream(seed uint64, n int) (fps []uint64, at []time.Time) {
	rng := rand.New(rand.NewPCG(seed, 1))
	base := make([]uint64, 40)
	for i := range base {
		base[i] = rng.Uint64()
	}
	now := start
	for range n {
		fp := base[rng.IntN(len(base))]
		for range rng.IntN(5) {
			fp = differ(fp, rng.IntN(8))
		}
		now = now.Add(time.Duration(rng.IntN(200)) * time.Second)
		fps, at = append(fps, fp), append(at, now)
	}
	return fps, at
}

func TestAgainstTheDefinition(t *testing.T) {
	for seed := range uint64(20) {
		x, n := New(time.Hour, 1<<20), &naive{horizon: time.Hour}
		fps, at := stream(seed, 3000)
		for i := range fps {
			id := fmt.Sprint(i)
			if got, want := x.Add(fps[i], at[i], id), n.add(fps[i], at[i], id); got != want {
				t.Fatalf("seed %d, text %d: %q, want %q", seed, i, got, want)
			}
		}
	}
}

// A restored index goes on exactly as the saved one, with whole and partial
// snapshots in between.
func TestRestoreGoesOnAlike(t *testing.T) {
	for _, limit := range []int{50, 5000} {
		x := New(time.Hour, limit)
		saved := map[string][]byte{}
		put := func(k string, v []byte) error { saved[k] = v; return nil }
		fps, at := stream(3, 6000)
		for i := range fps {
			if i%700 == 699 {
				if err := x.Snapshot(put, i == 699); err != nil {
					t.Fatal(err)
				}
				y := New(time.Hour, limit)
				for k, v := range saved {
					if err := y.Restore(k, bytes.Clone(v)); err != nil {
						t.Fatal(err)
					}
				}
				x = compareFor(t, x, y, fps[i:min(i+500, len(fps))], at[i:])
			}
			x.Add(fps[i], at[i], fmt.Sprint(i))
		}
	}
}

// compareFor runs both on copies of the stream's next part and returns a fresh
// restored copy to go on with.
func compareFor(t *testing.T, x, y *Index, fps []uint64, at []time.Time) *Index {
	t.Helper()
	saved := map[string][]byte{}
	if err := y.Snapshot(func(k string, v []byte) error { saved[k] = v; return nil }, true); err != nil {
		t.Fatal(err)
	}
	for i := range fps {
		id := fmt.Sprint("c", i)
		if a, b := x.Add(fps[i], at[i], id), y.Add(fps[i], at[i], id); a != b {
			t.Fatalf("text %d: %q before, %q after the restart", i, a, b)
		}
	}
	z := New(x.horizon, x.max)
	for k, v := range saved {
		if err := z.Restore(k, v); err != nil {
			t.Fatal(err)
		}
	}
	return z
}

func TestPartialSnapshotHoldsOnlyWhatChanged(t *testing.T) {
	x := New(time.Hour, 1<<20)
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range 5 * chunkSlots {
		x.Add(rng.Uint64()|1, start, fmt.Sprint(i))
	}
	count := func(full bool) (n int) {
		if err := x.Snapshot(func(string, []byte) error { n++; return nil }, full); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := count(true); n < 6 {
		t.Errorf("%d values in a full snapshot of %d groups", n, x.Len())
	}
	if n := count(false); n != 1 {
		t.Errorf("%d values though nothing changed", n)
	}
	x.Add(rng.Uint64()|1, start, "new")
	if n := count(false); n != 2 {
		t.Errorf("%d values for one new group, want the meta and one chunk", n)
	}
}

func TestRestoreAfterTheLimitWasLowered(t *testing.T) {
	x := New(time.Hour, 100)
	for i := range 100 {
		x.Add(0x0101010101010101*uint64(i+1), start, fmt.Sprint(i))
	}
	y := New(time.Hour, 10)
	if err := x.Snapshot(y.Restore, true); err != nil {
		t.Fatal(err)
	}
	if got := y.Add(0x0101010101010101*100, start, "again"); got != "99" || y.Len() != 10 {
		t.Errorf("got %q with %d groups, want 99 with 10", got, y.Len())
	}
}

func TestDamagedSnapshotsAreRefused(t *testing.T) {
	x := New(time.Hour, 10)
	x.Add(77, start, "a")
	saved := map[string][]byte{}
	if err := x.Snapshot(func(k string, v []byte) error { saved[k] = v; return nil }, true); err != nil {
		t.Fatal(err)
	}
	f := func(key string, value []byte) {
		t.Helper()
		if err := New(time.Hour, 10).Restore(key, value); !errors.Is(err, errDamaged) {
			t.Errorf("Restore(%q, %x) = %v", key, value, err)
		}
	}
	for k, v := range saved {
		f(k, nil)
		f(k, v[:len(v)-1])
		f(k, append([]byte{99}, v[1:]...)) // another form
		f("other", v)
	}
	f("groups/99999999", saved["groups/000000"])
	f("groups/-1", saved["groups/000000"])
}

func BenchmarkAdd(b *testing.B) {
	x := New(24*time.Hour, 1<<20)
	rng := rand.New(rand.NewPCG(1, 1))
	at := start
	b.ReportAllocs()
	for b.Loop() {
		at = at.Add(50 * time.Millisecond)
		x.Add(rng.Uint64(), at, "post-1234567")
	}
}
