package report

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"github.com/google/go-cmp/cmp"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/embedded/embeddedtest"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

var update = flag.Bool("update", false, "write the golden files")

// openStore makes a database of the test's own.
func openStore(t *testing.T) (*store.Store, config.ClickHouse) {
	t.Helper()
	c := config.ClickHouse{URL: embeddedtest.ClickHouse(t), Database: fmt.Sprintf("report_%d_%s", os.Getpid(), strings.ToLower(t.Name()))}
	s, err := store.Open(t.Context(), c, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = s.Conn().Exec(context.Background(), "DROP DATABASE IF EXISTS "+c.Database)
		_ = s.Close()
	})
	return s, c
}

// hostile is what a post may say to harm those who read about it.
var hostile = []string{
	`<script>alert("post")</script>`,
	`"><img src=x onerror=alert(1)>`,
	`</style><svg onload=alert(2)>`,
	`{{.}} ${alert(3)} javascript:alert(4)`,
	"<!-- \u202e gnp.exe -->",
}

// start is when the made history begins, in UTC.
var start = time.Date(2026, 3, 1, 16, 0, 0, 0, time.UTC)

// business gives acme 10 orders an hour, half of them in the day after the
// crisis begins, and none in its fourth hour, of which no value came; and a
// daily count of returns with a hostile name.
func business(t *testing.T, db driver.Conn, crisis time.Time) {
	t.Helper()
	at := crisis.UTC().Format(time.DateTime)
	for _, query := range []string{
		`INSERT INTO business_values (run, brand, series, sku, at, day, value, ingested_at)
			SELECT 'made', 'acme', 'orders', ['a', 'b'][number % 2 + 1], toDateTime64(?, 3, 'UTC') + INTERVAL intDiv(number, 2) - 240 HOUR AS at, at,
				if(at >= toDateTime64(?, 3, 'UTC') AND at < toDateTime64(?, 3, 'UTC') + INTERVAL 1 DAY, 2.5, 5), at
			FROM numbers(2 * 310) WHERE intDiv(number, 2) != 244`,
		`INSERT INTO business_values (run, brand, series, sku, at, day, value, ingested_at)
			SELECT 'made', 'acme', '<script>returns', '', toStartOfDay(toDateTime64(?, 3, 'UTC')) + INTERVAL number - 10 DAY AS at, at, if(number > 10, 30, 3), at
			FROM numbers(13)`,
		`INSERT INTO alert_log (id, incident, fingerprint, run, brand, brand_name, signal, crisis_type, state, level, severity, at, fired_at, window_start,
				window_end, observed, expected, evidence)
			SELECT 'm1', 'move', 'g', 'made', 'acme', 'Acme', 'series:orders', 'unspecified', 'firing', 'yellow', 3, toDateTime64(?, 3, 'UTC') + INTERVAL 6 HOUR AS at, at,
				at, at, 30, 60, '{"note": "orders: 30 in 6h where 60 are usual", "series": {"name": "orders", "bad": "down", "down": true}}'`,
	} {
		if err := db.Exec(t.Context(), strings.ReplaceAll(query, "?", "'"+at+"'")); err != nil {
			t.Fatal(err)
		}
	}
}

