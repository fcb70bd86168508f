package engine

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"fenghuo/schemas"
)

// data opens a file of the labelled data, or skips.
func data(t *testing.T, name string) *os.File {
	t.Helper()
	dir := os.Getenv("FENGHUO_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		t.Skipf("labelled data not found, set FENGHUO_DATA: %v", err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// trouble is a crude stand-in for the text models: words of complaints in
// headlines.
var trouble = regexp.MustCompile(`道歉|致歉|维权|下架|约谈|被曝|起火|丧生|去世|离世|崩|抄袭|侵害|过期|安全|驱赶|差评|投诉|抵制|终止|点名|处罚|争议|涉嫌`)

// TestHotSearchCrises: three years of hot-search titles of the brands of 21
// events, one or two a week each. At a budget of .04 most crises are graded
// yellow within their time, and praise is not.
func TestHotSearchCrises(t *testing.T) {
	var events []struct {
		ID, Brand, Kind string
		Aliases         []string
		First           time.Time `json:"first_title_at"`
		Ends            string
	}
	if err := json.NewDecoder(data(t, "streams/weibo_hot_events.json")).Decode(&events); err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(data(t, "streams/weibo_hot_2020_2023.tsv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	shanghai := time.FixedZone("CST", 8*3600)
	c := Config{Run: "test", FalseAlarmsPerBrandWeek: .04, Location: shanghai}
	aliases := map[string][]string{}
	for _, e := range events {
		if aliases[e.Brand] == nil {
			c.Brands = append(c.Brands, Brand{ID: e.Brand, Name: e.Brand})
			aliases[e.Brand] = e.Aliases
		}
	}
	alerts := hotSearch(t, mustNew(t, c), bufio.NewScanner(z), c.Brands, aliases)
	found, crises, wrong := 0, 0, 0
	for _, e := range events {
		ends, err := time.ParseInLocation(time.DateOnly, e.Ends, shanghai)
		if err != nil {
			t.Fatal(err)
		}
		graded := slices.ContainsFunc(alerts, func(a schemas.Alert) bool {
			return a.Brand == e.Brand && rank[a.Level] >= rank[schemas.Yellow] &&
				(a.State == schemas.Firing || a.State == schemas.Escalated) &&
				a.At.After(e.First.Add(-time.Hour)) && a.At.Before(ends.AddDate(0, 0, 2))
		})
		switch {
		case e.Kind != "crisis" && graded:
			wrong++
		case e.Kind == "crisis":
			crises++
			if graded {
				found++
			} else {
				t.Logf("missed %s", e.ID)
			}
		}
	}
	t.Logf("%d of %d crises, %d of %d other surges graded yellow or worse", found, crises, wrong, len(events)-crises)
	if found < 10 || wrong > 2 {
		t.Error("want at least 10 crises and at most 2 others")
	}
}

// hotSearch plays the titles that hold a brand's alias.
func hotSearch(t *testing.T, e *Engine, lines *bufio.Scanner, brands []Brand, aliases map[string][]string) (alerts []schemas.Alert) {
	t.Helper()
	for n := 0; lines.Scan(); n++ {
		seen, title, _ := strings.Cut(lines.Text(), "\t")
		unix, err := strconv.ParseInt(seen, 10, 64)
		if err != nil {
			continue // the header
		}
		m := Mention{
			Primary: true, At: time.Unix(unix, 0).UTC(), Channel: "weibo", PostID: strconv.Itoa(n), Kind: "title",
			Complaint: trouble.MatchString(title), Polarity: schemas.Neutral,
		}
		if m.Complaint {
			m.Polarity = schemas.Negative
		}
		for _, b := range brands {
			if slices.ContainsFunc(aliases[b.ID], func(a string) bool { return strings.Contains(title, a) }) {
				m.Brand = b.ID
				e.Observe(&m)
			}
		}
		alerts = append(alerts, e.Advance(m.At)...)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return append(alerts, e.Advance(e.Now().Add(dayLong))...)
}
