package analyzer

import (
	"strings"
	"testing"

	"fenghuo/pipeline/config"
	"fenghuo/schemas"
)

// Who comes off better is told by the words that compare, not by the feeling
// that a model reads in them: + is said of the better, - of the other.
func TestOutcomes(t *testing.T) {
	a, err := New(Options{Brands: []config.Brand{
		{ID: "nio", Name: "蔚来"}, {ID: "tesla", Name: "特斯拉", Aliases: []string{"Tesla"}},
		{ID: "verizon", Name: "Verizon"}, {ID: "sprint", Name: "Sprint Mobile"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	s := NewScratch()
	for raw, want := range map[string]string{
		"特斯拉完爆蔚来":                                                  "tesla+ nio-",
		"蔚来被特斯拉按在地上摩擦":                                             "nio- tesla+",
		"跟特斯拉比，蔚来就是个弟弟":                                            "tesla+ nio-",
		"与其买蔚来不如买特斯拉":                                              "nio- tesla+",
		"宁愿走路坐特斯拉也不买蔚来":                                            "tesla+ nio-",
		"蔚来没有特斯拉好":                                                 "nio- tesla+",
		"蔚来不比特斯拉差":                                                 "nio+ tesla-",
		"把蔚来换成了特斯拉，再也不卡了":                                          "nio- tesla+",
		"Tesla > 蔚来":                                               "tesla+ nio-",
		"I prefer Tesla over Verizon":                              "tesla+ verizon-",
		"Switched from Verizon to Sprint Mobile, never going back": "verizon- sprint+",
		"Ditched Verizon for Sprint Mobile":                        "verizon- sprint+",
		"Verizon is nowhere near as good as Sprint Mobile":         "verizon- sprint+",
		"Switched from Verizon to Sprint Mobile and I regret it":   "verizon+ sprint-",
		"蔚来换成了新系统，卡死了":                                             "nio-", // nobody else is named
	} {
		r := a.Analyze(&schemas.Post{Text: raw}, s)
		got := map[string]string{}
		for _, b := range r.Brands {
			got[b.Brand] = b.Brand + map[bool]string{true: "+", false: "-"}[b.Sentiment > 0]
		}
		for _, w := range strings.Fields(want) {
			if id := strings.TrimRight(w, "+-"); got[id] != w {
				t.Errorf("%q: %q, want %q", raw, got[id], w)
			}
		}
	}
}
