package report

import "testing"

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"花西子": "zh", "SK-II 神仙水": "zh", "資生堂はどう": "ja", "설화수": "ko", "Acme & Sons": "", "": "",
	} {
		if got := language(text); got != want {
			t.Errorf("language(%q) = %q, want %q", text, got, want)
		}
	}
}
