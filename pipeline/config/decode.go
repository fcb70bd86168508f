package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/agnivade/levenshtein"
	"github.com/goccy/go-yaml/ast"
)

// decoder fills a Config from a tree and goes on after a fault, so that all are
// reported. It remembers where every value stands, under its path
// (brands[2].aliases[0]), for the checks of validate.
type decoder struct {
	file      string
	faults    FaultsError
	positions map[string]position
	bad       map[string]bool // paths whose value could not be read
	anchors   map[string]ast.Node
	zone      *time.Location // for times without one
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, positions: map[string]position{}, bad: map[string]bool{}, anchors: map[string]ast.Node{}, zone: time.UTC}
}

func (d *decoder) fault(at position, format string, args ...any) {
	d.faults = append(d.faults, Fault{d.file, at.line, at.column, fmt.Sprintf(format, args...)})
}

// reject reports that the value of path, which n stands for, cannot be read.
func (d *decoder) reject(n ast.Node, path, format string, args ...any) {
	d.bad[path] = true
	d.faultAt(n, format, args...)
}

func (d *decoder) faultAt(n ast.Node, format string, args ...any) {
	d.fault(positionOf(n), format, args...)
}

var (
	durationType = reflect.TypeFor[Duration]()
	timeType     = reflect.TypeFor[time.Time]()
)

// value decodes n into v, a settable value. Null leaves v as it is.
func (d *decoder) value(n ast.Node, v reflect.Value, path string) {
	d.positions[path] = positionOf(n)
	n = d.resolve(n)
	if n == nil || n.Type() == ast.NullType {
		return
	}
	switch {
	case v.Type() == durationType:
		decodeText(d, n, v, path, "a duration such as 90s, 15m, 6h or 30d", ParseDuration)
	case v.Type() == timeType:
		decodeText(d, n, v, path, "a time such as 2026-11-11T00:00:00+08:00 or 2026-11-11", d.parseTime)
	case v.Kind() == reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.value(n, p.Elem(), path)
		v.Set(p)
	case v.Kind() == reflect.Struct:
		d.structure(n, v, path)
	case v.Kind() == reflect.Map:
		d.mapping(n, v, path)
	case v.Kind() == reflect.Slice:
		d.list(n, v, path)
	default:
		d.scalar(n, v, path)
	}
}

// resolve follows anchors and aliases to the node that holds the value; nil
// after a fault.
func (d *decoder) resolve(n ast.Node) ast.Node {
	switch n := n.(type) {
	case *ast.AnchorNode:
		value := d.resolve(n.Value)
		d.anchors[n.Name.String()] = value
		return value
	case *ast.AliasNode:
		value, ok := d.anchors[n.Value.String()]
		if !ok {
			d.faultAt(n, "alias *%s has no anchor above it", n.Value)
		}
		return value
	case *ast.TagNode:
		return d.resolve(n.Value)
	}
	return n
}

// entries lists the entries of a mapping; ok is false after a fault.
func (d *decoder) entries(n ast.Node, path string) (entries []*ast.MappingValueNode, ok bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	d.reject(n, path, "%s must be a mapping of keys to values, not %s", naming(path), kindOf(n))
	return nil, false
}

func (d *decoder) structure(n ast.Node, v reflect.Value, path string) {
	entries, ok := d.entries(n, path)
	if !ok {
		return
	}
	fields := fieldsOf(v.Type())
	seen := map[string]position{}
	for _, e := range entries {
		if e.Key.IsMergeKey() {
			if from := d.resolve(e.Value); from != nil {
				d.structure(from, v, path)
			}
			continue
		}
		key := keyOf(e)
		i, known := fields[key]
		switch first, twice := seen[key]; {
		case !known:
			d.faultAt(e.Key, "unknown key %q%s%s", key, in(path), suggestion(key, fields))
		case twice:
			d.faultAt(e.Key, "key %q is given twice%s, first in line %d", key, in(path), first.line)
		default:
			seen[key] = positionOf(e.Key)
			d.value(e.Value, v.Field(i), join(path, key))
		}
	}
}

func (d *decoder) mapping(n ast.Node, v reflect.Value, path string) {
	entries, ok := d.entries(n, path)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, e := range entries {
		key := reflect.ValueOf(keyOf(e)).Convert(v.Type().Key())
		if v.MapIndex(key).IsValid() {
			d.faultAt(e.Key, "key %q is given twice%s", keyOf(e), in(path))
			continue
		}
		value := reflect.New(v.Type().Elem()).Elem()
		d.value(e.Value, value, join(path, keyOf(e)))
		v.SetMapIndex(key, value)
	}
}

func (d *decoder) list(n ast.Node, v reflect.Value, path string) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		d.reject(n, path, "%s must be a list, not %s", naming(path), kindOf(n))
		return
	}
	out := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		setItemDefaults(out.Index(i).Addr().Interface())
		itemPath := fmt.Sprintf("%s[%d]", path, i)
		if item.Type() == ast.NullType {
			d.reject(item, itemPath, "%s is empty", itemPath)
		}
		d.value(item, out.Index(i), itemPath)
	}
	v.Set(out)
}

// fieldsOf maps the keys of a struct to its field indices.
func fieldsOf(t reflect.Type) map[string]int {
	out := make(map[string]int, t.NumField())
	for i := range t.NumField() {
		out[t.Field(i).Tag.Get("yaml")] = i
	}
	return out
}

// suggestion names the nearest key when it is near.
func suggestion(key string, fields map[string]int) string {
	keys := make([]string, 0, len(fields))
	for k := range fields {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	near := slices.MinFunc(keys, func(a, b string) int {
		return cmp.Compare(levenshtein.ComputeDistance(key, a), levenshtein.ComputeDistance(key, b))
	})
	if levenshtein.ComputeDistance(strings.ToLower(key), near) <= max(1, len(near)/2) {
		return fmt.Sprintf(", did you mean %q?", near)
	}
	return "; known are " + strings.Join(keys, ", ")
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func naming(path string) string { return cmp.Or(path, "the file") }

func in(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
