package suites

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"fenghuo/detectors/surge"
)

// Span is an inclusive range of rows.
type Span struct{ First, Last int }

// NABSeries is a series of the Numenta Anomaly Benchmark with its labelled
// windows.
type NABSeries struct {
	Name    string // such as AAPL
	At      []time.Time
	Value   []float64
	Windows []Span
}

// NABScore is the benchmark's result over some series.
type NABScore struct {
	Score       float64 `json:"score"` // 0 finds nothing, 100 is perfect
	Found       int     `json:"windows_found"`
	Windows     int     `json:"windows"`
	FalseAlarms int     `json:"false_alarms"` // outside windows, within an hour counted once
	Days        float64 `json:"series_days"`
	PerDay      float64 `json:"false_alarms_per_series_day"`
	DelayHours  float64 `json:"median_delay_h"`    // after the window's start
	QuietDays   float64 `json:"quiet_series_days"` // outside windows
}

// OverPromised is the false alarms over those of a budget a week outside windows.
func (s NABScore) OverPromised(budget float64) float64 {
	return float64(s.FalseAlarms) / (s.QuietDays / 7 * budget)
}

// LoadNABTweets reads the realTweets series under dir (the folder series).
func LoadNABTweets(dir string) ([]NABSeries, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "nab", "windows.json"))
	if err != nil {
		return nil, err
	}
	var windows map[string][][2]string
	if err := json.Unmarshal(raw, &windows); err != nil {
		return nil, fmt.Errorf("windows.json: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, "nab", "realTweets", "Twitter_volume_*.csv"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("no series in %q: %w", filepath.Join(dir, "nab", "realTweets"), os.ErrNotExist)
	}
	var out []NABSeries
	for _, file := range files {
		s := NABSeries{Name: strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Twitter_volume_"), ".csv")}
		if err := s.read(file, windows["realTweets/"+filepath.Base(file)]); err != nil {
			return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
		}
		out = append(out, s)
	}
	return out, nil
}

func (s *NABSeries) read(file string, windows [][2]string) error {
	at, value, err := readColumn(file)
	if err != nil {
		return err
	}
	s.At, s.Value = at, value
	for _, w := range windows {
		first, err := nabTime(w[0])
		if err != nil {
			return err
		}
		last, err := nabTime(w[1])
		if err != nil {
			return err
		}
		span := Span{First: -1}
		for i, t := range at {
			if !t.Before(first) && !t.After(last) {
				if span.First < 0 {
					span.First = i
				}
				span.Last = i
			}
		}
		if span.First >= 0 {
			s.Windows = append(s.Windows, span)
		}
	}
	slices.SortFunc(s.Windows, func(a, b Span) int { return a.First - b.First })
	return nil
}

// readColumn reads a CSV (or .csv.gz) of timestamp and a number, with a header
// or without.
func readColumn(file string) ([]time.Time, []float64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			return nil, nil, err
		}
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		return nil, nil, err
	}
	if _, err := nabTime(rows[0][0]); err != nil {
		rows = rows[1:]
	}
	var at []time.Time
	var x []float64
	for i, r := range rows {
		t, err := nabTime(r[0])
		if err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		v, err := strconv.ParseFloat(r[1], 64)
		if err != nil {
			return nil, nil, fmt.Errorf("row %d: %w", i+1, err)
		}
		at, x = append(at, t), append(x, v)
	}
	return at, x, nil
}

func nabTime(s string) (time.Time, error) { return time.Parse("2006-01-02 15:04:05", s) }

// Detect runs the surge detector over the series and marks where alarms begin.
func (s *NABSeries) Detect(budget float64) []bool {
	p := surge.Defaults(5 * time.Minute)
	p.Budget = budget
	d := surge.New(p)
	alerts := make([]bool, len(s.At))
	for i, at := range s.At {
		alerts[i] = d.Step(at, s.Value[i], 1, false).Alert
	}
	return alerts
}

// falseAlarmCost is the standard profile's weight of a false alarm.
const falseAlarmCost = 0.11

