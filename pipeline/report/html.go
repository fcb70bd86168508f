package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"
)

var (
	//go:embed page.html
	pageText string
	//go:embed page.css
	pageStyle string

	pageTemplate = template.Must(template.New("page").Funcs(functions(time.UTC)).Parse(pageText))
)

// page is what the template shows.
type page struct {
	*Report
	Style    template.CSS
	Moments  []moment
	Unmarked int // transitions of alerts that are not among the moments
	Charts   []chart
	Beside   *beside
}

// WriteHTML writes a report, with those it is compared with, as one page.
func WriteHTML(w io.Writer, r *Report) error {
	t, err := pageTemplate.Clone()
	if err != nil {
		return err
	}
	p := page{Report: r, Style: template.CSS(pageStyle)} //nolint:gosec // the style sheet is ours
	p.Moments, p.Unmarked = r.moments()
	p.Charts = r.charts(p.Moments)
	if len(r.Compared) > 0 {
		p.Beside = sideBySide(append([]*Report{r}, r.Compared...))
	}
	if err := t.Funcs(functions(r.zone)).Execute(w, p); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

// sparkRow is a row's little chart.
type sparkRow struct {
	Columns int
	Counts  []int64
	Arrival float64 // in columns
}

func newSparkRow(p page, counts []int64, arrival time.Time) sparkRow {
	return sparkRow{len(counts), counts, arrival.Sub(p.From).Hours() / float64(p.Series.StepHours)}
}

// MeasureName is what sign, peak and decay are told on.
func (r *Report) MeasureName() string { return r.Measure.name() }

// UsualInSpan is how many mentions as long a time usually has.
func (r *Report) UsualInSpan() float64 {
	return r.Baseline.PerDay * r.To.Sub(r.From).Hours() / dayHours
}

// LastedFor is the time from the first sign to the return to the usual.
func (r *Report) LastedFor() string {
	if r.Decay.ReturnedAt == nil {
		return "–"
	}
	return lasting(r.Decay.ReturnedAt.Sub(r.FirstSign.At).Hours())
}

// Incidents is how many incidents the alert's story has.
func (r *Report) Incidents() int {
	seen := map[string]bool{}
	if r.Alert != nil {
		for _, t := range r.Alert.Transitions {
			seen[t.Incident] = true
		}
	}
	return len(seen)
}
