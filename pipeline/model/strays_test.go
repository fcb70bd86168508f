package model

import "testing"

// What goes on from an n-gram that is not at home is looked for at its home, not
// where the n-gram was found.
func TestMarginsOfStrays(t *testing.T) {
	r, err := NewReader(Sentiment, "sentiment")
	if err != nil {
		t.Fatal(err)
	}
	table := r.Table(2)
	q := table.quads[0]
	var known []uint64 // characters
	for c, weights := range q.ones {
		if c >= 0x4E00 && c < 0xA000 && weights != 0 {
			known = append(known, uint64(c))
		}
	}
	const enough = 5
	texts := 0
	for i := 0; texts < enough && i < len(known); i++ {
		for k := 0; texts < enough && k < len(known); k++ {
			a, b := known[i], known[k]
			pair := a<<wideBits | b
			g, ok := q.find(table.Features, pair)
			home := lineOf(hash(pair), len(q.lines))
			if !ok || g.line == home || g.cell>>followFrom&farBit != 0 {
				continue
			}
			for c := uint64(0x4E00); c < 0xA000; c++ {
				key := pair<<wideBits | c
				print := printOf(hash(key))
				_, atHome := q.search(home, print)
				_, there := q.search(g.line, print)
				if atHome == there || !q.goesOn(table.Features, key) {
					continue
				}
				texts++
				runes := []rune{rune(a), rune(b), rune(c)}
				var got [MaxOutputs]float32
				table.Margins(runes, &got)
				for o := range table.Outputs {
					want := table.Bias[o] + float32(table.bySearch(runes, o))*table.Scale[o]/Norm(table.Features.total(len(runes)))
					if got[o] != want {
						t.Errorf("output %d of %q: got %v, want %v", o, string(runes), got[o], want)
					}
				}
			}
		}
	}
	if texts < enough {
		t.Error("nothing is found at one of the places alone: the test tells less than its name")
	}
}
