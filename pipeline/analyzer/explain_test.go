package analyzer

import (
	"strings"
	"testing"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// counting counts how often the real model is asked.
type counting struct {
	complaintModel
	asked int
}

func (c *counting) Score(d *text.Doc, sentiment float32, dst []schemas.ComplaintScore) (bool, []schemas.ComplaintScore) {
	c.asked++
	return c.complaintModel.Score(d, sentiment, dst)
}

// A long text is not scored once for every word of it, and is as it was afterwards.
func TestExplainOfALongText(t *testing.T) {
	a, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	model := &counting{complaintModel: a.complaint}
	a.complaint = model
	calm := strings.Repeat("今天天气晴朗，我们一起去了公园。", 2000)
	p, s := &schemas.Post{Text: calm + "充电器突然冒烟了。" + calm}, NewScratch()
	a.Analyze(p, s)
	before := string(s.doc.Runes)
	model.asked = 0
	words := a.Explain(p, s).Complaints["product_safety"]
	if len(words) == 0 || !strings.Contains(words[0].Text, "冒烟") {
		t.Errorf("words of product_safety %v, want 冒烟 first", words)
	}
	if tokens := len(s.doc.Tokens); model.asked > 200 {
		t.Errorf("scored %d times for %d tokens", model.asked, tokens)
	}
	if string(s.doc.Runes) != before {
		t.Error("the text was changed")
	}
}
