package trends

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"fenghuo/pipeline/store"
)

// WriteJSON writes one object a row, its keys in the order of the columns and
// times in UTC. A figure that is no number is null.
func WriteJSON(w io.Writer, t *store.Table) error {
	for _, row := range t.Rows {
		var b bytes.Buffer
		for i, c := range t.Columns {
			b.WriteByte("{,"[min(i, 1)])
			key, err := json.Marshal(c.Name)
			if err != nil {
				return err
			}
			value, err := json.Marshal(finite(row[i]))
			if err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
			b.Write(key)
			b.WriteByte(':')
			b.Write(value)
		}
		b.WriteString("}\n")
		if _, err := w.Write(b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func finite(v any) any {
	switch x := v.(type) {
	case float64:
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return nil
		}
	case float32:
		return finite(float64(x))
	case time.Time:
		return x.UTC()
	}
	return v
}

// WriteTable writes rows for people: times in loc, long texts cut. What is wider
// than a terminal of width columns is written with shorter texts and names over
// several lines or else, as psql does, with a line a value; 0 is no terminal.
func WriteTable(w io.Writer, t *store.Table, loc *time.Location, width int) {
	clocks := make([]clock, len(t.Columns))
	for i := range clocks {
		clocks[i] = clockOf(t, i, loc)
	}
	for _, narrow := range []bool{false, true} {
		s := asTable(t, clocks, narrow)
		if width == 0 || text.LongestLineLen(s) <= width {
			fmt.Fprintln(w, s)
			return
		}
	}
	writeLines(w, t, clocks, width)
}

func asTable(t *store.Table, clocks []clock, narrow bool) string {
	widest, between := 60, " "
	if narrow {
		widest, between = 24, "\n"
	}
	out := table.NewWriter()
	style := table.StyleLight
	style.Options = table.Options{SeparateHeader: true}
	style.Format.Header = text.FormatDefault
	out.SetStyle(style)
	header := make(table.Row, len(t.Columns))
	var columns []table.ColumnConfig
	for i, c := range t.Columns {
		header[i] = strings.ReplaceAll(c.Name, "_", between)
		if numeric(c.Type) {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight})
		}
	}
	out.SetColumnConfigs(columns)
	out.AppendHeader(header)
	for _, row := range t.Rows {
		cells := make(table.Row, len(row))
		for i, v := range row {
			cells[i] = text.Snip(cell(v, clocks[i]), widest, "…")
		}
		out.AppendRow(cells)
	}
	out.SuppressTrailingSpaces()
	return out.Render()
}

// writeLines writes a line a value and a blank one between rows.
func writeLines(w io.Writer, t *store.Table, clocks []clock, width int) {
	names := 0
	for _, c := range t.Columns {
		names = max(names, len(label(c)))
	}
	for n, row := range t.Rows {
		if n > 0 {
			fmt.Fprintln(w)
		}
		for i, v := range row {
			line := fmt.Sprintf("%-*s  %s", names, label(t.Columns[i]), cell(v, clocks[i]))
			fmt.Fprintln(w, strings.TrimRight(text.Snip(line, width, "…"), " "))
		}
	}
}

func label(c store.Column) string { return strings.ReplaceAll(c.Name, "_", " ") }

// clock is how the times of a column are shown.
type clock struct {
	zone   *time.Location
	layout string
}

// clockOf shows days where all of the column's times are the begin of one.
func clockOf(t *store.Table, column int, loc *time.Location) clock {
	if t.Columns[column].Type == "Date" { // a day is one in every zone
		return clock{time.UTC, time.DateOnly}
	}
	for _, row := range t.Rows {
		if at, ok := row[column].(time.Time); ok {
			if h, m, s := at.In(loc).Clock(); h+m+s > 0 {
				return clock{loc, "2006-01-02 15:04"}
			}
		}
	}
	return clock{loc, time.DateOnly}
}

func numeric(typ string) bool {
	typ = strings.TrimPrefix(typ, "Nullable(")
	return strings.HasPrefix(typ, "UInt") || strings.HasPrefix(typ, "Int") || strings.HasPrefix(typ, "Float")
}

func cell(v any, c clock) string {
	switch x := v.(type) {
	case nil:
		return ""
	case time.Time:
		return x.In(c.zone).Format(c.layout)
	case float32:
		return cell(float64(x), c)
	case float64:
		if x == math.Trunc(x) || math.Abs(x) >= 1000 {
			return strconv.FormatFloat(x, 'f', 0, 64)
		}
		return strconv.FormatFloat(x, 'f', 3, 64)
	case []string:
		return visible(strings.Join(x, ", "))
	case string:
		return visible(x)
	}
	if m := reflect.ValueOf(v); m.Kind() == reflect.Map {
		var list []string
		for _, k := range m.MapKeys() {
			list = append(list, fmt.Sprintf("%v %v", k, m.MapIndex(k)))
		}
		slices.Sort(list)
		return visible(strings.Join(list, ", "))
	}
	return fmt.Sprint(v)
}

// visible keeps what posts hold from moving the cursor or the reading order.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, s)
}
