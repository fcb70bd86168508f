package trends

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"fenghuo/schemas"
)

// View is one question.
type View struct {
	Name    string
	Section string   // heading under which it stands
	About   string   // one line
	Notes   []string // more lines: formulas
	Params  []Param  // in the order of the query
	Example []Value  // besides the defaults; values may be Placeholders
	Columns []string // of the answer, in order
}

// Param of a view.
type Param struct {
	Name     string
	Type     string // of ClickHouse
	Default  string
	Required bool // has no default
}

// Value of a parameter, as a person writes it.
type Value struct{ Name, Value string }

// Placeholders stand for values in examples, which depend on the data.
var Placeholders = []string{"BRAND", "OTHER", "SKU", "CRISIS", "EARLIER"}

var placeholder = regexp.MustCompile(`\{(\w+):([^{}]+)\}`)

// Catalogue returns all views in the order of the schema.
func Catalogue() []View {
	var views []View
	section := ""
	for _, question := range schemas.Views() {
		v, err := parse(question, &section)
		if err != nil {
			panic(fmt.Sprintf("trends: %v", err)) // embedded, and tested
		}
		views = append(views, *v)
	}
	return views
}

// Find returns the view of that name.
func Find(name string) (*View, error) {
	views := Catalogue()
	i := slices.IndexFunc(views, func(v View) bool { return v.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("there is no view %q", name)
	}
	return &views[i], nil
}

// parse reads the comment above a view.
func parse(question schemas.View, section *string) (*View, error) {
	v := &View{Name: question.Name}
	defaults := map[string]string{}
	for line := range strings.Lines(question.Definition) {
		comment, isComment := strings.CutPrefix(strings.TrimSpace(line), "-- ")
		if !isComment {
			continue
		}
		switch key, rest, _ := strings.Cut(comment, ": "); {
		case key == "view "+v.Name:
			v.About = rest
		case key == "section":
			*section = rest
		case v.About == "": // about the whole file
		case key == "default":
			for _, d := range values(rest) {
				defaults[d.Name] = d.Value
			}
		case key == "example":
			v.Example = values(rest)
		case key == "columns":
			v.Columns = strings.Fields(rest)
		default:
			v.Notes = append(v.Notes, comment)
		}
	}
	v.Section = *section
	for _, p := range placeholder.FindAllStringSubmatch(question.Definition, -1) {
		if v.param(p[1]) != nil {
			continue
		}
		def, found := defaults[p[1]]
		v.Params = append(v.Params, Param{Name: p[1], Type: p[2], Default: def, Required: !found})
		delete(defaults, p[1])
	}
	for name := range defaults {
		return nil, fmt.Errorf("view %s has no parameter %s", v.Name, name)
	}
	return v, nil
}

// values reads name=value pairs with blanks between them.
func values(s string) (list []Value) {
	for _, pair := range strings.Fields(s) {
		name, value, _ := strings.Cut(pair, "=")
		list = append(list, Value{name, value})
	}
	return list
}

func (v *View) param(name string) *Param {
	for i := range v.Params {
		if v.Params[i].Name == name {
			return &v.Params[i]
		}
	}
	return nil
}

// Required lists the parameters that must be given.
func (v *View) Required() (names []string) {
	for _, p := range v.Params {
		if p.Required {
			names = append(names, p.Name)
		}
	}
	return names
}
