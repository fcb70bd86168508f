package model

import (
	"bytes"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// A table gives what the plain sum over distinct n-grams gives, but for the
// rounding of its weights.
func TestMarginsAreThePlainSum(t *testing.T) {
	for _, f := range []Features{{Min: 1, Max: 4}, {Min: 2, Max: 5, Words: true}} {
		texts := []string{"质量很好 very good 123", "质量太差了！！！", "good good good", "x", ""}
		weights := map[uint64]float32{}
		var keys []uint64
		for _, s := range texts {
			for _, k := range f.Keys(nil, []rune(s)) {
				if _, ok := weights[k]; !ok {
					weights[k] = float32(math.Sin(float64(k % 1000)))
					keys = append(keys, k)
				}
			}
		}
		table, err := NewTable(f, keys, []float32{0.25, -1}, func(i, o int) float32 { return weights[keys[i]] * float32(1-2*o) })
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range texts {
			all := f.Keys(nil, []rune(s))
			n := len(all)
			slices.Sort(all)
			var sum float32
			for _, k := range slices.Compact(all) {
				sum += weights[k]
			}
			var got [MaxOutputs]float32
			table.Margins([]rune(s), &got)
			for o, want := range []float32{0.25 + sum/Norm(n), -1 - sum/Norm(n)} {
				if math.Abs(float64(got[o]-want)) > 0.1 {
					t.Errorf("%+v %q output %d: got %.3f, want %.3f", f, s, o, got[o], want)
				}
			}
		}
	}
}

// A table finds all its n-grams with their weights, also where many begin
// alike or a line is full, and few others.
func TestTableFindsItsKeys(t *testing.T) {
	for _, f := range []Features{{Min: 1, Max: 4}, {Min: 2, Max: 5, Words: true}} {
		rnd := rand.New(rand.NewPCG(3, 4))
		draw := func() []rune { // few letters: families are large
			r := make([]rune, 30)
			for i := range r {
				r[i] = []rune("abc 质量很差好评的退货😀")[int(rnd.ExpFloat64()*4)%14]
			}
			return r
		}
		known := map[uint64]bool{}
		var keys []uint64
		for range 2000 {
			for _, k := range f.Keys(nil, draw()) {
				if !known[k] {
					known[k] = true
					keys = append(keys, k)
				}
			}
		}
		table, err := NewTable(f, keys, make([]float32, 6), func(i, o int) float32 { return float32((i+o)%255-127) * float32(max((i+o)%255-127, 127-(i+o)%255)) })
		if err != nil {
			t.Fatal(err)
		}
		wrong, foreign := 0, 0
		for i, k := range keys {
			for _, o := range []int{0, 3, 5} {
				q := table.quads[o/quadOutputs]
				g, ok := q.find(f, k)
				if !ok {
					t.Fatalf("%+v: key %x is not found", f, k)
				}
				if int8(q.weights(g.cell)>>(o%quadOutputs*8)) != int8((i+o)%255-127) {
					wrong++
				}
			}
			if _, ok := table.quads[0].find(f, k^0x155); ok && !known[k^0x155] {
				foreign++
			}
		}
		if wrong > len(keys)/200 || foreign > len(keys)/200 {
			t.Errorf("%+v: of %d keys %d weights are wrong, %d foreign keys are found", f, len(keys), wrong, foreign)
		}
	}
}

// f lists how many n-grams a text has.
func TestKeysCount(t *testing.T) {
	f := func(ft Features, s string, want int) {
		t.Helper()
		if got := len(ft.Keys(nil, []rune(s))); got != want {
			t.Errorf("%+v %q: %d n-grams, want %d", ft, s, got, want)
		}
	}
	f(Features{Min: 1, Max: 1}, "", 2)                 // the marks
	f(Features{Min: 1, Max: 4}, "ab", 4+3+2+1)         // with marks 4 runes
	f(Features{Min: 2, Max: 3}, "ab", 3+2)             // no single ones
	f(Features{Min: 5, Max: 5, Words: true}, "a b", 4) // 5 runes with marks, and a, b, a b
}

// Digits are one digit, and character n-grams are no words.
func TestKeysFold(t *testing.T) {
	ft := Features{Min: 1, Max: 4}
	if !slices.Equal(ft.Keys(nil, []rune("19元")), ft.Keys(nil, []rune("58元"))) {
		t.Error("different digits give different n-grams")
	}
	words := Features{Min: 5, Max: 5, Words: true}
	if slices.Contains(ft.Keys(nil, []rune("good")), words.Keys(nil, []rune("good"))[0]) {
		t.Error("a word has the key of a character n-gram")
	}
}

func TestCalibrationAt(t *testing.T) {
	c := Calibration{Margin: []float32{-1, 0, 2}, Probability: []float32{0.1, 0.4, 0.9}}
	for _, x := range []struct{ margin, want float32 }{{-5, 0.1}, {-1, 0.1}, {-0.5, 0.25}, {0, 0.4}, {1, 0.65}, {2, 0.9}, {9, 0.9}} {
		if got := c.At(x.margin); math.Abs(float64(got-x.want)) > 1e-6 {
			t.Errorf("at %v: got %v, want %v", x.margin, got, x.want)
		}
	}
	if got := (&Calibration{}).At(0); got != 0.5 {
		t.Errorf("without knots: got %v, want the logistic's 0.5", got)
	}
}

func sample(t testing.TB) []byte {
	t.Helper()
	table, err := NewTable(Features{Min: 1, Max: 2}, []uint64{5, 7 << 40}, []float32{1}, func(i, _ int) float32 { return float32(i) })
	if err != nil {
		t.Fatal(err)
	}
	w := NewWriter("sample")
	w.Table(table)
	w.Calibration(Calibration{Margin: []float32{1, 2}, Probability: []float32{0.5, 0.7}})
	var b bytes.Buffer
	if _, err := w.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Whatever the bytes, reading ends with a refusal or a usable table.
func FuzzReader(f *testing.F) {
	good := sample(f)
	f.Add(good)
	f.Add(good[:20])
	f.Add([]byte("FENGHUOM"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := NewReader(data, "sample")
		if err != nil {
			for _, known := range []error{ErrForeign, ErrVersion, ErrKind, ErrDamaged} {
				if errors.Is(err, known) {
					return
				}
			}
			t.Fatalf("an error of no known kind: %v", err)
		}
		table := r.Table(1)
		c := r.Calibration()
		if r.Err() != nil {
			return
		}
		var out [MaxOutputs]float32
		table.Margins([]rune("abc"), &out)
		c.At(out[0])
	})
}

// The loops over a text give the weights that a search for each n-gram gives,
// also where lines are full and n-grams went on to the next.
func TestMarginsAreWhatSearchesFind(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) []rune {
		r := make([]rune, n)
		for i := range r {
			r[i] = []rune("abc,质量很差好评的退货不会再来一次9😀")[int(rnd.ExpFloat64()*6)%21]
		}
		return r
	}
	for _, outputs := range []int{1, 2, 3, 6} {
		f := Features{Min: 1, Max: 4}
		seen := map[uint64]bool{}
		var keys []uint64
		for range 200 {
			for _, k := range f.Keys(nil, draw(200)) {
				if !seen[k] && k%3 > 0 {
					seen[k] = true
					keys = append(keys, k)
				}
			}
		}
		table, err := NewTable(f, keys, make([]float32, outputs), func(i, o int) float32 { return float32((i+o)%255 - 127) })
		if err != nil {
			t.Fatal(err)
		}
		spilled := 0
		q := table.quads[0]
		for line := range q.lines {
			spilled += int(q.head(uint32(line)) >> headFrom)
		}
		if spilled == 0 {
			t.Fatal("no line is full: the test tells less than its name")
		}
		for n := range 2*stretch + 20 {
			runes := draw(n)
			var got [MaxOutputs]float32
			table.Margins(runes, &got)
			for o := range outputs {
				want := float32(table.bySearch(runes, o)) * table.Scale[o] / Norm(f.total(len(runes)))
				if got[o] != want {
					t.Fatalf("output %d of %d: got %v, want %v", o, outputs, got[o], want)
				}
			}
		}
	}
}

// bySearch is the sum of the weights of an output by one search an n-gram, in
// the order in which Margins meets them.
func (t *Table) bySearch(runes []rune, output int) (sum int32) {
	q := t.quads[output/quadOutputs]
	weight := func(w uint32) int32 { return expand(int8(w >> (output % quadOutputs * 8))) }
	for begin := -1; begin <= len(runes); begin += stretch {
		var m met
		for size := 1; size <= int(t.Features.Max); size++ {
			for at := begin; at < begin+stretch && at <= len(runes); at++ {
				key := uint64(0)
				for i := at; i < at+size; i++ {
					if key <<= wideBits; i <= len(runes) {
						key |= uint64(codeAt(runes, i, wideBits))
					}
				}
				g, ok := q.find(t.Features, key)
				switch {
				case size == 1:
					if m.add(singleCell|uint32(key)) == 0 && ok {
						sum += weight(q.weights(g.cell))
					}
				case ok && q.goesOn(t.Features, key) && m.add(g.number()) == 0:
					sum += weight(q.weights(g.cell))
				}
			}
		}
	}
	return sum
}

// goesOn says whether the table has, as far as it tells, n-grams that go on from
// key's beginnings as key does.
func (q *quad) goesOn(f Features, key uint64) bool {
	parent, longer := f.parent(key)
	if !longer {
		return true
	}
	g, ok := q.find(f, parent)
	return ok && g.cell>>(followFrom+followAt(f.lastCode(key)))&1 != 0 && q.goesOn(f, parent)
}
