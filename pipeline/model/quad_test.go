package model

import "testing"

// Eight prints that no multiplier sends to eight places (found while fitting;
// of 40,000 lines of random prints none were such): the last goes on to the next
// line, and all are found.
func TestPrintsNoMultiplierTellsApart(t *testing.T) {
	prints := []uint16{31845, 57649, 50591, 61044, 14178, 49019, 7185, 23401}
	d := make(draft, 2)
	for i, p := range prints {
		cell, found := d.insert(0, p)
		if found {
			t.Fatalf("%d is there already", p)
		}
		cell.weights = uint32(i + 1)
	}
	if c := d[1].cells[0]; c.print != prints[7] {
		t.Fatalf("the next line begins with %+v", c)
	}
	q, err := newQuad(Features{Min: 2, Max: 4}, d, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range prints {
		g, ok := q.search(0, p)
		if !ok || q.weights(g.cell) != uint32(i+1) {
			t.Errorf("%d: %+v, %v", p, g, ok)
		}
	}
}
