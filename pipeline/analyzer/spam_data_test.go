package analyzer

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"fenghuo/schemas"
)

// On reviews that people tagged, what is flagged is nearly always spam or off
// topic: it would be missing from the detectors otherwise.
func TestSpamPrecisionOnTaggedReviews(t *testing.T) {
	dir := os.Getenv("FENGHUO_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	f, err := os.Open(filepath.Join(dir, "streams", "jd_reviews.jsonl.gz"))
	if err != nil {
		t.Skipf("no tagged reviews under %s; set FENGHUO_DATA", dir)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	flagged, right, tagged := 0, 0, 0
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var row struct{ Text, Tag string }
		if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
			t.Fatal(err)
		}
		is := row.Tag == "spam" || row.Tag == "off_topic"
		spam := shared().Analyze(&schemas.Post{Text: row.Text, Kind: "review"}, s).Spam
		if is {
			tagged++
		}
		if spam {
			flagged++
			if is {
				right++
			}
		}
	}
	t.Logf("flagged %d, %d of them of the %d tagged: precision %.3f, recall %.3f",
		flagged, right, tagged, float64(right)/float64(flagged), float64(right)/float64(tagged))
	if float64(right) < .9*float64(flagged) || right < tagged/10 {
		t.Errorf("flagged %d, %d of them rightly, of %d", flagged, right, tagged)
	}
}
