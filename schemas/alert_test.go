package schemas

import (
	"encoding/json"
	"math"
	"testing"
)

func TestAnAlertWithImpossibleFiguresCanBeSent(t *testing.T) {
	a := Alert{Severity: math.Inf(1), Observed: math.NaN(), Evidence: Evidence{
		Odds: math.Inf(1), Keywords: []KeywordEvidence{{Score: math.Inf(-1)}},
	}}
	if _, err := json.Marshal(a); err == nil {
		t.Fatal("JSON carries infinities after all: Finite has no purpose")
	}
	a.Finite()
	if _, err := json.Marshal(a); err != nil {
		t.Error(err)
	}
	if a.Severity != math.MaxFloat64 || a.Observed != 0 {
		t.Errorf("severity %v, observed %v", a.Severity, a.Observed)
	}
}
