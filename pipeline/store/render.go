package store

import (
	"fmt"
	"strings"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// SQL is all that MigrateCluster and SetRetention would run on an empty server,
// as a script.
func SQL(database string, retention config.Retention, cluster string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s;\n\nUSE %s;\n", createDatabase(database, cluster), quoteName(database))
	for _, m := range schemas.Migrations() {
		statements, err := render(m, database, cluster)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\n-- %s\n", m.Name)
		for _, s := range statements {
			fmt.Fprintf(&b, "\n%s;\n", s)
		}
	}
	if retention != config.Default().Retention {
		b.WriteString("\n-- retention\n")
		for _, k := range keeps(retention) {
			fmt.Fprintf(&b, "\n%s;\n", k.alter(cluster))
		}
	}
	return b.String(), nil
}

func render(m schemas.Migration, database, cluster string) ([]string, error) {
	if cluster == "" {
		return m.Statements(), nil
	}
	var out []string
	for _, s := range m.Statements() {
		parts, err := schemas.OnCluster(s, database, cluster)
		if err != nil {
			return nil, fmt.Errorf("migration %s: %w", m.Name, err)
		}
		out = append(out, parts...)
	}
	return out, nil
}

func createDatabase(database, cluster string) string {
	return "CREATE DATABASE IF NOT EXISTS " + quoteName(database) + onCluster(cluster)
}

func onCluster(cluster string) string {
	if cluster == "" {
		return ""
	}
	return " ON CLUSTER " + quoteName(cluster)
}

// quoteName writes an identifier between backquotes.
func quoteName(s string) string {
	return "`" + strings.NewReplacer("\\", "\\\\", "`", "\\`").Replace(s) + "`"
}
