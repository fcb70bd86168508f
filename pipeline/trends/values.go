package trends

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// Setting is what values are read against.
type Setting struct {
	Location *time.Location           // in which days without a zone begin
	Newest   time.Time                // what "newest" means
	Brand    func(name string) string // id of a brand by any of its names; nil leaves names as they are
}

// Bind turns values as people write them, and the defaults of what they leave
// out, into parameters for the server.
func (v *View) Bind(given map[string]string, s Setting) (map[string]string, error) {
	for name := range given {
		if v.param(name) == nil {
			return nil, fmt.Errorf("view %s has no parameter %q; it has %s", v.Name, name, strings.Join(v.names(), ", "))
		}
	}
	bound := make(map[string]string, len(v.Params))
	for _, p := range v.Params {
		value, found := given[p.Name]
		switch {
		case found:
		case p.Required:
			return nil, fmt.Errorf("view %s needs --param %s", v.Name, strings.Join(v.Required(), "=... --param ")+"=...")
		default:
			value = p.Default
		}
		encoded, err := s.encode(p, value, func(name string) string { return orDefault(given, name, v.param(name)) })
		if err != nil {
			return nil, fmt.Errorf("--param %s: %w", p.Name, err)
		}
		bound[p.Name] = encoded
	}
	// Both are UTC in a layout that sorts as text.
	if from, to := bound["from"], bound["to"]; from != "" && to != "" && from >= to {
		return nil, fmt.Errorf("--param from: %s UTC is not before %s UTC, where the asked time ends", from, to)
	}
	return bound, nil
}

func (v *View) names() (names []string) {
	for _, p := range v.Params {
		names = append(names, p.Name)
	}
	return names
}

func orDefault(given map[string]string, name string, p *Param) string {
	if value, found := given[name]; found || p == nil {
		return value
	}
	return p.Default
}

// encode writes a value as the server reads a parameter: tab-separated text.
// other gives the value of another parameter: a time such as -7d counts from
// the end that the view asks for.
func (s Setting) encode(p Param, value string, other func(string) string) (string, error) {
	switch {
	case strings.HasPrefix(p.Type, "DateTime"):
		end := s.Newest
		if to := other("to"); p.Name == "from" && to != "" {
			var err error
			if end, err = s.moment(to, s.Newest); err != nil {
				return "", err
			}
		}
		at, err := s.moment(value, end)
		return at.UTC().Format(time.DateTime), err
	case strings.HasPrefix(p.Type, "UInt"):
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || n == 0 {
			return "", fmt.Errorf("%q is not a whole number from 1 to %d", value, 1<<31-1)
		}
		return strconv.FormatUint(n, 10), nil
	case p.Type == "Array(String)":
		var list []string
		for name := range strings.SplitSeq(value, ",") {
			if name = strings.TrimSpace(name); name != "" {
				list = append(list, "'"+quoted.Replace(s.brand(name))+"'")
			}
		}
		return "[" + strings.Join(list, ",") + "]", nil
	}
	switch p.Name {
	case "grain":
		if !slices.Contains([]string{"1m", "1h", "1d"}, value) {
			return "", fmt.Errorf("%q: use 1m, 1h or 1d", value)
		}
	case "by":
		if value != "mentions" && value != "complaints" {
			return "", fmt.Errorf("%q: use complaints or mentions", value)
		}
	case "timezone":
		if value == "config" {
			value = s.Location.String()
		}
		if _, err := time.LoadLocation(value); err != nil {
			return "", fmt.Errorf("%q is not an IANA zone such as Asia/Shanghai", value)
		}
	case "brand", "brand_a", "brand_b":
		value = s.brand(value)
	}
	return escaped.Replace(value), nil
}

var (
	escaped = strings.NewReplacer(`\`, `\\`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
	quoted  = strings.NewReplacer(`\`, `\\`, "'", `\'`, "\t", `\t`, "\n", `\n`, "\r", `\r`, "\x00", `\0`)
)

func (s Setting) brand(name string) string {
	if s.Brand == nil {
		return name
	}
	return s.Brand(name)
}

var relative = regexp.MustCompile(`^-\d+[smhdw]$`)

// moment reads a time: newest, a stretch before end such as -7d, a day as it
// begins in the location, or an instant.
func (s Setting) moment(value string, end time.Time) (time.Time, error) {
	if value == "newest" {
		return s.Newest, nil
	}
	if relative.MatchString(value) {
		back, err := config.ParseDuration(value[1:])
		return end.Add(-back.Std()), err
	}
	if day, err := time.ParseInLocation(time.DateOnly, value, s.Location); err == nil {
		return day, nil
	}
	if at, ok := schemas.ParseTime(value); ok {
		return at, nil
	}
	return time.Time{}, fmt.Errorf("%q is not a time: write 2025-11-07, 2025-11-07T08:00:00+08:00, -7d or newest", value)
}
