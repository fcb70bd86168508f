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

func TestSentences(t *testing.T) {
	f1, acc := scoreSentences(t, false)
	t.Logf("open half: macro-F1 %.3f, complaint accuracy %.3f", f1, acc)
}

func TestSentencesHeld(t *testing.T) {
	f1, acc := scoreSentences(t, true)
	t.Logf("held half: macro-F1 %.3f, complaint accuracy %.3f", f1, acc)
}
