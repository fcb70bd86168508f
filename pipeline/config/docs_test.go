package config

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	yamlast "github.com/goccy/go-yaml/ast"
	yamlparser "github.com/goccy/go-yaml/parser"
	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the generated files")

const docsFile = "../../docs/configuration.md"

// docs/configuration.md is made of the comments in config.go and of Default.
func TestDocs(t *testing.T) {
	got := docs(t)
	if *update {
		if err := os.WriteFile(docsFile, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(docsFile)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run go test ./pipeline/config -update:\n%s", diff)
	}
}

// The example shows every key, is sound, and what it calls a default is one.
func TestExample(t *testing.T) {
	got, err := Parse("example.yaml", []byte(Example))
	if err != nil {
		t.Fatal(err)
	}
	// What the file says is an example is left out of the comparison.
	want := Default()
	got.Brands, got.Channels, got.Calendar, got.Silences, got.Rules, got.RuleFiles = nil, nil, nil, nil, nil, nil
	got.Complaints, got.Detection.Impact, got.Series = Complaints{}, Impact{}, nil
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	file, err := yamlparser.ParseBytes([]byte(Example), 0)
	if err != nil {
		t.Fatal(err)
	}
	shown := map[string]bool{}
	collectKeys(file.Docs[0].Body, "", shown)
	for _, path := range keyPaths(reflect.TypeFor[Config](), "") {
		if !shown[path] {
			t.Errorf("the example does not show %s", path)
		}
	}
}

// collectKeys gathers the paths of a document, with [] for any item of a list.
func collectKeys(n yamlast.Node, path string, into map[string]bool) {
	switch n := n.(type) {
	case *yamlast.MappingNode:
		for _, e := range n.Values {
			key := join(path, keyOf(e))
			into[key] = true
			collectKeys(e.Value, key, into)
		}
	case *yamlast.SequenceNode:
		for _, item := range n.Values {
			collectKeys(item, path+"[]", into)
		}
	}
}

// keyPaths lists every key of a struct in the form of collectKeys.
func keyPaths(typ reflect.Type, path string) []string {
	var out []string
	for _, f := range reflect.VisibleFields(typ) {
		key := join(path, f.Tag.Get("yaml"))
		out = append(out, key)
		if inner, suffix := structIn(f.Type); inner != nil {
			out = append(out, keyPaths(inner, key+suffix)...)
		}
	}
	return out
}

// structIn finds the struct of the config that a field holds, itself or as a
// list.
func structIn(typ reflect.Type) (inner reflect.Type, suffix string) {
	if typ.Kind() == reflect.Slice {
		typ, suffix = typ.Elem(), "[]"
	}
	if typ.Kind() == reflect.Struct && typ != timeType {
		return typ, suffix
	}
	return nil, ""
}

func docs(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	b.WriteString(`# Configuration

<!-- Made by go test ./pipeline/config -update from pipeline/config/config.go. -->

Fenghuo reads one YAML file: ` + "`--config FILE`, else `$FENGHUO_CONFIG`, else `./fenghuo.yaml`" + `. What it
leaves out has the default below; without a file everything is default and no
brand is watched. ` + "`fenghuo config example` prints a commented file with every key,\n`fenghuo config check`" + ` reports everything that is wrong with one, each fault with
its line and column.

` + "- `${NAME}` in a string is the environment variable `NAME`; it must be set. `$${`\n  is a plain `${`." + `
- A duration is a number and a unit, or several: ` + "`90s`, `15m`, `1h30m`, `7d`, `2w`." + `
- A time is RFC 3339, or a date with or without a time of day in ` + "`timezone`." + `
- The file is UTF-8.
- ` + "`--brokers` and `--clickhouse`" + ` on any command override the file.
`)
	d := docWriter{t: t, out: &b, comments: comments(t)}
	d.section("", reflect.ValueOf(*Default()))
	return b.Bytes()
}

type docWriter struct {
	t        *testing.T
	out      *bytes.Buffer
	comments map[string]string // Type and Type.Field to the comment
}

func (d *docWriter) section(path string, v reflect.Value) {
	heading, subject := "`"+path+"`", "It "
	switch {
	case path == "":
		heading = "Top level"
	case strings.HasSuffix(path, "[]"):
		subject = "Each "
	}
	typ := v.Type()
	about := strings.TrimPrefix(d.comments[typ.Name()], typ.Name()+" ")
	if about == "" {
		d.t.Errorf("type %s has no comment", typ.Name())
	}
	fmt.Fprintf(d.out, "\n## %s\n\n", heading)
	if path != "" {
		fmt.Fprintf(d.out, "%s%s\n\n", subject, about)
	}
	d.out.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
	for i := range typ.NumField() {
		f := typ.Field(i)
		inner, _ := structIn(f.Type)
		meaning := d.comments[typ.Name()+"."+f.Name]
		if inner != nil && meaning == "" {
			meaning = "see below"
		}
		fmt.Fprintf(d.out, "| `%s` | %s | %s | %s |\n", f.Tag.Get("yaml"), typeLabel(f.Type), defaultOf(v.Field(i)), meaning)
	}
	for i := range typ.NumField() {
		f := typ.Field(i)
		inner, suffix := structIn(f.Type)
		if inner == nil {
			continue
		}
		value := v.Field(i)
		if suffix != "" {
			item := reflect.New(inner)
			setItemDefaults(item.Interface())
			value = item.Elem()
		}
		d.section(join(path, f.Tag.Get("yaml"))+suffix, value)
	}
}

func typeLabel(typ reflect.Type) string {
	switch {
	case typ == durationType:
		return "duration"
	case typ == timeType:
		return "time"
	case typ.Kind() == reflect.Pointer:
		return typeLabel(typ.Elem())
	case typ.Kind() == reflect.Slice:
		return "list of " + typeLabel(typ.Elem()) + "s"
	case typ.Kind() == reflect.Map:
		return typeLabel(typ.Elem()) + "s by name"
	case typ.Kind() == reflect.Struct:
		return "mapping"
	}
	return map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int: "whole number", reflect.Float64: "number"}[typ.Kind()]
}

// defaultOf writes a default as it would stand in the file; nothing for what is
// empty.
func defaultOf(v reflect.Value) string {
	if inner, _ := structIn(v.Type()); inner != nil {
		return ""
	}
	switch value := v.Interface().(type) {
	case Duration:
		if value == 0 {
			return ""
		}
		return "`" + value.String() + "`"
	case []Duration:
		texts := make([]string, len(value))
		for i, d := range value {
			texts[i] = d.String()
		}
		return "`[" + strings.Join(texts, ", ") + "]`"
	case time.Time:
		return ""
	case *bool:
		return fmt.Sprintf("`%v`", *value)
	}
	if v.IsZero() && v.Kind() != reflect.Bool {
		return ""
	}
	text, err := yaml.MarshalWithOptions(v.Interface(), yaml.Flow(true))
	if err != nil {
		panic(err)
	}
	return "`" + strings.TrimSpace(string(text)) + "`"
}

// comments reads config.go: the text above each type and beside each field.
func comments(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "config.go", nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, decl := range file.Decls {
		g, ok := decl.(*ast.GenDecl)
		if !ok || g.Tok != token.TYPE {
			continue
		}
		spec := g.Specs[0].(*ast.TypeSpec)
		out[spec.Name.Name] = oneLine(g.Doc)
		s, ok := spec.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, f := range s.Fields.List {
			out[spec.Name.Name+"."+f.Names[0].Name] = oneLine(f.Comment)
		}
	}
	return out
}

func oneLine(c *ast.CommentGroup) string { return strings.Join(strings.Fields(c.Text()), " ") }
