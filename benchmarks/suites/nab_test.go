package suites

import (
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// seriesDir is the folder of real series, or a skip where it is missing.
func seriesDir(t *testing.T) string {
	t.Helper()
	data := os.Getenv("FENGHUO_DATA")
	if data == "" {
		data = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(data, "series")
	if _, err := os.Stat(filepath.Join(dir, "nab", "windows.json")); err != nil {
		t.Skipf("no NAB series in %s; set FENGHUO_DATA to the folder of the data sets", dir)
	}
	return dir
}

// A hand-made series: two windows, one found at its first row, an alarm
// inside it again (free), one far from any (costs .11), one in probation
// (not scored).
func TestScoreNABByHand(t *testing.T) {
	s := NABSeries{Windows: []Span{{300, 309}, {600, 619}}}
	alerts := make([]bool, 1000)
	for i := range alerts {
		s.At = append(s.At, time.Unix(int64(i)*300, 0))
	}
	for _, i := range []int{10, 200, 300, 305} {
		alerts[i] = true
	}
	got := ScoreNAB([]NABSeries{s}, [][]bool{alerts})
	// total = 1 (earliest row) - 1 (missed) - .11, over 2 windows
	const earliest, missed, falseAlarm = 1.0, -1.0, -.11
	if want := 100 * (earliest + missed + falseAlarm + 2) / 4; math.Abs(got.Score-want) > 1e-9 {
		t.Errorf("score %v, want %v", got.Score, want)
	}
	if got.Found != 1 || got.Windows != 2 || got.FalseAlarms != 1 {
		t.Errorf("%+v", got)
	}
	// 849 rows of five minutes after probation, less 9 and 19 in windows
	quiet := (849 - 28) * 5.0 / (24 * 60)
	if math.Abs(got.QuietDays-quiet) > 1e-9 || math.Abs(got.OverPromised(2)-7/(2*quiet)) > 1e-9 {
		t.Errorf("%v quiet days, want %v; over promised %v", got.QuietDays, quiet, got.OverPromised(2))
	}
}

// The port gives the published detectors the scores of the reference script
// (standard profile, published thresholds), and ours keeps its promise: every
// window, at most .04 false alarms a series-day.
func TestNABTweets(t *testing.T) {
	r, err := MeasureNAB(seriesDir(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]float64{"contextOSE": 86.1, "ARTime": 82.0, "numenta": 71.7, "twitterADVec": 62.7} {
		if got := r.Peers[name].Score; math.Abs(got-want) > .051 {
			t.Errorf("%s scores %.2f, the reference script gives %.1f", name, got, want)
		}
	}
	if s := r.Ours; s.Score < 88 || s.Found != s.Windows || s.PerDay > .04 {
		t.Errorf("%+v, want 88 or more with all windows at .04 false alarms a series-day or fewer", s)
	}
}
