package analyzer

import (
	"slices"

	"fenghuo/pipeline/text"
)

// An outcome is what words of comparison say about the subject of a clause,
// whatever feeling a model reads in them.
type outcome int8

const (
	byScore  outcome = iota // the clause's score tells
	chosen                  // the subject took the object's place: 从A换成B
	superior                // A吊打B
	inferior                // A不如B
)

// What an outcome makes of a clause's score at least: certain of a verdict,
// likely of a choice that nothing speaks against.
const (
	certainScore = .6
	likelyScore  = .35
)

// A mark stands right before what somebody else is compared with.
type mark struct {
	runes   []rune
	outcome outcome
	weak    bool // only where that somebody is named before it in the clause
}

var objectMarks = slices.Concat(
	marks("比 比起 相比 对比 相较 较之 不像 秒杀 than than_the unlike unlike_the compared_to compared_with", byScore, false),
	marks("switched_from switching_from moved_from changed_from came_from upgraded_from", chosen, false),
	marks("胜过 强过 好过 优于 吊打 完爆 完胜 碾压", superior, false),
	marks("不如 不及 比不上 比不过 干不过 输给 worse_than no_better_than not_better_than not_as_good_as near_as_good_as", inferior, false),
	marks("没有 超过 领先 over instead_of", byScore, true),
	marks("甩 甩开 远超 beats beat outperforms > >> >>>", superior, true),
	marks("< << <<<", inferior, true),
)

// A frame stands around what somebody else is compared with: 从A换到B, 跟A比.
type frame struct {
	before, after []mark
	outcome       outcome
	second        bool // only where somebody else is named after it
}

var frames = []frame{
	{marks("从 由 把 将", byScore, false), marks("换 转", byScore, false), chosen, true},
	{nil, marks("换成 换到 换为", byScore, false), chosen, true},
	{marks("ditched dumped dropped swapped traded left", byScore, false), marks("_for", byScore, false), superior, true},
	{marks("跟 和 与 同", byScore, false), marks("比 相比", byScore, false), byScore, false},
	{marks("与其 与其买 与其用 与其选 与其去 与其吃 与其喝 与其开 与其花钱买", byScore, false), marks("不如 还不如 ,不如 ,还不如", byScore, false), superior, true},
	{marks("也不 也不买 也不用 也不选 也不去 也不吃 也不喝 也不开 也不想买 也不想用", byScore, false), nil, superior, false},
	{marks("没有 没", byScore, false), marks("好 强 快 香 靠谱 流畅 耐用 稳 清晰 省心 实在 那么 这么", byScore, false), inferior, false},
	{marks("不比", byScore, false), marks("差 弱 逊 慢", byScore, false), superior, false},
	{marks("不比", byScore, false), marks("好 强 快", byScore, false), inferior, false},
	{marks("被", byScore, false), marks("吊打 完爆 完胜 碾压 秒杀 按在地上 甩 比下去 打败 击败 反超 超越 虐", byScore, false), inferior, false},
}

// preferences must stand in a clause of 也不 before it is a choice between two.
var preferences = marks("宁愿 宁可 宁肯 情愿", byScore, false)

func marks(list string, o outcome, weak bool) (out []mark) {
	for _, m := range phrases(list) {
		out = append(out, mark{[]rune(m), o, weak})
	}
	return out
}

// compared reports that a name is what somebody else is compared with, and
// what that says of the other. A name before it in the clause, and one after it in
// the sentence, make weak marks and frames count.
func (f found) compared(d *text.Doc, named, second bool) (outcome, bool) {
	for i := range frames {
		fr := &frames[i]
		if fr.second && !second || fr.before != nil && markBefore(d.Runes[:f.start], fr.before) < 0 {
			continue
		}
		if fr.after == nil && !(named && contains(clauseBefore(d.Runes[:f.start]), preferences)) {
			continue
		}
		if fr.after == nil || begins(d.Runes[f.end:], fr.after) {
			return fr.outcome, true
		}
	}
	if i := markBefore(d.Runes[:f.start], objectMarks); i >= 0 && (named || !objectMarks[i].weak) {
		return objectMarks[i].outcome, true
	}
	return byScore, false
}

// markBefore is the first of marks that runes end with, or -1.
func markBefore(runes []rune, marks []mark) int {
	if n := len(runes); n > 0 && runes[n-1] == ' ' {
		runes = runes[:n-1]
	}
	for i := range marks {
		m := marks[i].runes
		rest := len(runes) - len(m)
		if rest < 0 || !slices.Equal(runes[rest:], m) {
			continue
		}
		if !latin(m[0]) || rest == 0 || !latin(runes[rest-1]) { // "moreover" is not "over"
			return i
		}
	}
	return -1
}

func begins(runes []rune, marks []mark) bool {
	return slices.ContainsFunc(marks, func(m mark) bool {
		return len(runes) >= len(m.runes) && slices.Equal(runes[:len(m.runes)], m.runes)
	})
}

// clauseBefore is the end of runes that holds no mark of a sentence's end.
func clauseBefore(runes []rune) []rune {
	for i := len(runes) - 1; i >= 0; i-- {
		if runes[i] != ',' && ends(runes, int32(i)) {
			return runes[i+1:]
		}
	}
	return runes
}

func contains(runes []rune, marks []mark) bool {
	for i := range runes {
		if begins(runes[i:], marks) {
			return true
		}
	}
	return false
}

// inferiors say of a clause that compares that its subject comes off badly;
// choices, that it comes off well; contents, of what follows a choice, that nobody
// wants back.
var (
	choices   = marks("prefer_ preferred_ chose_ choose_ picked_", byScore, false)
	inferiors = marks("弟弟 差远 差得远 差一截 差一大截 没法比 比不了 提鞋 不在一个级别", byScore, false)
	contents  = marks("never_going_back never_go_back never_looking_back no_regrets 回不去了 再也不回 真香", byScore, false)
)

// decided is a score as an outcome leaves it.
func (o outcome) decided(score float32) float32 {
	switch {
	case o == superior:
		return max(score, certainScore)
	case o == inferior:
		return min(score, -certainScore)
	case o == chosen && score > -undecided:
		return max(score, likelyScore)
	}
	return score
}
