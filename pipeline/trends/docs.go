package trends

import (
	"fmt"
	"strings"
	"time"
)

// sample values of examples in the documentation.
var (
	sample = map[string]string{
		"BRAND": "acme", "OTHER": "bolt", "SKU": "acme-x1",
		"CRISIS": "2025-11-07T02:00:00Z", "EARLIER": "2025-10-03T09:00:00Z",
	}
	sampleNewest = time.Date(2025, 11, 15, 0, 0, 0, 0, time.UTC)
)

// Fill returns the example's values with the placeholders replaced.
func (v *View) Fill(placeholders map[string]string) map[string]string {
	out := map[string]string{}
	for _, e := range v.Example {
		out[e.Name] = fill(e.Value, placeholders)
	}
	return out
}

func fill(value string, placeholders map[string]string) string {
	for _, p := range Placeholders {
		value = strings.ReplaceAll(value, p, placeholders[p])
	}
	return value
}

// command is the example as a command.
func (v *View) command() string {
	var b strings.Builder
	fmt.Fprintf(&b, "fenghuo trends %s", v.Name)
	for _, e := range v.Example {
		fmt.Fprintf(&b, " --param %s=%s", e.Name, fill(e.Value, sample))
	}
	return b.String()
}

// statement is the example as a query with its values in it.
func (v *View) statement() (string, error) {
	bound, err := v.Bind(v.Fill(sample), Setting{Location: time.UTC, Newest: sampleNewest})
	if err != nil {
		return "", err
	}
	args := make([]string, len(v.Params))
	for i, p := range v.Params {
		value := bound[p.Name]
		if !numeric(p.Type) && p.Type != "Array(String)" {
			value = "'" + value + "'"
		}
		args[i] = fmt.Sprintf("%s = %s", p.Name, value)
	}
	return fmt.Sprintf("SELECT * FROM %s(%s)", v.Name, strings.Join(args, ", ")), nil
}

// Markdown is docs/queries.md.
func Markdown() (string, error) {
	var b strings.Builder
	b.WriteString(preface)
	section := ""
	for _, v := range Catalogue() {
		if v.Section != section {
			section = v.Section
			fmt.Fprintf(&b, "\n## %s\n", section)
		}
		if err := v.write(&b); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func (v *View) write(b *strings.Builder) error {
	fmt.Fprintf(b, "\n### %s\n\n%s\n", v.Name, v.About)
	if len(v.Notes) > 0 {
		fmt.Fprintf(b, "\n%s\n", strings.Join(v.Notes, "\n"))
	}
	b.WriteString("\n| parameter | type | default | |\n|---|---|---|---|\n")
	for _, p := range v.Params {
		def := "required"
		if !p.Required {
			def = "`" + p.Default + "`"
			if p.Default == "" {
				def = "empty"
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", p.Name, p.Type, def, meaning(p.Name))
	}
	b.WriteString("\n| column | |\n|---|---|\n")
	for _, c := range v.Columns {
		fmt.Fprintf(b, "| `%s` | %s |\n", c, v.columnMeaning(c))
	}
	statement, err := v.statement()
	if err != nil {
		return err
	}
	fmt.Fprintf(b, "\n```console\n$ %s\n```\n\n```sql\n%s\n```\n", v.command(), statement)
	return nil
}

// meaning explains a parameter by its name, which means the same in every view.
func meaning(name string) string {
	return meanings[name]
}

var meanings = map[string]string{
	"run":           "`live`, or the name of a backfill",
	"run_a":         "run of the first crisis",
	"run_b":         "run of the second crisis",
	"brand":         "id in the config; where it may be empty: all brands",
	"brand_a":       "brand of the first crisis",
	"brand_b":       "brand of the second crisis",
	"brands":        "ids; empty: all brands",
	"sku":           "id of a product; where it may be empty: the whole brand",
	"grain":         "which rollup: `1m`, `1h` or `1d`",
	"minutes":       "length of a bucket",
	"from":          "first moment",
	"to":            "moment after the last",
	"from_a":        "beginning of the first crisis",
	"from_b":        "beginning of the second crisis",
	"at":            "moment of the score",
	"hours":         "how long to compare",
	"days":          "length of the stretch that is scored",
	"baseline_days": "length of what it is held against",
	"by":            "`complaints` or `mentions`",
	"series":        "business series, such as `orders`",
	"type":          "complaint type; empty: all",
	"words":         "text to look for, case aside",
	"copies":        "how many copies a flood has at least",
	"limit":         "rows at most",
	"top":           "how many of each bucket",
	"timezone":      "IANA zone in which days and quarters begin; `config`: as configured",
}

const preface = `# Queries

The questions that data teams ask, as parameterised views in ClickHouse. This page
is made from the schema by ` + "`go test ./pipeline/trends -update`" + `.

Ask from a terminal; what is left out has a default, and times may be given as
` + "`2025-11-07`" + `, ` + "`2025-11-07T08:00:00+08:00`" + `, ` + "`-7d`" + ` (back from the end) or ` + "`newest`" + ` (the
moment after the newest hour of the run):

` + "```console" + `
$ fenghuo trends --list
$ fenghuo trends brand_trend --param brand=acme --param from=-14d
$ fenghuo trends brand_trend --param brand=acme --json | jq .complaints
` + "```" + `

Or from any client of ClickHouse. There every parameter must be given, and times
are UTC:

` + "```console" + `
$ curl "http://127.0.0.1:8123/?database=fenghuo" --data-binary \
    "SELECT * FROM brand_trend(run = 'live', brand = 'acme', grain = '1d', from = '2025-11-01', to = '2025-11-15') FORMAT JSONEachRow"
` + "```" + `

Leave quoting to the server where values come from people: pass them as query
parameters.

` + "```console" + `
$ curl -G "http://127.0.0.1:8123/" --data-urlencode "database=fenghuo" --data-urlencode "param_brand=L'Oréal" \
    --data-urlencode "query=SELECT * FROM brand_trend(run = 'live', brand = {brand:String}, grain = '1d', from = '2025-11-01', to = '2025-11-15')"
` + "```" + `

"Before" is the stretch of the same length that ends where the asked one begins.
Shares lie between 0 and 1, sentiment between -1 and 1. Spam is left out unless a view or column says so.
Two tables answer what no view does: ` + "`trends`" + ` (counts by brand, product and bucket) and
` + "`mentions`" + ` (every post about a brand); see [the messages page](messages.md) for what an
alert holds. Authors and keywords are counted from the mentions, and go with them after ` + "`retention.mentions`" + `.
A question to ` + "`trends`" + ` about all whole brands reads every product unless it says so in the
words of the key: ` + "`WHERE sku = '' AND (sku != '') < 1 ... SETTINGS optimize_empty_string_comparisons = 0`" + `.
`
