package trends

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jedib0t/go-pretty/v6/text"

	"fenghuo/detectors/grade"
	"fenghuo/pipeline/store"
	"fenghuo/schemas"
)

var update = flag.Bool("update", false, "write docs/queries.md")

func TestQueriesPage(t *testing.T) {
	const page = "../../docs/queries.md"
	want, err := Markdown()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("docs/queries.md is not what the schema says; go test ./pipeline/trends -update writes it:\n%s", diff)
	}
}

// Every view says what it answers, and every parameter and column what it means.
func TestCatalogueIsComplete(t *testing.T) {
	views := Catalogue()
	if len(views) < 15 {
		t.Errorf("only %d views", len(views))
	}
	for _, v := range views {
		if v.About == "" || v.Section == "" {
			t.Errorf("view %s has no section or says nothing about itself", v.Name)
		}
		for _, p := range v.Params {
			if meaning(p.Name) == "" {
				t.Errorf("parameter %s of view %s is not explained", p.Name, v.Name)
			}
		}
		for _, c := range v.Columns {
			if v.columnMeaning(c) == "" {
				t.Errorf("column %s of view %s is not explained", c, v.Name)
			}
		}
		for _, name := range v.Required() {
			if !slices.ContainsFunc(v.Example, func(e Value) bool { return e.Name == name }) {
				t.Errorf("the example of view %s does not give %s", v.Name, name)
			}
		}
	}
}

// The example of every view runs, finds something when the crisis peaks, and has
// the columns that the page lists.
func TestExamples(t *testing.T) {
	h := past(t)
	crisis := h.truth.Crisis
	h.newest = crisis.Peak
	placeholders := map[string]string{
		"BRAND": crisis.Brand, "SKU": crisis.SKU, "OTHER": h.other(),
		"CRISIS": crisis.Start.UTC().Format(time.RFC3339), "EARLIER": h.truth.Start.UTC().Format(time.RFC3339),
	}
	for _, v := range Catalogue() {
		given := v.Fill(placeholders)
		if v.param("copies") != nil {
			given["copies"] = "1"
		}
		answer := h.table(&v, given)
		if len(answer.Rows) == 0 {
			t.Errorf("view %s finds nothing with %v", v.Name, given)
		}
		var columns []string
		for _, c := range answer.Columns {
			columns = append(columns, c.Name)
		}
		if diff := cmp.Diff(v.Columns, columns); diff != "" {
			t.Errorf("the columns of view %s are not those that it lists: %s", v.Name, diff)
		}
	}
}

func (h *history) other() string {
	for _, b := range h.config.Brands {
		if b.ID != h.truth.Crisis.Brand {
			return b.ID
		}
	}
	return ""
}

