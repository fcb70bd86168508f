package backfill

import (
	"encoding/json"
	"errors"
	"iter"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"fenghuo/pipeline/ingest"
	"fenghuo/schemas"
)

// trade yields hourly orders, by product, and refunds of a brand, for a month
// before the posts begin and four days beside them; orders fall by three
// quarters for a day, beside posts.
func trade(brand string, posts time.Time) iter.Seq2[ingest.Row, error] {
	return func(yield func(ingest.Row, error) bool) {
		start := posts.AddDate(0, 0, -30)
		for h := range 34 * 24 {
			at := start.Add(time.Duration(h) * time.Hour)
			m := 60 * (1.05 - math.Cos((float64(h%24)-3)/24*2*math.Pi)) * (1 + .1*math.Sin(float64(h*h)))
			if h >= 31*24+10 && h < 32*24+10 {
				m /= 4
			}
			for _, v := range []schemas.Value{
				{Series: "orders", Brand: brand, SKU: "a", Timestamp: at, Value: math.Round(m)},
				{Series: "orders", Brand: brand, SKU: "b", Timestamp: at, Value: math.Round(m / 2)},
				{Series: "refunds", Brand: brand, Timestamp: at, Value: math.Round(m / 9)},
				{Series: "orders", Brand: "nobody", Timestamp: at, Value: 1},
			} {
				data, _ := json.Marshal(v)
				if !yield(ingest.Row{At: at, Key: "series/" + brand, Value: data}, nil) {
					return
				}
			}
		}
	}
}

// Values go through a backfill beside posts or alone, are counted, and found to
// fall at the same time.
func TestValuesInABackfill(t *testing.T) {
	a := newArchive(t)
	brand, start := a.config.Brands[0].ID, a.rows[0].At
	a.fill(a.options("both"))
	o := a.options("alone")
	o.Rows = trade(brand, start.AddDate(0, 0, 30))
	if r := a.fill(o); !r.From.Equal(start) || !r.To.Equal(start.Add((34*24-1)*time.Hour)) {
		t.Errorf("the run without posts goes from %s to %s", r.From, r.To)
	}
	number := func(query string, args ...any) (n float64) {
		t.Helper()
		if err := a.store.Conn().QueryRow(t.Context(), "SELECT toFloat64((SELECT "+query+"))", args...).Scan(&n); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		return n
	}
	falls := func(run string) (list []string) {
		for _, s := range a.content(run) {
			if strings.HasPrefix(s, "alert "+brand) {
				list = append(list, s)
			}
		}
		return list
	}
	const values = 34 * 24 * 3
	for _, run := range []string{"both", "alone"} {
		if n := number("count() FROM business_values WHERE run = ?", run); n != values {
			t.Errorf("%s: %v values, want %d", run, n, values)
		}
		if n := number("count() FROM alerts WHERE run = ? AND signal = 'series:orders' AND state = 'firing' AND sku = ''", run); n != 1 {
			t.Errorf("%s: orders of the brand fell %v times: %v", run, n, falls(run))
		}
	}
	if n := number("countIf(run = 'both') FROM (SELECT run, id FROM alerts WHERE signal LIKE 'series:%' AND (sku, signal, state, at) NOT IN (SELECT sku, signal, state, at FROM alerts WHERE run = 'alone'))"); n != 0 {
		t.Errorf("%v alerts of series are not the same without posts:\n%v\n%v", n, falls("both"), falls("alone"))
	}
	if n := number("sum(unattributed) FROM intake_totals WHERE run = 'alone'"); n != 34*24 {
		t.Errorf("%v values of a brand that is not watched", n)
	}
	whole, product := number("sum(value) FROM business WHERE run = 'both' AND series = 'orders' AND grain = '1d' AND sku = ''"),
		number("sum(value) FROM business WHERE run = 'both' AND series = 'orders' AND grain = '1h' AND sku = 'a'")
	if whole <= product || product == 0 {
		t.Errorf("the brand has %v orders, product a %v", whole, product)
	}
}

func TestMerge(t *testing.T) {
	at := func(seconds ...int64) iter.Seq2[ingest.Row, error] {
		return func(yield func(ingest.Row, error) bool) {
			for _, s := range seconds {
				if s < 0 {
					yield(ingest.Row{}, errBroken)
					return
				}
				if !yield(ingest.Row{At: time.Unix(s, 0)}, nil) {
					return
				}
			}
		}
	}
	f := func(a, b iter.Seq2[ingest.Row, error], want ...int64) {
		t.Helper()
		var got []int64
		for r, err := range Merge(a, b) {
			if err != nil {
				got = append(got, -1)
				break
			}
			got = append(got, r.At.Unix())
		}
		if !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
	f(at(1, 3, 5), at(2, 3, 9, 10), 1, 2, 3, 3, 5, 9, 10)
	f(at(), at(1, 2), 1, 2)
	f(at(1, 2), at(), 1, 2)
	f(at(1, 5, -1), at(2), 1, 2, 5, -1)
	f(at(1, 5), at(2, -1), 1, 2, -1)
	for range Merge(at(1, 2, 3), at(1, 2, 3)) {
		break
	}
}

var errBroken = errors.New("breaks off")
