package config

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// Load reads the file named path; see Parse. A file that is not there is an
// error that is fs.ErrNotExist.
func Load(path string) (*Config, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("config file: %w", err)
	}
	return Parse(path, data)
}

// Parse reads data as the content of a file called name. What the file leaves
// out is as in Default; an empty file is Default. ${NAME} in a string stands for
// the environment variable, $${ for a plain ${. An error of the content is a
// FaultsError with everything that is wrong.
func Parse(name string, data []byte) (*Config, error) {
	d := newDecoder(name)
	c := Default()
	root, ok := d.parse(data)
	if ok && root != nil {
		d.zone = zoneOf(root)
		d.value(root, reflect.ValueOf(c).Elem(), "")
	}
	if ok {
		validate(c, d)
		d.faults = append(d.faults, c.loadRules(filepath.Dir(name), d)...)
	}
	if err := d.faults.err(); err != nil {
		return nil, err
	}
	c.complete()
	return c, nil
}

// parse reads the text into a tree; nil for a file without content.
func (d *decoder) parse(data []byte) (ast.Node, bool) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		d.notUTF8(data)
		return nil, false
	}
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil, false
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil || doc.Body.Type() == ast.CommentType {
			continue
		}
		if body != nil {
			d.faultAt(doc.Body, "a second document begins here: a config file is one document")
			return nil, false
		}
		body = doc.Body
	}
	return body, true
}

func (d *decoder) syntax(err error) {
	var e *yaml.SyntaxError
	if !errors.As(err, &e) {
		d.fault(position{1, 1}, "not YAML: %v", err)
		return
	}
	d.fault(position{e.Token.Position.Line, e.Token.Position.Column}, "not YAML: %s", e.Message)
}

func (d *decoder) notUTF8(data []byte) {
	at := position{1, 1}
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		if r == utf8.RuneError && size == 1 {
			break
		}
		at.column++
		if r == '\n' {
			at = position{at.line + 1, 1}
		}
		data = data[size:]
	}
	hint := ""
	if text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(data); err == nil && !bytes.ContainsRune(text, utf8.RuneError) {
		hint = fmt.Sprintf("; it looks like GBK: iconv -f GBK -t UTF-8 %s", d.file)
	}
	d.fault(at, "the file is not UTF-8%s", hint)
}
