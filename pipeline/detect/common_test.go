package detect

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"fenghuo/detectors/engine"
	"fenghuo/schemas"
)

// A lift of the competitors, of one channel, of everyone and of the brand alone
// are told apart; of others without a past nothing is said.
func TestCommonMove(t *testing.T) {
	at := func(brand string, observed, expected, there, usualThere float64) movement {
		return movement{brand: brand, observed: observed, expected: expected, there: there, usualThere: usualThere}
	}
	self := at("a", 90, 9, 80, 5)
	for _, c := range []struct {
		name    string
		channel string
		rivals  []string
		moves   []movement
		want    schemas.MoveEvidence
	}{
		{"its own", "weibo", []string{"b", "c"}, []movement{self, at("b", 9, 9, 5, 5), at("c", 19, 19, 9, 9), at("d", 99, 9, 50, 5)},
			schemas.MoveEvidence{Kind: schemas.OwnMove, Rise: 1, Brands: 2}},
		{"its competitors' too", "weibo", []string{"b", "c"}, []movement{self, at("b", 29, 9, 15, 5), at("c", 29, 9, 15, 5), at("d", 9, 9, 5, 5), at("e", 9, 9, 5, 5), at("f", 9, 9, 5, 5)},
			schemas.MoveEvidence{Kind: schemas.IndustryMove, Rise: 3, Brands: 2}},
		{"its only competitor's", "", []string{"b"}, []movement{self, at("b", 29, 9, 0, 0)}, schemas.MoveEvidence{Kind: schemas.IndustryMove, Rise: 3, Brands: 1}},
		{"its channel's", "zhihu", []string{"b"}, []movement{self, at("b", 32, 9, 29, 5), at("c", 34, 11, 29, 5), at("d", 30, 9, 26, 5)},
			schemas.MoveEvidence{Kind: schemas.PlatformMove, Rise: 5, Brands: 3, Channel: "zhihu"}},
		{"everyone's", "zhihu", []string{"b"}, []movement{self, at("b", 29, 9, 19, 6), at("c", 29, 9, 19, 6), at("d", 29, 9, 19, 6)},
			schemas.MoveEvidence{Kind: schemas.GeneralMove, Rise: 3, Brands: 3}},
		{"its own, without competitors", "", nil, []movement{self, at("b", 9, 9, 0, 0), at("c", 9, 9, 0, 0), at("d", 9, 9, 0, 0)},
			schemas.MoveEvidence{Kind: schemas.OwnMove, Rise: 1, Brands: 3}},
		{"unclear", "", []string{"b", "c"}, []movement{self, at("b", 17, 9, 0, 0), at("c", 17, 9, 0, 0)}, schemas.MoveEvidence{}},
		{"others without a past", "weibo", []string{"b"}, []movement{self, at("b", 50, 0, 40, 0)}, schemas.MoveEvidence{}},
		{"nobody else", "weibo", nil, []movement{self}, schemas.MoveEvidence{}},
	} {
		if diff := cmp.Diff(c.want, commonMove("a", c.channel, c.rivals, c.moves)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

// Competitors are those that are named, else those of the category; others of
// the config are asked, too, up to a bound.
func TestNeighbours(t *testing.T) {
	all := []engine.Brand{{ID: "a", Category: "tea"}, {ID: "b", Category: "tea"}, {ID: "c"}, {ID: "d", Category: "tea", Competitors: []string{"c"}}}
	for i, want := range []neighbours{
		{rivals: []string{"b", "d"}, asked: []string{"a", "b", "d", "c"}},
		{rivals: []string{"a", "d"}, asked: []string{"b", "a", "d", "c"}},
		{asked: []string{"c", "a", "b", "d"}},
		{rivals: []string{"c"}, asked: []string{"d", "c", "a", "b"}},
	} {
		if diff := cmp.Diff(want, newNeighbours(&all[i], all), cmp.AllowUnexported(neighbours{})); diff != "" {
			t.Errorf("%s: %s", all[i].ID, diff)
		}
	}
	many := make([]engine.Brand, 100)
	for i := range many {
		many[i] = engine.Brand{ID: string(rune('A' + i)), Category: "tea"}
	}
	if n := newNeighbours(&many[50], many); len(n.rivals) != peersAsked || len(n.asked) != peersAsked+1 {
		t.Errorf("%d competitors, %d brands asked", len(n.rivals), len(n.asked))
	}
}
