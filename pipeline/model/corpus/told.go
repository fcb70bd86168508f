package corpus

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed told.txt
var toldText string

//go:embed told_en.txt
var toldEnglishText string

// Told gives complaints as people tell them, written for this project: Aspect
// holds the complaint types, none where no type can be told, Domain the trade.
func Told() ([]Example, error) { return readTold(toldText) }

// ToldEnglish does the same in English.
func ToldEnglish() ([]Example, error) { return readTold(toldEnglishText) }

func readTold(file string) ([]Example, error) {
	var heading Example
	var out []Example
	for n, line := range strings.Split(file, "\n") {
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '[':
			types, trade, ok := strings.Cut(strings.Trim(line, "[]"), "; ")
			if !ok {
				return nil, fmt.Errorf("told complaints, line %d: %q is no heading; write [types; trade]", n+1, line)
			}
			heading = Example{Label: Neg, Flag: true, Domain: trade}
			if types != "none" {
				heading.Aspect = strings.Split(types, "+")
			}
		default:
			e := heading
			e.Text = line
			out = append(out, e)
		}
	}
	return out, nil
}
