package schemas

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"path"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

func decodeJSON(t *testing.T, data string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return v
}

func readJSON(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := Files.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	v, ok := decodeJSON(t, string(data)).(map[string]any)
	if !ok {
		t.Fatalf("%s is no object", name)
	}
	return v
}

func compile(t *testing.T, name string) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(name, readJSON(t, name)); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exampleSchema names the schema that an example of that name follows.
func exampleSchema(example string) string {
	base := strings.TrimSuffix(path.Base(example), ".json")
	if strings.HasPrefix(base, "post") {
		base = "post"
	}
	return "json/" + base + ".schema.json"
}

func TestExamplesFollowTheirSchemas(t *testing.T) {
	examples, err := fs.Glob(Files, "examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := fs.Glob(Files, "json/*.json")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range examples {
		used[exampleSchema(name)] = true
		if err := compile(t, exampleSchema(name)).Validate(readJSON(t, name)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range schemas {
		if !used[name] {
			t.Errorf("%s has no example", name)
		}
	}
}

// Without any of its required fields, or with another type in one, an example
// is refused.
func TestSchemasRefuse(t *testing.T) {
	optional := map[string]bool{"origin": true} // of a dead letter
	for _, name := range []string{"alert", "alert-headers", "mention", "deadletter-headers"} {
		schema := compile(t, "json/"+name+".schema.json")
		for field := range readJSON(t, "examples/"+name+".json") {
			v := readJSON(t, "examples/"+name+".json")
			delete(v, field)
			if err := schema.Validate(v); (err == nil) != optional[field] {
				t.Errorf("%s without %s: %v", name, field, err)
			}
			v[field] = map[string]any{"other": "shape", "n": []any{}}
			if schema.Validate(v) == nil {
				t.Errorf("%s with an object for %s is accepted", name, field)
			}
		}
	}
}

func TestValueSchemaIsTheType(t *testing.T) {
	s := readJSON(t, "json/value.schema.json")
	compareKeys(t, "value", s["properties"], jsonFields(reflect.TypeFor[Value]()))
}

func TestPostSchemaIsTheType(t *testing.T) {
	s := readJSON(t, "json/post.schema.json")
	compareKeys(t, "post", s["properties"], jsonFields(reflect.TypeFor[Post]()))
}

// The alert's schema and the Go type say the same at every depth: the same
// names, required where Go always writes them, of the same kind.
func TestAlertSchemaIsTheType(t *testing.T) {
	s := readJSON(t, "json/alert.schema.json")
	compareObject(t, "alert", s, s, reflect.TypeFor[Alert]())
}

func compareObject(t *testing.T, at string, root, s map[string]any, typ reflect.Type) {
	properties, _ := s["properties"].(map[string]any)
	fields := jsonFields(typ)
	compareKeys(t, at, properties, fields)
	required := map[string]bool{}
	list, _ := s["required"].([]any)
	for _, name := range list {
		required[name.(string)] = true
	}
	for name, f := range fields {
		p, _ := properties[name].(map[string]any)
		if ref, ok := p["$ref"].(string); ok {
			p = root["$defs"].(map[string]any)[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		if required[name] == strings.Contains(f.Tag.Get("json"), ",omit") {
			t.Errorf("%s.%s: required is %v", at, name, required[name])
		}
		compareType(t, at+"."+name, root, p, f.Type)
	}
}

func compareType(t *testing.T, at string, root, p map[string]any, typ reflect.Type) {
	want := map[reflect.Kind]string{reflect.String: "string", reflect.Bool: "boolean", reflect.Int64: "integer",
		reflect.Float64: "number", reflect.Slice: "array", reflect.Struct: "object", reflect.Map: "object"}[typ.Kind()]
	if typ == reflect.TypeFor[time.Time]() {
		want = "string"
		if p["format"] != "date-time" {
			t.Errorf("%s: format %v for a time", at, p["format"])
		}
	}
	kinds, ok := p["type"].([]any)
	if !ok {
		kinds = []any{p["type"]}
	}
	if !slices.Contains(kinds, any(want)) {
		t.Errorf("%s: type %v for a Go %s", at, p["type"], typ)
		return
	}
	switch want {
	case "object":
		if typ.Kind() == reflect.Struct {
			compareObject(t, at, root, p, typ)
		}
	case "array":
		items, _ := p["items"].(map[string]any)
		if typ.Elem().Kind() == reflect.Struct {
			compareObject(t, at+"[]", root, items, typ.Elem())
		}
	}
}

// A mention has the same names in Go (in another spelling), in JSON and in the
// table.
func TestMentionNamesAgree(t *testing.T) {
	fields := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Mention]()) {
		fields[snake(f.Name)] = f
	}
	s := readJSON(t, "json/mention.schema.json")
	compareKeys(t, "mention", s["properties"], fields)
	columns := map[string]reflect.StructField{}
	for _, name := range tableColumns(t, "mentions") {
		columns[name] = reflect.StructField{}
	}
	compareKeys(t, "table mentions", s["properties"], columns)
}

// Table alert_log has every field of an alert, and two of its own.
func TestAlertColumnsAgree(t *testing.T) {
	want := []string{"inserted_at", "seq"}
	for name := range jsonFields(reflect.TypeFor[Alert]()) {
		want = append(want, name)
	}
	got := tableColumns(t, "alert_log")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

var column = regexp.MustCompile(`(?m)^    (\w+) +\S`)

func tableColumns(t *testing.T, table string) []string {
	t.Helper()
	for _, m := range Migrations() {
		for _, s := range m.Statements() {
			name := createTable.FindStringSubmatch(s)
			if name == nil || name[1] != table {
				continue
			}
			var out []string
			for _, c := range column.FindAllStringSubmatch(s, -1) {
				out = append(out, c[1])
			}
			return out
		}
	}
	t.Fatalf("no table %s", table)
	return nil
}

var wordStart = regexp.MustCompile(`([a-z])([A-Z])`)

func snake(s string) string { return strings.ToLower(wordStart.ReplaceAllString(s, "${1}_${2}")) }

func jsonFields(typ reflect.Type) map[string]reflect.StructField {
	out := map[string]reflect.StructField{}
	for _, f := range reflect.VisibleFields(typ) {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		out[name] = f
	}
	return out
}

func compareKeys(t *testing.T, at string, properties any, fields map[string]reflect.StructField) {
	t.Helper()
	got, want := []string{}, []string{}
	for name := range properties.(map[string]any) {
		got = append(got, name)
	}
	for name := range fields {
		want = append(want, name)
	}
	slices.Sort(got)
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s:\n%s", at, diff)
	}
}

// An alert as Go writes it follows the schema, also when its lists are empty.
func TestWrittenAlertsFollowTheSchema(t *testing.T) {
	schema := compile(t, "json/alert.schema.json")
	var full Alert
	data, err := Files.ReadFile("examples/alert.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &full); err != nil {
		t.Fatal(err)
	}
	bare := full
	bare.Channels, bare.Evidence, bare.CrisisType = nil, Evidence{}, Unspecified
	for _, a := range []Alert{full, bare} {
		data, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(decodeJSON(t, string(data))); err != nil {
			t.Errorf("%s: %v", data, err)
		}
	}
	headers := map[string]any{}
	for _, h := range AlertHeaders(&full) {
		headers[h.Key] = h.Value
	}
	if diff := cmp.Diff(readJSON(t, "examples/alert-headers.json"), headers); diff != "" {
		t.Error(diff)
	}
}

// The reasons in the schema are those of the program, and the AsyncAPI document
// is well formed: version 3, every reference leads somewhere, every message is
// one that a schema here describes or a private one.
func TestReasonsAgree(t *testing.T) {
	s := readJSON(t, "json/deadletter-headers.schema.json")
	got := s["properties"].(map[string]any)["reason"].(map[string]any)["enum"]
	want := []any{string(ReasonNotJSON), string(ReasonSchema), string(ReasonNoText), string(ReasonTooLong),
		string(ReasonInvalidUTF8), string(ReasonNoTime), string(ReasonPast), string(ReasonFuture), string(ReasonColumns)}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestAsyncAPI(t *testing.T) {
	data, err := Files.ReadFile("asyncapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if err := yaml.Unmarshal(data, &doc); err != nil {
		t.Fatal(err)
	}
	if doc["asyncapi"] != "3.0.0" {
		t.Errorf("version %v", doc["asyncapi"])
	}
	channels, _ := doc["channels"].(map[string]any)
	if len(channels) != 5 {
		t.Errorf("%d channels", len(channels))
	}
	files := map[string]bool{}
	checkReferences(t, doc, doc, files)
	for _, name := range []string{"post", "value", "alert", "alert-headers", "deadletter-headers"} {
		if !files["json/"+name+".schema.json"] {
			t.Errorf("%s.schema.json is not used", name)
		}
	}
}

func checkReferences(t *testing.T, doc map[string]any, node any, files map[string]bool) {
	switch node := node.(type) {
	case map[string]any:
		if ref, ok := node["$ref"].(string); ok {
			checkReference(t, doc, ref, files)
		}
		for _, v := range node {
			checkReferences(t, doc, v, files)
		}
	case []any:
		for _, v := range node {
			checkReferences(t, doc, v, files)
		}
	}
}

func checkReference(t *testing.T, doc map[string]any, ref string, files map[string]bool) {
	inside, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		name := path.Clean(ref)
		if data, err := Files.ReadFile(name); err != nil || !bytes.Contains(data, []byte("$schema")) {
			t.Errorf("%s leads nowhere", ref)
		}
		files[name] = true
		return
	}
	var at any = doc
	for _, part := range strings.Split(inside, "/") {
		m, _ := at.(map[string]any)
		at = m[part]
	}
	if at == nil {
		t.Errorf("%s leads nowhere", ref)
	}
}
