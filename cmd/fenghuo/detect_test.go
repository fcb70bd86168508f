package main

import (
	"bytes"
	"encoding/csv"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var updateDetect = flag.Bool("update-detect", false, "rewrite the golden files of fenghuo detect")

// judge runs `fenghuo detect` on text.
func judge(t *testing.T, in string, o detectOptions) (string, error) {
	t.Helper()
	if o.budget == 0 {
		o.budget = 0.2
	}
	if o.timezone == "" {
		o.timezone = "UTC"
	}
	var out, notes bytes.Buffer
	err := detectCSV(strings.NewReader(in), &out, &notes, o)
	return out.String(), err
}

// hours writes a CSV of hourly rows; value(i) is printed as it is.
func hours(n int, header string, value func(i int) string) string {
	var b strings.Builder
	b.WriteString(header + "\n")
	at := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		fmt.Fprintf(&b, "%s,%s\n", at.Add(time.Duration(i)*time.Hour).Format(time.RFC3339), value(i))
	}
	return b.String()
}

// alertRows lists the rows (from 0, header left out) where an alarm begins.
func alertRows(t *testing.T, out string) (rows []int) {
	t.Helper()
	all, err := csv.NewReader(strings.NewReader(out)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range all[1:] {
		if r[len(r)-1] == "1" {
			rows = append(rows, i)
		}
	}
	return rows
}

func TestDetectGolden(t *testing.T) {
	count := hours(21*24, "timestamp,value", func(i int) string {
		x := 20 + 10*math.Sin(float64(i)/12*math.Pi) + float64(i*7%5)
		switch {
		case i >= 400 && i < 412:
			x *= 4
		case i >= 300 && i < 306:
			return "" // an outage
		}
		return fmt.Sprintf("%.1f", x)
	})
	share := hours(21*24, "timestamp,value,total", func(i int) string {
		n, all := 2+i%3, 20+i*7%9
		if i >= 200 && i < 210 { // a launch with praise
			n, all = 10*n, 10*all
		}
		if i >= 400 && i < 412 { // anger
			n = all - 3
		}
		return fmt.Sprintf("%d,%d", n, all)
	})
	for name, in := range map[string]string{"count": count, "share": share} {
		out, err := judge(t, in, detectOptions{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		rows := alertRows(t, out)
		if len(rows) != 1 || rows[0] < 400 || rows[0] > 403 {
			t.Errorf("%s: alarms at rows %v, want one in the first hours after row 400", name, rows)
		}
		file := filepath.Join("testdata", "detect-"+name+".csv")
		if *updateDetect {
			if err := os.MkdirAll("testdata", 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(out), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if out != string(want) {
			t.Errorf("%s differs from %s; run with -update-detect if it should", name, file)
		}
	}
}

// Rows as people's files have them: byte order mark, CRLF, upper-case header,
// columns in any order, zone-less, Unix and date-only times, blanks, fractions.
func TestDetectReads(t *testing.T) {
	for name, in := range map[string]string{
		"BOM and CRLF":      "\ufefftimestamp,value\r\n2024-01-01 00:00:00,1\r\n2024-01-01 01:00:00,2\r\n",
		"other columns":     "brand,Value,Timestamp\na,1.5,2024-01-01T00:00:00+08:00\na,2,2024-01-01T01:00:00+08:00\n",
		"Unix seconds":      "timestamp,value\n1704067200,1\n1704070800,2\n",
		"Unix milliseconds": "timestamp,value\n1704067200000,1\n1704070800000,2\n",
		"days":              "timestamp,value\n2024-01-01,1\n2024-01-02,2\n",
		"missing values":    "timestamp,value\n2024-01-01,\n2024-01-02,NaN\n2024-01-03,3\n",
		"the same time":     "timestamp,value\n2024-01-01,1\n2024-01-01,2\n2024-01-02,2\n",
		"one row":           "timestamp,value\n2024-01-01,1\n",
		"no row":            "timestamp,value\n",
		"clock set back":    "timestamp,value\n2024-01-01 02:55:00,1\n2024-01-01 02:00:00,1\n2024-01-01 02:05:00,2\n",
	} {
		out, err := judge(t, in, detectOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		in = strings.ReplaceAll(strings.TrimPrefix(in, "\ufeff"), "\r", "")
		want := strings.Split(strings.TrimSpace(in), "\n")
		got := strings.Split(strings.TrimSpace(out), "\n")
		if len(got) != len(want) {
			t.Errorf("%s: %d lines, want %d", name, len(got), len(want))
			continue
		}
		for i := range got {
			if !strings.HasPrefix(got[i], want[i]+",") || strings.Contains(got[i][len(want[i]):], "NaN") {
				t.Errorf("%s: line %q for %q", name, got[i], want[i])
			}
		}
	}
}

// A value below 0, or without its total, is a gap: it is told once and judged as
// an empty one is.
func TestDetectSetsAside(t *testing.T) {
	for name, c := range map[string]struct{ header, odd, gap, note string }{
		"below 0":         {"timestamp,value", "-3", "", "row 102: value -3 is below 0"},
		"share below 0":   {"timestamp,value,total", "-3,9", ",9", "row 102: value -3 is below 0"},
		"without a total": {"timestamp,value,total", "3,", ",", "row 102: value 3 has no total"},
	} {
		judged := func(in string) (string, string) {
			var out, notes bytes.Buffer
			if err := detectCSV(strings.NewReader(in), &out, &notes, detectOptions{budget: 0.2, timezone: "UTC"}); err != nil {
				t.Fatal(name, err)
			}
			return out.String(), notes.String()
		}
		series := func(odd string) string {
			return hours(200, c.header, func(i int) string {
				switch {
				case i >= 100 && i < 103:
					return odd
				case strings.Contains(c.header, "total"):
					return fmt.Sprintf("%d,%d", i%4, 20+i%5)
				}
				return fmt.Sprint(5 + i%4)
			})
		}
		got, notes := judged(series(c.odd))
		want, _ := judged(series(c.gap))
		if strings.ReplaceAll(got, ","+c.odd+",", ","+c.gap+",") != want {
			t.Errorf("%s: such rows are not judged as gaps", name)
		}
		if !strings.HasPrefix(notes, c.note) || strings.Count(notes, "\n") != 1 {
			t.Errorf("%s: the notes are %q", name, notes)
		}
	}
}

// What cannot be read is refused with its row.
func TestDetectRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                   "no input",
		"a,b\n1,2\n":                         "expected the columns timestamp and value",
		"timestamp,value\nyesterday,1\n":     "row 2: timestamp \"yesterday\"",
		"timestamp,value\n2024-01-01,many\n": "row 2: value \"many\" is not a number",
		"timestamp,value,total\n2024-01-01,5,3\n":                               "row 2: value 5 is not among a total of 3",
		"timestamp,value\n2024-01-01,1\n2024-01-02\n":                           "row 3",
		"timestamp,value\n2024-01-02,1\n2024-01-01,1\n":                         "row 3: time 2024-01-01T00:00:00Z is 24h0m0s before the latest above it, 2024-01-02T00:00:00Z",
		"timestamp,value,total\n2024-01-01,1,x\n":                               "row 2: total \"x\"",
		"timestamp,value\n2024-01-01T00:00:00Z,1\n2024-01-01T00:00:00Z,1e999\n": "is not a number",
	} {
		_, err := judge(t, in, detectOptions{})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", in, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error takes more than a line: %v", in, err)
		}
	}
	if _, err := judge(t, "timestamp,value\n", detectOptions{budget: -1}); err == nil {
		t.Error("a budget below 0 was accepted")
	}
}

// Rows that come later never change a row before: the output of a prefix is a
// prefix of the output.
func TestDetectCausal(t *testing.T) {
	in := hours(30*24, "timestamp,value", func(i int) string { return fmt.Sprint(5 + i*13%7 + i/500*40) })
	all, err := judge(t, in, detectOptions{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.SplitAfter(in, "\n")
	for _, n := range []int{15, 200, 520} {
		part, err := judge(t, strings.Join(lines[:n], ""), detectOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(all, part) {
			t.Errorf("the first %d rows are judged otherwise when more follow", n)
		}
	}
}
