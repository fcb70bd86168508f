package rules

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
)

var blank = regexp.MustCompile(`\{\{\s*(\w+)\s*\}\}`)

// summarize fills {{ column }} with the row's values.
func summarize(template string, value func(column string) (any, bool)) string {
	return blank.ReplaceAllStringFunc(template, func(m string) string {
		v, found := value(blank.FindStringSubmatch(m)[1])
		if !found {
			return m
		}
		return show(v)
	})
}

func show(v any) string {
	switch x := v.(type) {
	case nil:
		return "unknown"
	case float64:
		if x == math.Trunc(x) && math.Abs(x) < 1e15 {
			return strconv.FormatFloat(x, 'f', 0, 64)
		}
		return strconv.FormatFloat(x, 'g', 3, 64)
	case float32:
		return show(float64(x))
	}
	return fmt.Sprint(v)
}

// blanks lists the columns that a summary names.
func blanks(template string) (names []string) {
	for _, m := range blank.FindAllStringSubmatch(template, -1) {
		names = append(names, m[1])
	}
	return names
}