// sigmoid is the benchmark's scaled sigmoid.
func sigmoid(y float64) float64 { return 2/(1+math.Exp(5*y)) - 1 }

// ScoreNAB scores alerts with NAB's standard profile (Lavin and Ahmad, 2015):
// the first alert in a window earns more the earlier it is, one outside costs
// more the further it is from the window before. The first 15 % of rows, at
// most 750, are not scored.
func ScoreNAB(series []NABSeries, alerts [][]bool) NABScore {
	var out NABScore
	var total float64
	var delays []float64
	for k, s := range series {
		n := len(s.At)
		probation := min(n*15/100, 750)
		out.Windows += len(s.Windows)
		out.Days += s.At[n-1].Sub(s.At[probation]).Hours() / 24
		out.QuietDays += s.quietDays(probation)
		found := make([]bool, len(s.Windows))
		var last time.Time
		for i := probation; i < n; i++ {
			if !alerts[k][i] {
				continue
			}
			if j := slices.IndexFunc(s.Windows, func(w Span) bool { return w.First <= i && i <= w.Last }); j >= 0 {
				if w := s.Windows[j]; !found[j] {
					found[j] = true
					total += sigmoid(-float64(w.Last-i+1)/float64(w.Last-w.First+1)) / sigmoid(-1)
					delays = append(delays, s.At[i].Sub(s.At[w.First]).Hours())
				}
				continue
			}
			total += falseAlarmCost * penalty(s.Windows, i)
			if last.IsZero() || s.At[i].Sub(last) > time.Hour {
				out.FalseAlarms++
			}
			last = s.At[i]
		}
		for _, f := range found {
			if f {
				out.Found++
			} else {
				total--
			}
		}
	}
	w := float64(out.Windows)
	out.Score = 100 * (total + w) / (2 * w)
	out.PerDay = float64(out.FalseAlarms) / out.Days
	out.DelayHours = median(delays)
	return out
}

// quietDays is the time outside windows from a row on.
func (s *NABSeries) quietDays(first int) float64 {
	days := s.At[len(s.At)-1].Sub(s.At[first]).Hours() / 24
	for _, w := range s.Windows {
		if w.Last > first {
			days -= s.At[w.Last].Sub(s.At[max(first, w.First)]).Hours() / 24
		}
	}
	return days
}

// penalty of a false alarm at row i: -1 far from any window, less just after.
func penalty(windows []Span, i int) float64 {
	for k := len(windows) - 1; k >= 0; k-- {
		if w := windows[k]; w.Last < i {
			y := float64(i-w.Last) / float64(max(1, w.Last-w.First))
			if y > 3 {
				return -1
			}
			return sigmoid(y)
		}
	}
	return -1
}

// median is NaN-free: -1 of nothing.
func median(x []float64) float64 {
	if len(x) == 0 {
		return -1
	}
	s := slices.Sorted(slices.Values(x))
	return s[len(s)/2]
}

// Peers returns the alerts of the published detectors on the series, by name,
// at the thresholds published for the standard profile.
func Peers(dir string, series []NABSeries) (map[string][][]bool, error) {
	raw, err := os.ReadFile(filepath.Join(dir, "nab_peers", "thresholds.json"))
	if err != nil {
		return nil, err
	}
	var thresholds map[string]map[string]struct{ Threshold float64 }
	if err := json.Unmarshal(raw, &thresholds); err != nil {
		return nil, fmt.Errorf("thresholds.json: %w", err)
	}
	out := map[string][][]bool{}
	for name, profiles := range thresholds {
		var alerts [][]bool
		for _, s := range series {
			_, score, err := readColumn(filepath.Join(dir, "nab_peers", name+"_"+s.Name+".csv.gz"))
			if os.IsNotExist(err) {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("%s on %s: %w", name, s.Name, err)
			}
			a := make([]bool, len(s.At))
			for i := range min(len(a), len(score)) {
				a[i] = score[i] >= profiles["standard"].Threshold
			}
			alerts = append(alerts, a)
		}
		if len(alerts) == len(series) {
			out[name] = alerts
		}
	}
	return out, nil
}