// Views over the rollups count what a recount of the mentions counts.
func TestRollupsEqualMentions(t *testing.T) {
	h := past(t)
	brand, sku := h.truth.Crisis.Brand, h.truth.Crisis.SKU
	f := func(name string, got, want float64) {
		t.Helper()
		if got != want || want == 0 {
			t.Errorf("%s: the view says %v, the mentions say %v", name, got, want)
		}
	}
	trend := h.ask("brand_trend", "brand="+brand, "grain=1d", "from=-20d")
	f("mentions of the brand", sum(trend, "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	f("complaints of the brand", sum(trend, "complaints"), h.count("countIf(complaint)", "brand = ? AND primary AND NOT spam", brand))
	trend = h.ask("sku_trend", "brand="+brand, "sku="+sku, "grain=1m", "from=-20d")
	f("mentions of the SKU", sum(trend, "mentions"), h.count("count()", "brand = ? AND sku = ? AND NOT spam", brand, sku))
	types := h.ask("complaint_type_trend", "brand="+brand, "grain=1d", "from=-20d")
	f("types of complaint", sum(types, "complaints"), h.count("sum(length(complaints))", "brand = ? AND primary AND complaint AND NOT spam", brand))
	channels := h.ask("channel_trend", "brand="+brand, "grain=1d", "from=-20d")
	f("channels", sum(channels, "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	f("regions", sum(h.ask("by_region", "brand="+brand), "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	f("languages", sum(h.ask("by_language", "brand="+brand), "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	f("quarters", sum(h.ask("brand_health", "brand="+brand), "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	f("all brands", sum(h.ask("share_of_voice", "from=-20d"), "mentions"), h.count("count()", "primary AND NOT spam"))
	f("worst products", sum(h.ask("worst_skus", "from=-20d", "limit=10000"), "complaints"), h.count("countIf(complaint)", "sku != '' AND NOT spam"))
	f("two crises", sum(h.ask("crisis_compare", "brand_a="+brand, "brand_b="+h.other(), "hours=1000",
		"from_a="+h.truth.Start.Format(time.RFC3339), "from_b="+h.truth.Start.Format(time.RFC3339)), "mentions_b"),
		h.count("count()", "brand = ? AND primary AND NOT spam", h.other()))
	// Orders are sums of the last value sent, whole brand and by product.
	for _, grain := range []string{"1m", "1h", "1d"} {
		orders := h.ask("business_trend", "brand="+brand, "series=orders", "grain="+grain, "from=-20d", "to="+h.truth.Start.AddDate(0, 0, 12).Format(time.RFC3339))
		f("orders by "+grain, sum(orders, "value"), 20*24*12)
		f("mentions beside orders by "+grain, sum(orders, "mentions"), h.count("count()", "brand = ? AND primary AND NOT spam", brand))
	}
	for _, r := range h.ask("business_trend", "brand="+brand, "series=unheard", "from=-20d") {
		if r["value"] != nil {
			t.Fatalf("a series that nobody sent has the value %v", r["value"])
		}
	}
	f("orders of a product", sum(h.ask("business_before", "brand="+brand, "sku=b", "from=-20d", "to="+h.truth.Start.AddDate(0, 0, 12).Format(time.RFC3339)), "value"), 10*24*12)
	// The days of authors are those of the trends, which begin in the time zone of the config.
	trend = h.ask("brand_trend", "brand="+brand, "grain=1d", "from=-20d")
	authors := h.ask("author_trend", "brand="+brand, "from=-20d")
	if len(authors) != len(trend) {
		t.Fatalf("%d days of authors, %d of the brand", len(authors), len(trend))
	}
	for i, day := range authors {
		if got, want := day["bucket"].(time.Time), trend[i]["bucket"].(time.Time); !got.Equal(want) {
			t.Errorf("day %d of the authors begins %v, that of the brand %v", i, got, want)
		}
		f("mentions of a day", number(day["mentions"]), number(trend[i]["mentions"]))
	}
	words := h.ask("keyword_trend", "brand="+brand, "from=-20d", "top=100000")
	f("words of the brand", sum(words, "mentions"), h.count("sum(length(keywords))", "brand = ? AND primary AND NOT spam", brand))
	words = h.ask("keyword_trend", "brand="+brand, "sku="+sku, "minutes=60", "from=-20d", "top=100000")
	f("words of the SKU", sum(words, "mentions"), h.count("sum(length(keywords))", "brand = ? AND sku = ? AND NOT spam", brand, sku))
	f("authors' mentions of the SKU", sum(h.ask("author_trend", "brand="+brand, "sku="+sku, "from=-20d"), "mentions"),
		h.count("count()", "brand = ? AND sku = ? AND NOT spam", brand, sku))
	var shares float64
	for _, r := range h.ask("share_of_voice", "from=-20d") {
		shares += number(r["share"])
	}
	if shares < .999 || shares > 1.001 {
		t.Errorf("the shares of voice add up to %v", shares)
	}
}

// Each view leads to the crisis that the stream holds.
func TestViewsFindTheCrisis(t *testing.T) {
	h := past(t)
	c := h.truth.Crisis
	start, peak := c.Start.UTC().Format(time.RFC3339), c.Peak.UTC().Format(time.RFC3339)
	first := func(name, column string, want any, given ...string) {
		t.Helper()
		rows := h.ask(name, given...)
		if len(rows) == 0 || rows[0][column] != want {
			t.Errorf("%s %v: the first %s is not %v: %v", name, given, column, want, rows[:min(2, len(rows))])
		}
	}
	first("rising_skus", "sku", c.SKU, "from="+start, "to="+peak)
	first("rising_skus", "sku", c.SKU, "from="+start, "to="+peak, "by=mentions")
	first("rising_complaint_types", "type", string(c.Type), "from="+start, "to="+peak)
	first("negative_share_baseline", "brand", c.Brand, "from="+start, "to="+peak)
	first("worst_skus", "sku", c.SKU, "from="+start)
	first("propagation", "channel", c.Channels[0].Channel, "brand="+c.Brand, "sku="+c.SKU, "type="+string(c.Type), "from="+start)
	first("propagation", "minutes_after_first", int64(0), "brand="+c.Brand, "from="+start)
	first("brand_risk", "brand", c.Brand, "at="+peak, "days=2")
	first("first_posts", "channel", c.Channels[0].Channel, "brand="+c.Brand, "sku="+c.SKU, "type="+string(c.Type), "from="+start)
	first("alert_history", "brand", c.Brand, "brand="+c.Brand, "from=-20d")

	for _, r := range h.ask("first_posts", "brand="+c.Brand, "sku="+c.SKU, "from="+start, "limit=5") {
		if at := r["published_at"].(time.Time); at.Before(c.Start) {
			t.Errorf("a first post is from %s, before the crisis of %s", at, c.Start)
		}
	}
	if n := len(h.ask("first_posts", "brand="+c.Brand, "from="+start, "limit=3")); n != 3 {
		t.Errorf("limit=3 gave %d posts", n)
	}
	for _, r := range h.ask("search_posts", "brand="+c.Brand, "words=客服", "from=-20d") {
		if !strings.Contains(r["text"].(string), "客服") {
			t.Errorf("a post without the word: %v", r)
		}
	}
	// What rises in the crisis are words of the crisis.
	rows := h.ask("rising_keywords", "brand="+c.Brand, "from="+start, "to="+peak)
	if len(rows) == 0 || number(rows[0]["complaint_share"]) < .5 {
		t.Errorf("rising keywords: %v", rows[:min(1, len(rows))])
	}
	// Nothing was said before the stream begins: the most frequent words lead.
	rows = h.ask("rising_keywords", "brand="+c.Brand, "from="+h.truth.Start.Format(time.RFC3339), "to="+h.truth.Start.AddDate(0, 0, 2).Format(time.RFC3339))
	if len(rows) == 0 || number(rows[0]["score"]) != 0 || number(rows[0]["mentions"]) < number(rows[len(rows)-1]["mentions"]) {
		t.Errorf("keywords where nothing was said before: %v", rows[:min(1, len(rows))])
	}
	// A flood is several posts with one text; the most reposted lead.
	for _, r := range h.ask("duplicate_floods", "brand="+c.Brand, "copies=1", "from=-20d") {
		if number(r["posts"]) < 2 {
			t.Errorf("a flood of one: %v", r)
		}
	}
	spread := h.ask("most_reposted", "brand="+c.Brand, "from="+start)
	if !slices.IsSortedFunc(spread, func(a, b map[string]any) int { return int(number(b["spread"]) - number(a["spread"])) }) {
		t.Error("the most reposted posts are not in order")
	}
	resolved := h.ask("time_to_resolve")
	history := h.ask("alert_history", "from=-365d")
	if got, want := sum(resolved, "incidents"), float64(len(history)); got != want || want == 0 {
		t.Errorf("%v incidents by level, %v in the history", got, want)
	}
}

// A rule that tells of a crisis besides the detectors is in the history, and makes
// neither the brand's record nor its health worse.
func TestRulesAreNoIncidentsOfARecord(t *testing.T) {
	h := past(t)
	brand := h.truth.Crisis.Brand
	all := len(h.ask("alert_history", "brand="+brand, "from=-90d"))
	if got := sum(h.ask("brand_health", "brand="+brand), "incidents"); all < 2 || got != float64(all-1) {
		t.Errorf("%v incidents in the brand's health, %d in its history, of which one is a rule's", got, all)
	}
	for _, r := range h.ask("brand_risk") {
		if got := number(r["incidents_in_90_days"]); r["brand"] == brand && got != float64(all-1) {
			t.Errorf("%v incidents in the brand's record, %d in its history, of which one is a rule's", got, all)
		}
	}
}

// The weights of the complaint types in brand_risk are those of the levels.
func TestRiskWeighsTypesAsLevelsDo(t *testing.T) {
	h := past(t)
	v, err := Find("brand_risk")
	if err != nil {
		t.Fatal(err)
	}
	var definition string
	if err := h.conn.QueryRow(t.Context(), "SELECT create_table_query FROM system.tables WHERE database = currentDatabase() AND name = ?", v.Name).Scan(&definition); err != nil {
		t.Fatal(err)
	}
	weights := regexp.MustCompile(`(?s)transform\(type, (\[.*?\], \[.*?\], [0-9.]+)\)`).FindStringSubmatch(definition)
	if weights == nil {
		t.Fatalf("no weights in %s", definition)
	}
	for _, kind := range append(slices.Clone(schemas.ComplaintTypes), "unheard_of") {
		var weight float64
		if err := h.conn.QueryRow(t.Context(), "SELECT toFloat64(transform('"+string(kind)+"', "+weights[1]+"))").Scan(&weight); err != nil {
			t.Fatal(err)
		}
		if want := grade.Kind(kind, nil); weight != want {
			t.Errorf("%s weighs %v in the view, %v in the levels", kind, weight, want)
		}
	}
}

// A table shows instants in the zone that is asked for, and days as they are.
func TestTableKeepsDays(t *testing.T) {
	midnight := time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC)
	var b strings.Builder
	WriteTable(&b, &store.Table{
		Columns: []store.Column{{Name: "quarter", Type: "Date"}, {Name: "bucket", Type: "DateTime('UTC')"}},
		Rows:    [][]any{{midnight, midnight}},
	}, time.FixedZone("", 8*3600), 0)
	if got := b.String(); !strings.Contains(got, " 2025-07-01  2025-07-01 08:00") {
		t.Error(got)
	}
}

// In a terminal no line is wider than it, and what is said stays to be read.
func TestTableFitsTheTerminal(t *testing.T) {
	answer := &store.Table{
		Columns: []store.Column{{Name: "brand", Type: "String"}, {Name: "first_text", Type: "String"}, {Name: "mentions", Type: "UInt64"}},
		Rows:    [][]any{{"fengchi", strings.Repeat("空调", 40), uint64(12345)}, {"yunji", "", uint64(7)}},
	}
	for width, want := range map[int]string{
		0:  "\n fengchi  " + strings.Repeat("空调", 14), // half of what 60 columns hold, each character being two wide
		80: "\n fengchi  " + strings.Repeat("空调", 14),
		60: "\n fengchi  " + strings.Repeat("空调", 5),
		30: "mentions    12345\n\nbrand       yunji\nfirst text\nmentions    7\n",
	} {
		var b strings.Builder
		WriteTable(&b, answer, time.UTC, width)
		if !strings.Contains(b.String(), want) {
			t.Errorf("width %d: no %q in\n%s", width, want, &b)
		}
		if got := text.LongestLineLen(b.String()); width > 0 && got > width {
			t.Errorf("width %d: a line of %d columns in\n%s", width, got, &b)
		}
	}
}

// A condition on the bucket alone is held against the weeks of the key, also through view trends.
func TestTimePrunesWeeks(t *testing.T) {
	h := past(t)
	for _, table := range []string{"trends", "trend_buckets"} {
		rows, err := store.ReadTable(t.Context(), h.conn, "EXPLAIN indexes = 1 SELECT sum(mentions) FROM "+table+
			" WHERE run = 'past' AND grain = '1h' AND bucket >= '2020-01-01 00:00:00' AND bucket < '2100-01-01 00:00:00'")
		if err != nil {
			t.Fatal(err)
		}
		var plan strings.Builder
		for _, r := range rows.Rows {
			fmt.Fprintln(&plan, r[0])
		}
		if _, index, _ := strings.Cut(plan.String(), "PrimaryKey"); !strings.Contains(index, "toMonday(bucket) in [") {
			t.Errorf("%s: the index does not look at the week:\n%s", table, &plan)
		}
	}
}
