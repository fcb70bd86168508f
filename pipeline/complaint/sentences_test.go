package complaint

import (
	"slices"
	"testing"

	"fenghuo/pipeline/config"
	"fenghuo/pipeline/sentiment"
	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// scoreSentences returns macro-F1 over the ten types and the share of right
// complaint decisions, on the half that is held for the report or the other.
func scoreSentences(t *testing.T, held bool) (macroF1, accuracy float64) {
	t.Helper()
	model, err := Load(config.Complaints{})
	if err != nil {
		t.Fatal(err)
	}
	feel, err := sentiment.Load()
	if err != nil {
		t.Fatal(err)
	}
	sentences, err := Sentences()
	if err != nil {
		t.Fatal(err)
	}
	tp, fp, fn := map[schemas.ComplaintType]int{}, map[schemas.ComplaintType]int{}, map[schemas.ComplaintType]int{}
	var d text.Doc
	var right, n int
	for _, s := range sentences {
		if s.Held() != held {
			continue
		}
		text.Normalize(&d, s.Text)
		feeling, _ := feel.Score(&d, [2]int32{0, int32(len(d.Runes))}, 0)
		complaint, scores := model.Score(&d, feeling, nil)
		var got []schemas.ComplaintType
		for _, c := range scores {
			if complaint && c.Score >= Threshold {
				got = append(got, c.Type)
			}
		}
		n++
		if complaint == s.Complaint {
			right++
		}
		bad := complaint != s.Complaint
		for _, c := range schemas.ComplaintTypes {
			switch g, w := slices.Contains(got, c), slices.Contains(s.Types, c); {
			case g && w:
				tp[c]++
			case g:
				fp[c]++
				bad = true
			case w:
				fn[c]++
				bad = true
			}
		}
		if bad && !held {
			t.Logf("%.2f %s %v want %v got %v %v: %s", feeling, s.Kind, s.Complaint, s.Types, complaint, got, s.Text)
		}
	}
	for _, c := range schemas.ComplaintTypes {
		f := 2 * float64(tp[c]) / float64(2*tp[c]+fp[c]+fn[c])
		t.Logf("%-20s F1 %.3f (tp %d fp %d fn %d)", c, f, tp[c], fp[c], fn[c])
		macroF1 += f / float64(len(schemas.ComplaintTypes))
	}
	return macroF1, float64(right) / float64(n)
}

// The types of the open half, which the rules were tuned on, and of the half
// that was not looked at.
func TestSentences(t *testing.T) {
	for _, held := range []bool{false, true} {
		f1, acc := scoreSentences(t, held)
		t.Logf("held %v: macro-F1 %.3f, complaint accuracy %.3f", held, f1, acc)
		if f1 < 0.9 || acc < 0.9 {
			t.Errorf("held %v: macro-F1 %.3f, complaint accuracy %.3f, want both at least 0.9", held, f1, acc)
		}
	}
}

// The set keeps its size and shape: all types, all hard kinds, no doubles.
func TestSentencesAreWellFormed(t *testing.T) {
	sentences, err := Sentences()
	if err != nil {
		t.Fatal(err)
	}
	if len(sentences) < 400 {
		t.Errorf("%d sentences, want at least 400", len(sentences))
	}
	types, kinds, seen := map[schemas.ComplaintType]int{}, map[string]int{}, map[string]bool{}
	for _, s := range sentences {
		if seen[s.Text] {
			t.Errorf("twice: %s", s.Text)
		}
		seen[s.Text] = true
		kinds[s.Kind]++
		if len(s.Types) > 0 && !s.Complaint {
			t.Errorf("types but no complaint: %s", s.Text)
		}
		for _, c := range s.Types {
			types[c]++
		}
	}
	for _, c := range schemas.ComplaintTypes {
		if types[c] < 25 {
			t.Errorf("%s: %d sentences, want at least 25", c, types[c])
		}
	}
	for _, k := range []string{"plain", "multi", "title", "negated", "solved", "asked", "ironic", "advert", "news", "praise", "none", "general"} {
		if kinds[k] == 0 {
			t.Errorf("no sentence of kind %q", k)
		}
	}
}
