package trends

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/store"
)

// Values are data wherever they come from: quotes and backslashes find the
// brand of that very name, and nothing else.
func TestValuesAreNeverSQL(t *testing.T) {
	h := past(t)
	ctx := t.Context()
	names := []string{`L'Oréal`, `a\b`, `x', 'y`, `') OR 1 = 1 --`, "tab\there", "two\nlines", `{brand:String}`, `"`}
	for i, name := range names {
		err := h.conn.Exec(ctx, `INSERT INTO trend_buckets (run, brand, sku, grain, bucket, mentions) VALUES (?, ?, '', '1h', '2024-01-01 00:00:00', ?)`,
			"quotes", name, i+1)
		if err != nil {
			t.Fatal(err)
		}
	}
	f := func(view, parameter string, name string, want int) {
		t.Helper()
		v, err := Find(view)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := v.Bind(map[string]string{"run": "quotes", parameter: name, "from": "2024-01-01", "to": "2024-01-02"}, Setting{Location: time.UTC})
		if err != nil {
			t.Fatal(err)
		}
		table, err := v.Run(ctx, h.conn, bound)
		if err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		total := 0
		for _, r := range table.Rows {
			total += int(r[slices.IndexFunc(table.Columns, func(c store.Column) bool { return c.Name == "mentions" })].(uint64))
		}
		if total != want {
			t.Errorf("%s with %s=%q: %d mentions, want %d", view, parameter, name, total, want)
		}
	}
	for i, name := range names {
		f("brand_trend", "brand", name, i+1)
		if !strings.Contains(name, ",") {
			f("share_of_voice", "brands", name, i+1)
		}
	}
	f("share_of_voice", "brands", `L'Oréal, a\b`, 3)
}

func TestBind(t *testing.T) {
	setting := Setting{
		Location: time.FixedZone("", 8*3600), Newest: time.Date(2025, 11, 15, 1, 0, 0, 0, time.UTC),
		Brand: func(name string) string { return strings.TrimSuffix(name, "牌") },
	}
	bind := func(view string, given map[string]string) (map[string]string, string) {
		t.Helper()
		v, err := Find(view)
		if err != nil {
			t.Fatal(err)
		}
		bound, err := v.Bind(given, setting)
		if err != nil {
			return nil, err.Error()
		}
		return bound, ""
	}
	f := func(given map[string]string, from, to string) {
		t.Helper()
		given["brand"] = "a牌"
		bound, fault := bind("brand_trend", given)
		want := map[string]string{"run": "live", "brand": "a", "grain": "1h", "from": from, "to": to}
		if diff := cmp.Diff(want, bound); diff != "" || fault != "" {
			t.Errorf("%v: %s %s", given, fault, diff)
		}
	}
	// The defaults: the week before the newest hour.
	f(map[string]string{}, "2025-11-08 01:00:00", "2025-11-15 01:00:00")
	// A day begins in the location; from counts back from to.
	f(map[string]string{"to": "2025-11-10", "from": "-1d"}, "2025-11-08 16:00:00", "2025-11-09 16:00:00")
	f(map[string]string{"from": "2025-11-10T00:00:00+01:00"}, "2025-11-09 23:00:00", "2025-11-15 01:00:00")
	f(map[string]string{"from": "-90m", "to": "-1h"}, "2025-11-14 22:30:00", "2025-11-15 00:00:00")

	fault := func(view string, given map[string]string, want string) {
		t.Helper()
		if _, got := bind(view, given); got != want {
			t.Errorf("%s %v: %q, want %q", view, given, got, want)
		}
	}
	// One line that says what to do.
	fault("brand_trend", nil, "view brand_trend needs --param brand=...")
	fault("sku_trend", nil, "view sku_trend needs --param brand=... --param sku=...")
	fault("brand_trend", map[string]string{"brnd": ""}, `view brand_trend has no parameter "brnd"; it has run, brand, grain, from, to`)
	fault("brand_trend", map[string]string{"brand": "a", "grain": "2h"}, `--param grain: "2h": use 1m, 1h or 1d`)
	fault("brand_trend", map[string]string{"brand": "a", "from": "yesterday"},
		`--param from: "yesterday" is not a time: write 2025-11-07, 2025-11-07T08:00:00+08:00, -7d or newest`)
	fault("rising_skus", map[string]string{"limit": "-1"}, `--param limit: "-1" is not a whole number from 1 to 2147483647`)
	fault("author_trend", map[string]string{"brand": "acme", "minutes": "0"}, `--param minutes: "0" is not a whole number from 1 to 2147483647`)
	fault("brand_trend", map[string]string{"brand": "acme", "from": "2025-11-02", "to": "2025-11-01"}, "--param from: 2025-11-01 16:00:00 UTC is not before 2025-10-31 16:00:00 UTC, where the asked time ends")
	fault("rising_skus", map[string]string{"by": "reach"}, `--param by: "reach": use complaints or mentions`)
	fault("brand_health", map[string]string{"brand": "a", "timezone": "Mars"}, `--param timezone: "Mars" is not an IANA zone such as Asia/Shanghai`)
	if _, err := Find("brand_trnd"); err == nil || err.Error() != `there is no view "brand_trnd"` {
		t.Error(err)
	}
}
