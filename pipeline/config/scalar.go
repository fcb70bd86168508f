package config

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
)

func (d *decoder) scalar(n ast.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.String:
		if text, ok := d.text(n, path, "a string"); ok {
			v.SetString(text)
		}
	case reflect.Bool:
		if b, ok := n.(*ast.BoolNode); ok {
			v.SetBool(b.Value)
			return
		}
		d.reject(n, path, "%s must be true or false, not %s", path, kindOf(n))
	case reflect.Int:
		i, ok := integerOf(n)
		if !ok {
			d.reject(n, path, "%s must be a whole number, not %s", path, kindOf(n))
			return
		}
		v.SetInt(i)
	case reflect.Float64:
		f, ok := floatOf(n)
		if !ok {
			d.reject(n, path, "%s must be a number, not %s", path, kindOf(n))
			return
		}
		v.SetFloat(f)
	default:
		panic("config: no decoding for " + v.Type().String())
	}
}

// text is a scalar as a string, with the environment filled in. A number counts
// as its text, because brands and models are called 360 and 7.
func (d *decoder) text(n ast.Node, path, want string) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return d.expand(n, path, n.Value), true
	case *ast.LiteralNode:
		return d.expand(n, path, n.Value.Value), true
	case *ast.IntegerNode, *ast.FloatNode:
		return n.GetToken().Value, true
	}
	d.reject(n, path, "%s must be %s, not %s", path, want, kindOf(n))
	return "", false
}

func decodeText[T any](d *decoder, n ast.Node, v reflect.Value, path, want string, parse func(string) (T, error)) {
	text, ok := d.text(n, path, want)
	if !ok {
		return
	}
	value, err := parse(text)
	if err != nil {
		d.reject(n, path, "%s: %v", path, err)
		return
	}
	v.Set(reflect.ValueOf(value))
}

// parseTime reads RFC 3339, and dates with or without a time of day in the
// config's zone.
func (d *decoder) parseTime(s string) (time.Time, error) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, d.zone); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2026-11-11T00:00:00+08:00, 2026-11-11 20:00 or 2026-11-11", s)
}

// zoneOf finds the timezone before anything is decoded, because times need it.
func zoneOf(root ast.Node) *time.Location {
	c := Default()
	if m, ok := root.(*ast.MappingNode); ok {
		for _, e := range m.Values {
			if s, ok := e.Value.(*ast.StringNode); ok && keyOf(e) == "timezone" {
				c.Timezone = s.Value
			}
		}
	}
	return c.Location()
}

var reference = regexp.MustCompile(`\$?\$\{[^}]*\}?`)
var variableName = regexp.MustCompile(`^\$\{([A-Za-z_][A-Za-z0-9_]*)\}$`)

// expand fills in ${NAME} from the environment; $${ stands for ${.
func (d *decoder) expand(n ast.Node, path, s string) string {
	return reference.ReplaceAllStringFunc(s, func(ref string) string {
		if strings.HasPrefix(ref, "$$") {
			return ref[1:]
		}
		m := variableName.FindStringSubmatch(ref)
		if m == nil {
			d.reject(n, path, "%q is not a variable: write ${NAME}, or $${ for a plain ${", ref)
			return ref
		}
		value, ok := os.LookupEnv(m[1])
		if !ok {
			d.reject(n, path, "environment variable %s is not set", m[1])
		}
		return value
	})
}
