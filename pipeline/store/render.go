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
	script := func(title string, statements []string) error {
		if len(statements) == 0 {
			return nil
		}
		statements, err := render(statements, database, cluster)
		if err != nil {
			return fmt.Errorf("%s: %w", title, err)
		}
		fmt.Fprintf(&b, "\n-- %s\n", title)
		for _, s := range statements {
			fmt.Fprintf(&b, "\n%s;\n", s)
		}
		return nil
	}
	for _, m := range schemas.Migrations() {
		if err := script(m.Name, m.Statements()); err != nil {
			return "", err
		}
	}
	var views []string
	for _, v := range schemas.Views() {
		views = append(views, v.Statement())
	}
	if err := script("views", views); err != nil {
		return "", err
	}
	if retention != config.Default().Retention {
		b.WriteString("\n-- retention\n")
		for _, k := range keeps(retention) {
			fmt.Fprintf(&b, "\n%s;\n", k.alter(cluster))
		}
	}
	return b.String(), nil
}

// render puts statements for one node into the form of the cluster, if one is named.
func render(statements []string, database, cluster string) ([]string, error) {
	if cluster == "" {
		return statements, nil
	}
	var out []string
	for _, s := range statements {
		parts, err := schemas.OnCluster(s, database, cluster)
		if err != nil {
			return nil, err
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
