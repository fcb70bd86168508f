package backfill

import (
	"testing"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// Trend rules are replayed: the same alerts from one start as from several, and
// once more when the run is built anew.
func TestRulesAreReplayed(t *testing.T) {
	a := newArchive(t)
	a.config.Rules = []config.Rule{{
		Name: "busy", Every: config.Duration(6 * time.Hour), Level: schemas.Blue,
		SQL: `SELECT brand, sum(mentions) AS value FROM trends WHERE run = {run:String} AND sku = '' AND grain = '1h'
			AND bucket >= {tick:DateTime('UTC')} - INTERVAL 6 HOUR AND bucket < {tick:DateTime('UTC')}
			AND toHour(bucket) BETWEEN 4 AND 9 GROUP BY brand HAVING value > 20`,
	}}
	count := func(run string) (n uint64) {
		t.Helper()
		err := a.store.Conn().QueryRow(t.Context(), "SELECT count() FROM alerts WHERE run = ? AND signal = 'rule:busy'", run).Scan(&n)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	o := a.options("rules")
	a.fill(o)
	first := count("rules")
	if first < 4 {
		t.Errorf("%d transitions of a rule that holds once a day", first)
	}
	o.Replace = true
	a.fill(o)
	if again := count("rules"); again != first {
		t.Errorf("%d transitions, and %d when the run is built anew", first, again)
	}
}
