package ingest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"fenghuo/schemas"
)

// seriesRows reads a file of values.
func seriesRows(t *testing.T, name, content string, mapping ...string) ([]Row, error) {
	t.Helper()
	m, err := ParseSeriesMapping("orders", mapping)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), []string{path}, Auto, m, time.UTC)
	if err != nil {
		return nil, err
	}
	defer s.Close() //nolint:errcheck // only read
	var rows []Row
	for r, err := range s.Rows() {
		if err != nil {
			return rows, err
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// Rows of every format become values, a brand's under one key.
func TestSeriesRows(t *testing.T) {
	for name, content := range map[string]string{
		"a.csv":   "hour,n,product\n2025-11-07 10:00,12,x1\n2025-11-07 11:00,0,\n",
		"a.tsv":   "hour\tn\tproduct\n2025-11-07T10:00:00Z\t12\tx1\n2025-11-07T11:00:00Z\t0\t\n",
		"a.jsonl": `{"hour":1762509600,"n":12,"product":"x1"}` + "\n" + `{"hour":"1762513200","n":"0","product":null}` + "\n",
	} {
		rows, err := seriesRows(t, name, content, "timestamp=hour,value=n,sku=product", "brand='acme'")
		if err != nil || len(rows) != 2 {
			t.Fatalf("%s: %d rows, %v", name, len(rows), err)
		}
		want := []schemas.Value{
			{Series: "orders", Brand: "acme", SKU: "x1", Timestamp: time.Unix(1762509600, 0).UTC(), Value: 12},
			{Series: "orders", Brand: "acme", Timestamp: time.Unix(1762513200, 0).UTC()},
		}
		for i, r := range rows {
			got, reason, detail := schemas.DecodeValue(r.Value, time.Time{})
			if reason != "" || got != want[i] || !r.At.Equal(want[i].Timestamp) || r.Key != "series/acme" {
				t.Errorf("%s: %s at %v, key %s: %s %s", name, r.Value, r.At, r.Key, reason, detail)
			}
		}
	}
}

// A column may say which series a row is of.
func TestSeriesByColumn(t *testing.T) {
	rows, err := seriesRows(t, "a.csv", "what,timestamp,value,brand\nrefunds,2025-11-07,3,acme\n", "series=what")
	if err != nil || len(rows) != 1 {
		t.Fatal(rows, err)
	}
	if v, _, _ := schemas.DecodeValue(rows[0].Value, time.Time{}); v.Series != "refunds" {
		t.Errorf("%+v", v)
	}
}

// Rows that make no value are sent as they are, and will be dead for a reason of
// their own; one beside them that is right is a value.
func TestSeriesBadRows(t *testing.T) {
	for row, want := range map[string]schemas.Reason{
		"2025-11-07,3":              schemas.ReasonColumns,
		"2025-11-07,1,200,acme":     schemas.ReasonColumns, // a comma within a number that is not quoted
		"2025-11-07,many,acme":      schemas.ReasonSchema,
		"2025-11-07,-1,acme":        schemas.ReasonSchema,
		"2025-11-07,NaN,acme":       schemas.ReasonSchema,
		"2025-11-07,1e400,acme":     schemas.ReasonSchema,
		"2025-11-07,,acme":          schemas.ReasonSchema,
		"2025-11-07,1,":             schemas.ReasonSchema,
		"soon,1,acme":               schemas.ReasonNoTime,
		",1,acme":                   schemas.ReasonNoTime,
		"1999-12-31,1,acme":         schemas.ReasonPast,
		"2099-12-31,1,acme":         schemas.ReasonFuture,
		"2025-11-07,\"1,200\",acme": "",
		"2025-11-07,0,acme":         "",
	} {
		rows, err := seriesRows(t, "a.csv", "timestamp,value,brand\n"+row+"\n")
		if err != nil || len(rows) != 1 {
			t.Fatal(row, rows, err)
		}
		_, reason, detail := schemas.DecodeValue(rows[0].Value, time.Date(2025, 12, 1, 0, 0, 0, 0, time.UTC))
		if rows[0].Fault != "" {
			reason = schemas.ReasonColumns
		}
		if reason != want {
			t.Errorf("%s is %q, want %q: %s", row, reason, want, detail)
		}
	}
}

func TestSeriesRefuses(t *testing.T) {
	f := func(want, content string, mapping ...string) {
		t.Helper()
		if _, err := seriesRows(t, "a.csv", content, mapping...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q %q: %v, want %q", content, mapping, err, want)
		}
	}
	f("no column is the brand", "timestamp,value\n2025-11-07,1\n")
	f("no column is the timestamp", "when,value,brand\n2025-11-07,1,a\n")
	f("no column is the value", "timestamp,orders,brand\n2025-11-07,1,a\n")
	f(`no column "n" for --map value=n`, "timestamp,value,brand\n2025-11-07,1,a\n", "value=n")
	f(`a value of a series has no field "text"`, "timestamp,value,brand\n2025-11-07,1,a\n", "text=value")
	if _, err := ParseSeriesMapping(" ", nil); err == nil || !strings.Contains(err.Error(), "give a name") {
		t.Errorf("a blank name: %v", err)
	}
}
