package main

import (
	"bufio"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fenghuo/detectors/share"
	"fenghuo/detectors/surge"
)

type detectOptions struct {
	budget   float64
	step     time.Duration
	timezone string
}

func newDetectCommand() *cobra.Command {
	var o detectOptions
	cmd := &cobra.Command{
		Use:   "detect [FILE]",
		Short: "Find surges in one series of counts (CSV in, CSV out)",
		Long: `Read a CSV with the header timestamp,value[,total] and write the same rows with
expected, upper, score and alert. alert is 1 only on the row where an alarm
begins. With total, value is the negative among total mentions and the share is
watched instead of the count. Every row is judged by the rows before it alone.

Times are RFC 3339, "2006-01-02 15:04:05", or Unix seconds or milliseconds;
without a zone they are UTC. An empty value or NaN is a gap, not a zero, and so
is a row that is missing, has no total, or has a value below 0. Rows must be in
order of time.`,
		Example: `  fenghuo detect mentions.csv > judged.csv
  fenghuo detect --budget 0.04 --step 1h < hourly.csv
  printf 'timestamp,value,total\n2024-01-01T00:00:00Z,3,40\n' | fenghuo detect`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			endAtSignals()
			in := cmd.InOrStdin()
			if len(args) == 1 && args[0] != "-" {
				f, err := os.Open(args[0])
				if err != nil {
					return err
				}
				defer f.Close()
				in = f
			}
			return detectCSV(in, cmd.OutOrStdout(), cmd.ErrOrStderr(), o)
		},
	}
	f := cmd.Flags()
	f.Float64Var(&o.budget, "budget", 0.2, "false alarms a week that the series may cost")
	f.DurationVar(&o.step, "step", 0, "length of a row, such as 5m; by default the median of the first 10 time differences")
	f.StringVar(&o.timezone, "timezone", "UTC", "where hours and days begin, such as Asia/Shanghai")
	return cmd
}

// seriesRow is a parsed row of the input.
type seriesRow struct {
	fields []string
	at     time.Time
	value  float64
	total  float64
	gap    bool
}

// stepRows is how many rows are read before the first is judged, to learn
// their distance. No alarm can begin among them: a day must pass first.
const stepRows = 11

func detectCSV(in io.Reader, out, notes io.Writer, o detectOptions) error {
	if !(o.budget > 0) || math.IsInf(o.budget, 0) {
		return fmt.Errorf("--budget %v: give false alarms a week, more than 0", o.budget)
	}
	location, err := time.LoadLocation(o.timezone)
	if err != nil {
		return fmt.Errorf("--timezone %q: %w", o.timezone, err)
	}
	r, err := newSeriesReader(in)
	if err != nil {
		return err
	}
	w := csv.NewWriter(out)
	if err := w.Write(append(slices.Clone(r.header), "expected", "upper", "score", "alert")); err != nil {
		return err
	}
	var head []seriesRow
	for len(head) < stepRows {
		row, err := r.next(notes)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		head = append(head, row)
	}
	step := o.step
	if step == 0 {
		step = medianStep(head)
	}
	if step < time.Second {
		return fmt.Errorf("--step %v: rows must be a second long at least", step)
	}
	p := surge.Defaults(step)
	p.Budget, p.Location = o.budget, location
	judge := newJudge(p, r.total >= 0)
	for _, row := range head {
		if err := w.Write(judge(row)); err != nil {
			return err
		}
	}
	for {
		row, err := r.next(notes)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			w.Flush()
			return err
		}
		if err := w.Write(judge(row)); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// newJudge returns a function that judges rows in order and gives the row to
// print. For a share, expected and upper are negatives among the row's total.
func newJudge(p *surge.Params, isShare bool) func(seriesRow) []string {
	var step func(seriesRow) surge.Verdict
	var of interface {
		Rate() float64
		Upper() float64
	}
	if isShare {
		d := share.New(p)
		step, of = func(r seriesRow) surge.Verdict { return d.Step(r.at, r.value, r.total, r.gap).Verdict }, d
	} else {
		d := surge.New(p)
		step, of = func(r seriesRow) surge.Verdict { return d.Step(r.at, r.value, 1, r.gap) }, d
	}
	return func(r seriesRow) []string {
		v := step(r)
		alert := "0"
		if v.Alert {
			alert = "1"
		}
		return append(r.fields, short(of.Rate()), short(of.Upper()), short(v.Score), alert)
	}
}

func short(x float64) string { return strconv.FormatFloat(x, 'g', 6, 64) }

func medianStep(rows []seriesRow) time.Duration {
	var d []time.Duration
	for i := 1; i < len(rows); i++ {
		if x := rows[i].at.Sub(rows[i-1].at); x > 0 {
			d = append(d, x)
		}
	}
	if len(d) == 0 {
		return time.Minute
	}
	slices.Sort(d)
	return d[len(d)/2].Round(time.Second)
}

// seriesReader parses the input and names the row in every error.
type seriesReader struct {
	csv              *csv.Reader
	header           []string
	at, value, total int // columns; total is -1 without one
	last             time.Time
	row              int
	warned, lacking  bool // of a clock set back, of rows set aside
}

func newSeriesReader(in io.Reader) (*seriesReader, error) {
	b := bufio.NewReaderSize(in, 1<<16)
	if mark, _ := b.Peek(3); string(mark) == "\xef\xbb\xbf" {
		_, _ = b.Discard(3)
	}
	c := csv.NewReader(b)
	c.TrimLeadingSpace = true
	header, err := c.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("no input: expected a CSV with the header timestamp,value")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	column := func(name string) int {
		return slices.IndexFunc(header, func(s string) bool { return strings.EqualFold(strings.TrimSpace(s), name) })
	}
	r := &seriesReader{csv: c, header: header, at: column("timestamp"), value: column("value"), total: column("total"), row: 1}
	if r.at < 0 || r.value < 0 {
		return nil, fmt.Errorf("header %q: expected the columns timestamp and value", strings.Join(header, ","))
	}
	return r, nil
}

func (r *seriesReader) next(notes io.Writer) (seriesRow, error) {
	fields, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return seriesRow{}, io.EOF
	}
	r.row++
	if err != nil {
		return seriesRow{}, fmt.Errorf("row %d: %w", r.row, err)
	}
	row := seriesRow{fields: fields}
	if row.at, err = parseSeriesTime(fields[r.at]); err != nil {
		return row, fmt.Errorf("row %d: %w", r.row, err)
	}
	if row.value, row.gap, err = parseSeriesValue(fields[r.value]); err != nil {
		return row, fmt.Errorf("row %d: value %w", r.row, err)
	}
	if err := r.among(&row, notes); err != nil {
		return row, fmt.Errorf("row %d: %w", r.row, err)
	}
	return row, r.order(row.at, notes)
}

