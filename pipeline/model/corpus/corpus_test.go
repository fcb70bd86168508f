package corpus

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// data is the folder of the labelled sets, or skips.
func data(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("FENGHUO_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "..", "shared", "data")
	}
	if _, err := os.Stat(filepath.Join(dir, "text")); err != nil {
		t.Skipf("no labelled data in %s; name its folder with FENGHUO_DATA", dir)
	}
	return dir
}

// Every set has the rows that its description says.
func TestSets(t *testing.T) {
	dir := data(t)
	f := func(name string, read func(string) ([]Example, error), want int) {
		t.Helper()
		got, err := read(dir)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(got) != want {
			t.Errorf("%s: %d examples, want %d", name, len(got), want)
		}
		for _, e := range got {
			if e.Text == "" {
				t.Fatalf("%s: an example without text", name)
			}
		}
	}
	f("shopping", Shopping, 56840)
	f("weibo", Weibo, 10000)
	f("virus", Virus, 8606+3000)
	f("jd", JD, 16884-796-691) // without spam and off-topic
	f("cosmetics", Cosmetics, 3229)
	f("complaints", Complaints, 1701)
	f("airline", Airline, 9155)
}

func TestMissingData(t *testing.T) {
	if _, err := Shopping(t.TempDir()); err == nil {
		t.Error("an empty folder was read")
	}
}

// Equal texts share a fold, and folds are about equal.
func TestFold(t *testing.T) {
	var n [5]int
	for i := range 5000 {
		s := string(rune('一' + i))
		k := Fold(s, 5)
		if again := Fold(strings.Clone(s), 5); again != k {
			t.Fatal("a text changes its fold")
		}
		n[k]++
	}
	for k, c := range n {
		if c < 850 || c > 1150 {
			t.Errorf("fold %d holds %d of 5000", k, c)
		}
	}
}
