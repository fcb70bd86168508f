package look

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/guptarohit/asciigraph"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// View is how trends are printed.
type View struct {
	Width    int
	Color    bool
	Location *time.Location
}

// A plot's height at most, and the widest column of a short series.
const (
	plotHeight = 12
	maxStep    = 8
)

// Plot draws mentions and complaints over the time of q, with zeros where no
// bucket is. A series longer than the width is drawn as the highest bucket of
// each column, so that no peak is lost.
func (v View) Plot(w io.Writer, q TrendQuery, rows []TrendRow) {
	step := Grains[q.Grain]
	n := int(q.To.Sub(q.From) / step)
	if n < 2 || len(rows) == 0 {
		return
	}
	mentions, complaints := make([]float64, n), make([]float64, n)
	for _, r := range rows {
		if i := int(r.Bucket.Sub(q.From) / step); i >= 0 && i < n {
			mentions[i], complaints[i] = float64(r.Mentions), float64(r.Complaints)
		}
	}
	columns := max(v.Width-12, 20)
	unit := ""
	if per := (n + columns - 1) / columns; per > 1 {
		mentions, complaints = peaks(mentions, per), peaks(complaints, per)
		unit = fmt.Sprintf("; a column is the highest %s of %s", span(step), span(step*time.Duration(per)))
	} else if wide := min(columns/n, maxStep); wide > 1 {
		mentions, complaints = steps(mentions, wide), steps(complaints, wide)
	}
	height := min(plotHeight, max(1, int(slices.Max(mentions)))) // a label names a whole number of posts
	options := []asciigraph.Option{
		asciigraph.Height(height), asciigraph.LowerBound(0), asciigraph.Precision(0), asciigraph.LineEnding("\n"),
	}
	legend := "─ mentions  * complaints"
	if v.Color {
		options = append(options, asciigraph.SeriesColors(asciigraph.Blue, asciigraph.Red))
		legend = fmt.Sprintf(colours, "34", "─ mentions") + "  " + fmt.Sprintf(colours, "31", "─ complaints")
	} else {
		// Without colours the two are told apart by their strokes.
		options = append(options, asciigraph.SeriesChars(asciigraph.DefaultCharSet, asciigraph.CreateCharSet("*")))
	}
	fmt.Fprintln(w, asciigraph.PlotMany([][]float64{mentions, complaints}, options...))
	fmt.Fprintf(w, "%s; %s to %s%s\n", legend, q.From.In(v.Location).Format(clock), q.To.In(v.Location).Format(clock), unit)
}

// steps draws every value n columns wide.
func steps(values []float64, n int) []float64 {
	out := make([]float64, 0, n*len(values))
	for _, v := range values {
		for range n {
			out = append(out, v)
		}
	}
	return out
}

// peaks takes the highest of every per values.
func peaks(values []float64, per int) []float64 {
	if per == 1 {
		return values
	}
	var out []float64
	for len(values) > 0 {
		n := min(per, len(values))
		highest := values[0]
		for _, v := range values[1:n] {
			highest = max(highest, v)
		}
		out, values = append(out, highest), values[n:]
	}
	return out
}

// Table prints one line a bucket, or a brand where byBrand is set.
func (v View) Table(w io.Writer, rows []TrendRow, byBrand bool) {
	t := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Format.Header = 0
	t.SetStyle(style)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 5, Align: text.AlignRight}, {Number: 6, Align: text.AlignRight}})
	first := "bucket"
	if byBrand {
		first = "brand"
	}
	t.AppendHeader(table.Row{first, "mentions", "complaints", "negative", "negative share", "reach", "spam", "most complained of"})
	for _, r := range rows {
		name := printable(r.Brand)
		if !byBrand {
			name = r.Bucket.In(v.Location).Format(clock)
		}
		t.AppendRow(table.Row{name, r.Mentions, r.Complaints, r.Negative, percent(r.NegativeShare), grouped(int64(r.Reach)), r.Spam, foremost(r.ComplaintTypes)})
	}
	t.SuppressTrailingSpaces()
	fmt.Fprintln(w, t.Render())
}

// foremost names the most frequent complaint type.
func foremost(types map[string]uint64) string {
	best, count := "", uint64(0)
	for name, n := range types {
		if n > count || (n == count && name < best) {
			best, count = name, n
		}
	}
	if count == 0 {
		return ""
	}
	return fmt.Sprintf("%s %d", printable(best), count)
}
