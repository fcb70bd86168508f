package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/pflag"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/trends"
)

// given collects --param NAME=VALUE; --run, --brand, --sku, --grain, --from and
// --to are the parameters of these names.
func (f *trendsFlags) given(flags *pflag.FlagSet) (map[string]string, error) {
	given := map[string]string{}
	for _, name := range []string{"run", "brand", "sku", "grain", "from", "to"} {
		if flags.Changed(name) {
			given[name] = flags.Lookup(name).Value.String()
		}
	}
	for _, p := range f.params {
		name, value, found := strings.Cut(p, "=")
		if !found {
			return nil, fmt.Errorf("--param %q: write NAME=VALUE", p)
		}
		given[name] = value
	}
	return given, nil
}

// listViews prints the catalogue.
func (a *app) listViews(out io.Writer) error {
	section := ""
	for _, v := range trends.Catalogue() {
		params := map[string]string{}
		for _, p := range v.Params {
			params[p.Name] = p.Default
		}
		if a.json {
			err := json.NewEncoder(out).Encode(map[string]any{
				"name": v.Name, "section": v.Section, "about": v.About, "required": v.Required(), "parameters": params,
			})
			if err != nil {
				return err
			}
			continue
		}
		if v.Section != section {
			section = v.Section
			fmt.Fprintf(out, "\n%s\n", section)
		}
		about := text.WrapSoft(v.About, max(40, columns(out)-28))
		fmt.Fprintf(out, "  %-24s  %s\n", v.Name, strings.ReplaceAll(about, "\n", "\n"+strings.Repeat(" ", 28)))
		if needs := v.Required(); len(needs) > 0 {
			fmt.Fprintf(out, "%28sneeds %s\n", "", strings.Join(needs, ", "))
		}
	}
	return nil
}

// askView runs a named question.
func (a *app) askView(ctx context.Context, name string, given map[string]string, out io.Writer) error {
	v, err := trends.Find(name)
	if err != nil {
		var names []string
		for _, v := range trends.Catalogue() {
			names = append(names, v.Name)
		}
		return fmt.Errorf("%w%s", err, didYouMean(name, "", names, "fenghuo trends --list shows them"))
	}
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	db, err := a.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // only read from
	run := given["run"]
	if run == "" {
		run = "live"
	}
	for _, name := range []string{run, given["run_a"], given["run_b"]} {
		if name == "" {
			continue
		}
		if err := backfill.Exists(ctx, db, name); err != nil {
			return err
		}
	}
	newest, err := trends.Newest(ctx, db.Conn(), run)
	if err != nil {
		return db.Explain(err)
	}
	none := ""
	if newest.IsZero() {
		newest, none = time.Now(), fmt.Sprintf("; run %q has no mentions", run)
	}
	bound, err := v.Bind(given, trends.Setting{
		Location: c.Location(), Newest: newest, Brand: func(name string) string { return brandID(c, name) },
	})
	if err != nil {
		return err
	}
	t, err := v.Run(ctx, db.Conn(), bound)
	if err != nil {
		return db.Explain(err)
	}
	compared := unknownBrand(c, given["brand_a"]) + unknownBrand(c, given["brand_b"]) + unknownBrand(c, strings.Split(given["brands"], ",")...)
	switch {
	case len(t.Rows) == 0 && !a.json:
		fmt.Fprintf(os.Stderr, "no rows%s%s%s\n", none, unknownBrand(c, given["brand"]), compared)
		return nil
	case compared != "":
		fmt.Fprintln(os.Stderr, strings.TrimPrefix(compared, "; "))
	}
	if a.json {
		return trends.WriteJSON(out, t)
	}
	trends.WriteTable(out, t, c.Location(), terminalWidth(out))
	return nil
}
