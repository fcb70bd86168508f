package rules

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/store"
)

// Check prepares the SQL of a rule without running it: its tables, functions
// and columns must be there, and its columns must make series.
func Check(ctx context.Context, conn driver.Conn, r *config.Rule) error {
	if err := fits(r.SQL); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	t, err := store.ReadTable(limited(ctx, "live", anyTick), conn, "DESCRIBE ("+wrap(r.SQL)+")")
	if err != nil {
		if strings.HasSuffix(oneLine(err), "(SYNTAX_ERROR)") {
			return fmt.Errorf("a rule is one SELECT: %s", oneLine(err))
		}
		return fmt.Errorf("%s", oneLine(explained(ctx, err)))
	}
	var columns []store.Column
	for _, row := range t.Rows {
		columns = append(columns, store.Column{Name: fmt.Sprint(row[0]), Type: fmt.Sprint(row[1])})
	}
	if _, err := columnsOf(columns); err != nil {
		return err
	}
	for _, name := range blanks(r.Summary) {
		if !slices.ContainsFunc(columns, func(c store.Column) bool { return c.Name == name }) {
			return fmt.Errorf("the summary names column %q, which the SQL does not give", name)
		}
	}
	return nil
}

// anyTick stands for the tick when nothing is run.
var anyTick = time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
