package schemas

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
)

//go:embed clickhouse/views/*.sql
var viewFiles embed.FS

// View is a question of the data team as a parameterised view. Its file holds the
// one definition that is wanted, and is edited in place: a database whose view
// carries another Comment gets the view anew. What reads or keeps rows for the
// pipeline itself is a migration.
type View struct {
	Name       string
	Definition string // CREATE OR REPLACE VIEW, with the comments that describe it above
	Comment    string // what the view answers, and a print of the definition
}

var viewTitle = regexp.MustCompile(`(?m)^-- view (\w+): (.+)$`)

// Views returns all questions, section by section.
func Views() []View {
	names, err := fs.Glob(viewFiles, "clickhouse/views/*.sql") // sorted
	if err != nil {
		panic(err) // the pattern is a constant
	}
	var out []View
	for _, name := range names {
		data, err := viewFiles.ReadFile(name)
		if err != nil {
			panic(err) // embedded
		}
		for _, definition := range statements(string(data)) {
			title := viewTitle.FindStringSubmatch(definition)
			made := createView.FindStringSubmatch(definition)
			if title == nil || made == nil || made[3] != title[1] {
				panic(fmt.Sprintf("schemas: %s: no title, or that of another view, above %q", name, firstLine(definition)))
			}
			sum := sha256.Sum256([]byte(definition))
			out = append(out, View{
				Name: title[1], Definition: definition,
				Comment: fmt.Sprintf("%s [%s]", title[2], hex.EncodeToString(sum[:6])),
			})
		}
	}
	return out
}

// Statement makes the view or puts it in the place of the present one.
func (v View) Statement() string {
	return v.Definition + "\nCOMMENT " + quoteString(v.Comment)
}
