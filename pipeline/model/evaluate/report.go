package evaluate

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
)

// Report is everything that was measured.
type Report struct {
	Goals []Goal `json:"goals"`
	Sets  []Set  `json:"sets"`
}

// Goal is a figure with what it should reach.
type Goal struct {
	Measure  string   `json:"measure"`
	Protocol string   `json:"protocol"`
	N        int      `json:"n"`
	Goal     float64  `json:"goal"`
	Value    float64  `json:"value"`
	Baseline *float64 `json:"lexicon_only,omitempty"`
	AtMost   bool     `json:"at_most,omitempty"`
}

// Reached says whether the goal is met.
func (g Goal) Reached() bool {
	if g.AtMost {
		return g.Value <= g.Goal
	}
	return g.Value >= g.Goal
}

// Set is one labelled set under one protocol.
type Set struct {
	Name     string             `json:"set"`
	Protocol string             `json:"protocol"`
	Model    *Result            `json:"model"`
	Lexicon  *Result            `json:"lexicon_only,omitempty"`
	Parts    map[string]float64 `json:"parts,omitempty"` // accuracy by left-out part
}

// Result holds the measures of one predictor on one set.
type Result struct {
	N         int                `json:"n"`
	Accuracy  float64            `json:"accuracy"`
	MacroF1   float64            `json:"macro_f1"`
	MicroF1   float64            `json:"micro_f1,omitempty"` // of multi-label sets
	ClassF1   map[string]float64 `json:"class_f1"`
	ECE       *float64           `json:"calibration_error,omitempty"`
	Confusion *Confusion         `json:"confusion,omitempty"`
}

func result(c *Confusion) *Result {
	r := &Result{N: c.N(), Accuracy: c.Accuracy(), MacroF1: c.MacroF1(), ClassF1: map[string]float64{}, Confusion: c}
	for i, l := range c.Labels {
		r.ClassF1[l] = c.F1(i)
	}
	return r
}

// JSON writes the report as one indented object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(r)
}

// Markdown writes the report as tables.
func (r *Report) Markdown(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Text models, measured\n\nMade by `fenghuo evaluate text`. \"Lexicon only\" is the built-in word list without any fitted model.\n\n")
	b.WriteString("| measure | protocol | n | goal | model | | lexicon only |\n|---|---|---:|---:|---:|---|---:|\n")
	for _, g := range r.Goals {
		sign, met, base := "≥", "met", "–"
		if g.AtMost {
			sign = "≤"
		}
		if !g.Reached() {
			met = "short"
		}
		if g.Baseline != nil {
			base = fmt.Sprintf("%.4f", *g.Baseline)
		}
		fmt.Fprintf(&b, "| %s | %s | %d | %s %g | %.4f | %s | %s |\n", g.Measure, g.Protocol, g.N, sign, g.Goal, g.Value, met, base)
	}
	for _, s := range r.Sets {
		fmt.Fprintf(&b, "\n## %s\n\n%s.\n", s.Name, s.Protocol)
		s.Model.markdown(&b, "Model")
		if s.Lexicon != nil {
			s.Lexicon.markdown(&b, "Lexicon only")
		}
		if len(s.Parts) > 0 {
			b.WriteString("\nBy left-out part:")
			for _, k := range sorted(s.Parts) {
				fmt.Fprintf(&b, " %s %.4f;", k, s.Parts[k])
			}
			b.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Result) markdown(b *strings.Builder, name string) {
	fmt.Fprintf(b, "\n%s: n %d, ", name, r.N)
	if r.MicroF1 > 0 {
		fmt.Fprintf(b, "micro-F1 %.4f, ", r.MicroF1)
	}
	fmt.Fprintf(b, "accuracy %.4f, macro-F1 %.4f", r.Accuracy, r.MacroF1)
	if r.ECE != nil {
		fmt.Fprintf(b, ", calibration error %.4f", *r.ECE)
	}
	b.WriteString(". F1:")
	for _, k := range sorted(r.ClassF1) {
		fmt.Fprintf(b, " %s %.3f;", k, r.ClassF1[k])
	}
	b.WriteString("\n")
	if c := r.Confusion; c != nil {
		fmt.Fprintf(b, "\n| true \\ predicted | %s |\n|---%s|\n", strings.Join(c.Labels, " | "), strings.Repeat("|---:", len(c.Labels)))
		for i, row := range c.Counts {
			fmt.Fprintf(b, "| %s |", c.Labels[i])
			for _, v := range row {
				fmt.Fprintf(b, " %d |", v)
			}
			b.WriteString("\n")
		}
	}
}