// told is a small made history: ten quiet days of two brands, then a day and a
// half in which one is complained of, on three channels one after the other.
func told(t *testing.T) (driver.Conn, *config.Config) {
	t.Helper()
	s, _ := openStore(t)
	db := s.Conn()
	mentions, err := db.PrepareBatch(t.Context(), `INSERT INTO mentions (run, brand, sku, primary, channel, post_id, kind, published_at, ingested_at, text,
		sentiment, polarity, complaint, complaints, keywords, author_id, followers, likes, reposts, comments, lang, duplicate_of, spam)`)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	post := func(brand, channel, text string, at time.Time, upset bool, words []string, duplicate string) {
		n++
		types, polarity, sentiment := map[string]float32{}, "neutral", float32(.1)
		if upset {
			types, polarity, sentiment = map[string]float32{"product_safety": .9}, "negative", -.8
		}
		err := mentions.Append("made", brand, "", true, channel, fmt.Sprintf("p%03d", n), "post", at, at, text, sentiment, polarity, upset, types, words,
			fmt.Sprintf("author%d", n%7), int64(100*(n%5)), int64(n%3), int64(n%4), int64(1), "zh", duplicate, false)
		if err != nil {
			t.Fatal(err)
		}
	}
	for d := range 14 {
		for _, hour := range []int{3, 9} {
			at := start.Add(time.Duration(24*d+hour) * time.Hour)
			post("acme", "weibo", "the kettle is fine", at, false, []string{"kettle"}, "")
			post("umbra", "weibo", "a lamp", at, false, []string{"lamp"}, "")
		}
	}
	crisis := start.Add(10*24*time.Hour + 12*time.Hour)
	for i, channel := range []string{"forum", "weibo", "news"} {
		for k := range 12 {
			text, duplicate := "it burned: "+hostile[k%len(hostile)], ""
			if channel == "weibo" && k > 6 {
				text, duplicate = "it burned, pass it on", "p060"
			}
			post("acme", channel, text, crisis.Add(time.Duration(8*i)*time.Hour+time.Duration(k*10+i)*time.Minute), true, []string{"burned", hostile[0]}, duplicate)
		}
	}
	if err := mentions.Send(); err != nil {
		t.Fatal(err)
	}
	for _, query := range []string{
		`INSERT INTO trend_buckets (run, brand, grain, bucket, mentions, complaints, negative)
			SELECT run, brand, '1h', toStartOfHour(published_at), count(), countIf(complaint), countIf(polarity = 'negative') FROM mentions GROUP BY ALL`,
		`INSERT INTO alert_log (id, incident, fingerprint, run, brand, brand_name, signal, crisis_type, state, level, severity, at, fired_at, window_start,
				window_end, observed, expected, learning, suspected_attack, evidence, seq)
			SELECT concat('a', toString(number)), 'incident', 'f', 'made', 'acme', 'Acme', 'complaints', 'product_safety',
				['firing', 'escalated', 'resolved'][number + 1], ['yellow', 'orange', 'orange'][number + 1], 9,
				toDateTime64('2026-03-12 05:00:00', 3, 'UTC') + INTERVAL [0, 8, 40][number + 1] HOUR, toDateTime64('2026-03-12 05:00:00', 3, 'UTC'),
				toDateTime64('2026-03-12 04:00:00', 3, 'UTC'), toDateTime64('2026-03-12 05:00:00', 3, 'UTC'), 6, .1, false, number = 1,
				'{"note": "six complaints in an hour", "onset_estimate": "2026-03-12T04:00:00Z"}', number FROM numbers(3)`,
	} {
		if err := db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	business(t, db, crisis)
	c := config.Default()
	c.Brands = []config.Brand{
		{ID: "acme", Name: `Acme <b>"Kettles"</b>`, Competitors: []string{"umbra"}, SKUs: []config.SKU{{ID: "f2", Name: "Flame", Aliases: []string{"flame 2"}}}},
		{ID: "umbra", Name: "Umbra"},
	}
	return db, c
}

// days is the span of the made history's day from to day to.
func days(from, to int) Request {
	return Request{Run: "made", Brand: "acme", From: start.AddDate(0, 0, from), To: start.AddDate(0, 0, to)}
}

func build(t *testing.T, db driver.Conn, c *config.Config, r Request) *Report {
	t.Helper()
	report, err := Build(t.Context(), db, c, r)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// The report of the made history is the one in testdata.
func TestJSON(t *testing.T) {
	db, c := told(t)
	request := days(8, 14)
	request.Responses = []time.Time{start.Add(11*24*time.Hour + 30*time.Minute)}
	r := build(t, db, c, request)
	got, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	const name = "testdata/report.json"
	if *update {
		if err := os.WriteFile(name, append(got, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.TrimSpace(string(want)), string(got)); d != "" {
		t.Errorf("other than %s (-update writes it):\n%s", name, d)
	}
}

// What the made history is known to hold, said in the test's own words.
func TestFiguresAreThoseOfTheRows(t *testing.T) {
	db, c := told(t)
	r := build(t, db, c, days(8, 14))
	crisis := start.Add(10*24*time.Hour + 12*time.Hour)
	if r.Totals.Mentions != 48 || r.Totals.Complaints != 36 || r.Totals.Negative != 36 {
		t.Errorf("totals %+v; want 36 complaints of 48", r.Totals)
	}
	if !r.FirstSign.At.Equal(crisis) {
		t.Errorf("first sign %s, want %s", r.FirstSign.At, crisis)
	}
	if r.Measure.Name == measureMentions {
		t.Errorf("measured in %+v, though only complaints rise", r.Measure)
	}
	if r.Alert == nil || r.Alert.AfterSignHours != 1 || r.Alert.Worst != "orange" || !r.Alert.Attack {
		t.Errorf("alert %+v; want one an hour after the first sign, orange at worst", r.Alert)
	}
	var order []string
	for _, c := range r.Channels {
		order = append(order, c.Name)
	}
	if d := cmp.Diff([]string{"forum", "weibo", "news"}, order); d != "" {
		t.Errorf("order of channels: %s", d)
	}
	if r.Decay.ReturnedAt == nil || r.Decay.HalfLife == nil {
		t.Errorf("decay %+v: the history ends quietly", r.Decay)
	}
	if len(r.Peers) != 1 || r.Peers[0].Mentions != 12 || math.Abs(r.Peers[0].Usual-12) > 1.5 {
		t.Errorf("competitors %+v; want one with 12, about the usual", r.Peers)
	}
	if got := r.Phases[0]; got.Mentions != 16 || got.Negative != 0 {
		t.Errorf("before: %+v; want 16 calm mentions", got)
	}
}

// A brand that is in no config is named as its alerts name it.
func TestNameWithoutConfig(t *testing.T) {
	db, c := told(t)
	for _, want := range []string{c.Brands[0].Name, "Acme"} {
		if r := build(t, db, c, days(8, 14)); r.BrandName != want {
			t.Errorf("named %q, want %q", r.BrandName, want)
		}
		c.Brands = nil
	}
}

func TestAlertGivesBrandAndSpan(t *testing.T) {
	db, c := told(t)
	for _, id := range []string{"a1", "incident"} {
		r, err := ForAlert(t.Context(), db, id, c.Location())
		if err != nil {
			t.Fatal(err)
		}
		if r.Brand != "acme" || r.Run != "made" || r.From.Format(time.RFC3339) != "2026-03-10T00:00:00+08:00" || r.To.Format(time.RFC3339) != "2026-03-17T00:00:00+08:00" {
			t.Errorf("%s: %+v", id, r)
		}
	}
	if _, err := ForAlert(t.Context(), db, "nobody", c.Location()); !errors.As(err, new(RefusedError)) {
		t.Errorf("an unknown alert: %v", err)
	}
}

// The report of an alert is measured in complaints of a type that the alert
// names, never in those of another, however much these stand out.
func TestAlertGivesMeasure(t *testing.T) {
	db, c := told(t)
	for _, query := range []string{
		// a brand that is often grumbled at, so that the type stands out most
		`INSERT INTO mentions (run, brand, primary, channel, post_id, published_at, ingested_at, text, polarity, lang)
			SELECT 'made', 'acme', true, 'weibo', concat('grumble', toString(number)), toDateTime64('2026-03-01 16:00:00', 3, 'UTC') + INTERVAL number HOUR AS at, at,
				'mediocre', 'negative', 'en' FROM numbers(240)`,
		`INSERT INTO alert_log (id, incident, fingerprint, run, brand, brand_name, signal, crisis_type, state, level, severity, at, fired_at, evidence)
			SELECT 'b0', 'other', 'h', 'made', 'acme', 'Acme', 'complaints', 'logistics', 'firing', 'yellow', 9, at, at, '{}' FROM alert_log WHERE id = 'a0'`,
	} {
		if err := db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]schemas.ComplaintType{"a0": schemas.ProductSafety, "b0": ""} {
		r, err := ForAlert(t.Context(), db, id, c.Location())
		if err != nil {
			t.Fatal(err)
		}
		r.To = start.AddDate(0, 0, 14)
		if m := build(t, db, c, r).Measure; m.Type != want {
			t.Errorf("%s, of %v, is measured in %+v", id, r.Types, m)
		}
	}
}

// A product's alert of complaints is never measured in all mentions of its
// brand, which a promotion lifts.
func TestAlertOfAProductIsMeasuredInComplaints(t *testing.T) {
	db, c := told(t)
	for _, query := range []string{
		`INSERT INTO mentions (run, brand, primary, channel, post_id, published_at, ingested_at, text, polarity, lang)
			SELECT 'made', 'acme', true, 'weibo', concat('sale', toString(number)), toDateTime64('2026-03-12 05:00:00', 3, 'UTC') + INTERVAL number SECOND AS at, at,
				'a bargain', 'positive', 'en' FROM numbers(900)`,
		`INSERT INTO alert_log (id, incident, fingerprint, run, brand, brand_name, sku, signal, crisis_type, state, level, severity, at, fired_at, evidence)
			SELECT 'p0', 'product', 'h', 'made', 'acme', 'Acme', 'f2', 'complaints', 'product_safety', 'firing', 'yellow', 9, at, at, '{}' FROM alert_log WHERE id = 'a0'`,
	} {
		if err := db.Exec(t.Context(), query); err != nil {
			t.Fatal(err)
		}
	}
	for id, want := range map[string]bool{"a0": true, "p0": false} {
		r, err := ForAlert(t.Context(), db, id, c.Location())
		if err != nil {
			t.Fatal(err)
		}
		r.To = start.AddDate(0, 0, 14)
		if m := build(t, db, c, r).Measure; (m.Name == measureMentions) != want {
			t.Errorf("%s is measured in %+v", id, m)
		}
	}
}

// A product's incident that its brand's took in lasts as long as that.
func TestSpanOfAProductsIncident(t *testing.T) {
	at := func(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }
	transition := func(incident, sku string, state schemas.State, fired, now int) schemas.Alert {
		return schemas.Alert{Incident: incident, SKU: sku, State: state, FiredAt: at(fired), At: at(now)}
	}
	list := []schemas.Alert{
		transition("old", "", schemas.Resolved, -90, -80),
		transition("product", "x1", schemas.Firing, 0, 0),
		transition("brand", "", schemas.Firing, 3, 3),
		transition("product", "x1", schemas.Resolved, 0, 3),
		transition("brand", "", schemas.Resolved, 3, 70),
		transition("later", "", schemas.Resolved, 80, 90),
	}
	for incident, want := range map[string][2]int{"product": {0, 70}, "brand": {3, 70}, "old": {-90, -80}} {
		if from, to := spanOf(list, incident); !from.Equal(at(want[0])) || !to.Equal(at(want[1])) {
			t.Errorf("%s: from %s to %s", incident, from, to)
		}
	}
}

// What cannot be answered is refused with one line.
func TestRefusals(t *testing.T) {
	db, c := told(t)
	for name, change := range map[string]func(*Request){
		"name the brand":        func(r *Request) { r.Brand = "" },
		"name the span":         func(r *Request) { r.From = time.Time{} },
		"is not before":         func(r *Request) { r.From, r.To = r.To, r.From },
		"longer than 400 days":  func(r *Request) { r.From = r.From.AddDate(-2, 0, 0) },
		"not within the span":   func(r *Request) { r.Responses = []time.Time{r.To} },
		"holds nothing":         func(r *Request) { r.Run = "nobody's" },
		"no mention of brand":   func(r *Request) { r.From, r.To = start.AddDate(0, 0, 1), start.AddDate(0, 0, 1).Add(time.Hour) },
		"a product of":          func(r *Request) { r.Brand = "flame 2" },
		"neither in the config": func(r *Request) { r.Brand = `o'brien "` },
		"holds data from":       func(r *Request) { r.From, r.To = r.From.AddDate(5, 0, 0), r.To.AddDate(5, 0, 0) },
	} {
		r := days(8, 14)
		change(&r)
		_, err := Build(t.Context(), db, c, r)
		if !errors.As(err, new(RefusedError)) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), name) {
			t.Errorf("want a refusal that says %q, got %v", name, err)
		}
	}
}

// Where the data ends, the report says so.
func TestThinDataIsTold(t *testing.T) {
	db, c := told(t)
	r := build(t, db, c, days(-5, 3))
	notes := strings.Join(r.Notes, "\n")
	for _, want := range []string{"begins only", "only 6 mentions", "no data before the span", "No alert"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
	if r := build(t, db, c, days(8, 20)); !strings.Contains(strings.Join(r.Notes, "\n"), "ends already") {
		t.Errorf("notes are %q", r.Notes)
	}
}

// Posts, names and words stay text in the page.
func TestHostileTextStaysText(t *testing.T) {
	db, c := told(t)
	r := build(t, db, c, days(8, 14))
	r.Compared = []*Report{build(t, db, c, days(9, 13))}
	var b bytes.Buffer
	if err := WriteHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	page := b.String()
	for _, tag := range []string{"<script", "<img", "<svg onload", "</style><svg", "<!-- \u202e", "<b>\"Kettles", "http://", "https://", "url("} {
		if strings.Contains(page, tag) {
			t.Errorf("the page contains %q", tag)
		}
	}
	for _, text := range []string{"&lt;script&gt;", "onerror=alert(1)&gt;", "Acme &lt;b&gt;"} {
		if !strings.Contains(page, text) {
			t.Errorf("the page does not quote %q", text)
		}
	}
}
