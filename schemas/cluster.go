package schemas

import (
	"fmt"
	"regexp"
	"strings"
)

var (
	createTable = regexp.MustCompile(`(?m)^CREATE TABLE IF NOT EXISTS (\w+)$`)
	createView  = regexp.MustCompile(`(?m)^CREATE (OR REPLACE )?VIEW (IF NOT EXISTS )?(\w+) AS$`)
	engine      = regexp.MustCompile(`(?m)^ENGINE = (\w*MergeTree)(?:\((.*)\))?$`)
	dedupWindow = regexp.MustCompile(`non_replicated_deduplication_window = (\d+)`)
	alterTable  = regexp.MustCompile(`(?m)^ALTER TABLE (\w+)$`)
	addColumn   = regexp.MustCompile(`(?m)^ADD COLUMN IF NOT EXISTS `)
	placement   = regexp.MustCompile(`(?m)^-- cluster: (?:shard by (.+)|(every node))$`)
)

// keepTokensSeconds is how long a replicated table remembers the tokens of its
// window: longer than any outage after which a range is done again.
const keepTokensSeconds = 30 * 24 * 3600

// OnCluster rewrites one statement for the cluster of that name.
//
// A table marked "-- cluster: shard by EXPR" becomes NAME_local, replicated
// inside each shard, and NAME, a Distributed table over it. A table marked
// "-- cluster: every node" becomes one replicated table that every node holds
// whole: the pipeline's small books. The servers need the macros {shard} and
// {replica}. Views are made on every node over the names above.
func OnCluster(statement, database, cluster string) ([]string, error) {
	switch {
	case createTable.MatchString(statement):
		return createOnCluster(statement, database, cluster)
	case createView.MatchString(statement):
		return []string{createView.ReplaceAllString(statement, "CREATE ${1}VIEW ${2}${3} ON CLUSTER "+quoteName(cluster)+" AS")}, nil
	case alterTable.MatchString(statement):
		return alterOnCluster(statement, cluster), nil
	}
	return nil, fmt.Errorf("no cluster form is known for the statement %q", firstLine(statement))
}

// LocalTable is the table that holds the rows: NAME itself on one node and for
// tables that every node holds, NAME_local for sharded ones.
func LocalTable(name, cluster string) string {
	if cluster == "" || !shardedTables()[name] {
		return name
	}
	return name + "_local"
}

func createOnCluster(statement, database, cluster string) ([]string, error) {
	name := createTable.FindStringSubmatch(statement)[1]
	place := placement.FindStringSubmatch(statement)
	if place == nil {
		return nil, fmt.Errorf("table %s does not say how a cluster holds it", name)
	}
	on := " ON CLUSTER " + quoteName(cluster)
	local, path, replica := name, "/clickhouse/tables/all/{database}/{table}", "{shard}-{replica}"
	if place[1] != "" {
		local, path, replica = name+"_local", "/clickhouse/tables/{shard}/{database}/{table}", "{replica}"
	}
	s := placement.ReplaceAllString(statement, "")
	s = createTable.ReplaceAllString(s, "CREATE TABLE IF NOT EXISTS "+local+on)
	s = engine.ReplaceAllStringFunc(s, func(e string) string {
		m := engine.FindStringSubmatch(e)
		args := fmt.Sprintf("'%s', '%s'", path, replica)
		if m[2] != "" {
			args += ", " + m[2]
		}
		return fmt.Sprintf("ENGINE = Replicated%s(%s)", m[1], args)
	})
	s = dedupWindow.ReplaceAllString(s, fmt.Sprintf(
		"replicated_deduplication_window = ${1}, replicated_deduplication_window_seconds = %d", keepTokensSeconds))
	out := []string{strings.ReplaceAll(s, "\n\n", "\n")}
	if local != name {
		out = append(out, fmt.Sprintf(
			"CREATE TABLE IF NOT EXISTS %s%s AS %s\nENGINE = Distributed(%s, %s, %s, %s)",
			name, on, local, quoteString(cluster), quoteString(database), quoteString(local), place[1]))
	}
	return out, nil
}

// alterOnCluster changes the rows' table; a column that is added to a sharded one
// is added to the Distributed table over it too.
func alterOnCluster(statement, cluster string) []string {
	name := alterTable.FindStringSubmatch(statement)[1]
	on := func(table string) string {
		return alterTable.ReplaceAllString(statement, "ALTER TABLE "+table+" ON CLUSTER "+quoteName(cluster))
	}
	local := LocalTable(name, cluster)
	if local != name && addColumn.MatchString(statement) {
		return []string{on(local), on(name)}
	}
	return []string{on(local)}
}

func shardedTables() map[string]bool {
	out := map[string]bool{}
	for _, m := range Migrations() {
		for _, s := range m.Statements() {
			place, name := placement.FindStringSubmatch(s), createTable.FindStringSubmatch(s)
			if place != nil && name != nil && place[1] != "" {
				out[name[1]] = true
			}
		}
	}
	return out
}

// quoteName writes an identifier between backquotes.
func quoteName(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
}

func quoteString(s string) string {
	return "'" + strings.NewReplacer("\\", "\\\\", "'", "\\'").Replace(s) + "'"
}

func firstLine(s string) string {
	for line := range strings.Lines(s) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			return line
		}
	}
	return ""
}