// among reads the total of a row and refuses a value that is no part of it. A
// value that is no count, or has no total, makes the row a gap, with a note.
func (r *seriesReader) among(row *seriesRow, notes io.Writer) error {
	value := row.fields[r.value]
	if row.value < 0 {
		r.setAside(row, notes, "value "+value+" is below 0, so it is no count")
	}
	if r.total < 0 {
		return nil
	}
	total, missing, err := parseSeriesValue(row.fields[r.total])
	row.total = total
	switch {
	case err != nil:
		return fmt.Errorf("total %w", err)
	case row.gap:
	case missing:
		r.setAside(row, notes, "value "+value+" has no total")
	case row.value > row.total:
		return fmt.Errorf("value %s is not among a total of %s", value, row.fields[r.total])
	}
	return nil
}

// setAside makes a gap of a row; the first is told.
func (r *seriesReader) setAside(row *seriesRow, notes io.Writer, why string) {
	row.gap = true
	if !r.lacking {
		r.lacking = true
		fmt.Fprintf(notes, "row %d: %s; such rows are taken for gaps\n", r.row, why)
	}
}

// order lets a clock that is set back (daylight saving) pass with a note, and
// refuses a file that is not sorted.
func (r *seriesReader) order(at time.Time, notes io.Writer) error {
	if back := r.last.Sub(at); !r.last.IsZero() && back > 0 {
		if back > 2*time.Hour {
			return fmt.Errorf("row %d: time %s is %v before the latest above it, %s; sort the rows by timestamp, or take that one out",
				r.row, at.Format(time.RFC3339), back, r.last.Format(time.RFC3339))
		}
		if !r.warned {
			r.warned = true
			fmt.Fprintf(notes, "row %d: the clock goes back by %v; such rows count as the next ones\n", r.row, back)
		}
		return nil
	}
	r.last = at
	return nil
}

func parseSeriesValue(s string) (value float64, missing bool, err error) {
	s = strings.TrimSpace(s)
	switch strings.ToLower(s) {
	case "", "nan", "na", "null", "none":
		return 0, true, nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(x, 0) {
		return 0, false, fmt.Errorf("%q is not a number", s)
	}
	return x, false, nil
}

var seriesLayouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05",
	"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02", "2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02",
}

func parseSeriesTime(s string) (time.Time, error) {
	s = strings.TrimSpace(s)
	if x, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(x) < 1e15 {
		if math.Abs(x) >= 1e11 { // milliseconds since 1970
			x /= 1000
		}
		return time.UnixMilli(int64(math.Round(x * 1000))).UTC(), nil
	}
	for _, layout := range seriesLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("timestamp %q: use RFC 3339 such as 2024-01-31T15:04:05Z, or Unix seconds", s)
}
