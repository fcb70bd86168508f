package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
)

// loadRules adds the rules of the rule files, which lie in or under dir unless
// their paths are absolute.
func (c *Config) loadRules(dir string, d *decoder) (faults FaultsError) {
	owner := map[string]string{}
	for _, r := range c.Rules {
		owner[r.Name] = d.file
	}
	for i, pattern := range c.RuleFiles {
		path := at("rule_files", i)
		place := d.positions[path]
		if !filepath.IsAbs(pattern) {
			pattern = filepath.Join(dir, pattern)
		}
		names, err := filepath.Glob(pattern)
		if err != nil || len(names) == 0 {
			faults = append(faults, Fault{d.file, place.line, place.column, fmt.Sprintf("%s: no file is there at %q", path, pattern)})
		}
		for _, name := range names {
			data, err := os.ReadFile(name)
			if err != nil {
				faults = append(faults, Fault{d.file, place.line, place.column, fmt.Sprintf("%s: %v", path, err)})
				continue
			}
			rules, more := parseRules(name, data)
			faults = append(faults, more...)
			for _, r := range rules {
				if other, twice := owner[r.Name]; twice && other != name { // the parser tells of one file
					faults = append(faults, Fault{name, 1, 1, fmt.Sprintf("rule %q is also in %s", r.Name, other)})
				}
				owner[r.Name] = name
			}
			c.Rules = append(c.Rules, rules...)
		}
	}
	return faults
}

// ParseRules reads data as the content of a rule file: a mapping with the key
// rules, as in the config. The error is as that of Parse.
func ParseRules(name string, data []byte) ([]Rule, error) {
	rules, faults := parseRules(name, data)
	return rules, faults.err()
}

func parseRules(name string, data []byte) ([]Rule, FaultsError) {
	var file struct {
		Rules []Rule `yaml:"rules"`
	}
	d := newDecoder(name)
	if d.whole(data, &file) {
		v := validator{&Config{Rules: file.Rules}, d}
		v.rules()
	}
	return file.Rules, d.faults
}

// Decode reads a YAML file of another kind as strictly as a config: into points
// to a struct whose fields have yaml tags. The error is as that of Parse.
func Decode(name string, data []byte, into any) error {
	d := newDecoder(name)
	d.whole(data, into)
	return d.faults.err()
}

// whole decodes a whole file; ok is false when it is no YAML.
func (d *decoder) whole(data []byte, into any) (ok bool) {
	root, ok := d.parse(data)
	if ok && root != nil {
		d.value(root, reflect.ValueOf(into).Elem(), "")
	}
	return ok
}
