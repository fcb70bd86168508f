package report

import (
	"strings"
	"testing"
)

// A word gets back what was cut from it, and nothing that only stands beside it.
func TestWholeWords(t *testing.T) {
	split := func(texts ...string) (list [][]string) {
		for _, s := range texts {
			list = append(list, strings.Fields(s))
		}
		return list
	}
	for name, c := range map[string]struct {
		word, want string
		texts      [][]string
	}{
		"a name":            {"李佳", "李佳琦", split("李佳 琦 带 货", "回应 李佳 琦", "没有 李佳 琦")},
		"before it":         {"作文", "小作文", split("小 作文", "写 小 作文", "小 作文 事件")},
		"of several tokens": {"二选", "二选一", split("二 选 一", "面临 二 选 一", "称 二 选 一 了")},
		"two texts":         {"李佳", "李佳", split("李佳 琦 带 货", "回应 李佳 琦")},
		"a particle":        {"客服", "客服", split("客服 的 态度", "客服 的 错", "客服 的 话")},
		"a whole word":      {"眉笔", "眉笔", split("花西子 眉笔 价格", "花西子 眉笔 价格", "花西子 眉笔 价格")},
		"not always":        {"李佳", "李佳", split("李佳 琦", "李佳 琦", "李佳 琦", "李佳 说")},
		"nowhere":           {"李佳", "李佳", split("王", "王", "王")},
	} {
		if got := whole(c.word, c.texts); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
