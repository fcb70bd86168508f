package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed clickhouse/*.sql
var clickhouseFiles embed.FS

// Migration is one numbered file of DDL. Version 0 makes the table in which
// the others are recorded. A file that was released is never edited: a change
// is a new file. The questions of data teams are Views instead.
type Migration struct {
	Version  int
	Name     string // file name
	Checksum string // SHA-256 of the file, hex
	SQL      string // for one node; see OnCluster
}

// Migrations returns all migrations in order, version 0 first.
func Migrations() []Migration {
	names, err := fs.Glob(clickhouseFiles, "clickhouse/*.sql") // sorted
	if err != nil {
		panic(err) // the pattern is a constant
	}
	out := make([]Migration, 0, len(names))
	for _, name := range names {
		data, err := clickhouseFiles.ReadFile(name)
		if err != nil {
			panic(err) // embedded
		}
		base := path.Base(name)
		version, err := strconv.Atoi(base[:4])
		if err != nil || version != len(out) {
			panic(fmt.Sprintf("schemas: %s is not migration %04d", base, len(out)))
		}
		sum := sha256.Sum256(data)
		out = append(out, Migration{Version: version, Name: base, Checksum: hex.EncodeToString(sum[:]), SQL: string(data)})
	}
	return out
}

// Statements splits the migration into its statements.
func (m Migration) Statements() []string { return statements(m.SQL) }

// statements splits a script, each statement with the comments above it and
// without the closing semicolon. A statement ends where a line that is no comment
// ends with a semicolon.
func statements(script string) []string {
	var out []string
	var b strings.Builder
	for line := range strings.Lines(script) {
		text := strings.TrimSpace(line)
		if strings.HasPrefix(text, "--") || !strings.HasSuffix(text, ";") {
			b.WriteString(line)
			continue
		}
		b.WriteString(strings.TrimSuffix(text, ";"))
		out = append(out, strings.TrimSpace(b.String()))
		b.Reset()
	}
	return out
}
