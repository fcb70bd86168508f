package analyzer

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"fenghuo/pipeline/text"
	"fenghuo/pipeline/text/trie"
)

const (
	near     = 60  // how far from an ambiguous alias a hint counts, in runes
	farthest = 64  // no hint is longer
	maxHits  = 512 // aliases found in one text; more say nothing new
)

// hit is an alias found in the text.
type hit struct {
	start, end int32 // runes
	pattern    int32
	handle     bool // it is the name of an @mention, which is never ambiguous
}

// matcher is the scratch of the search for brands.
type matcher struct {
	hits  []hit    // leftmost longest, in order of the text
	hints []hit    // every word that is a hint, in order of its start
	names []found  // the hits that mean a brand, the sure ones first
	tags  text.Doc // a handle, normalised
	spans spans
}

// found is a hit that was decided to mean a brand.
type found struct {
	name
	hit
}

// search finds all aliases and hints of c in one pass over d.
func (m *matcher) search(c *catalog, d *text.Doc) {
	m.hits, m.hints = m.hits[:0], m.hints[:0]
	runes, t := d.Runes, c.trie
	handle, free := 0, int32(0) // free: where the last hit ended
	for i := next(t, runes, 0); i < len(runes); i = next(t, runes, i+1) {
		if runes[i] == text.RuneMention {
			if len(m.hits) < maxHits {
				m.searchHandle(c, d, d.Handles[handle], int32(i))
			}
			handle++
			continue
		}
		var ok bool
		state := trie.Root
		best := hit{}
		for j := i; j < len(runes); j++ {
			if state, ok = t.Step(state, runes[j]); !ok {
				break
			}
			id := t.Value(state)
			if id < 0 {
				continue
			}
			p, h := &c.patterns[id], hit{start: int32(i), end: int32(j + 1), pattern: id}
			if !p.fits(runes, i, j+1) && !camel(d, i, j+1) {
				continue
			}
			if len(p.hints) > 0 {
				m.hints = append(m.hints, h)
			}
			if len(p.names) > 0 && h.start >= free && len(m.hits) < maxHits && (p.edge&shortHan == 0 || m.wholeTokens(d, h)) {
				best = h
			}
		}
		if best.end > 0 {
			m.hits = append(m.hits, best)
			free = best.end
		}
	}
}

// next is the next place, from one on, at which a key of t may begin or an @mention
// stands.
func next(t *trie.Trie, runes []rune, from int) int {
	for i, r := range runes[from:] {
		if t.Begins(r) || r == text.RuneMention {
			return from + i
		}
	}
	return len(runes)
}

// fits reports that runes[i:j] is not a piece of a longer Latin word or number.
func (p *pattern) fits(runes []rune, i, j int) bool {
	if p.edge&leftLatin != 0 && i > 0 && (latin(runes[i-1]) || digit(runes[i-1])) {
		return false
	}
	if j < len(runes) {
		if p.edge&rightLatin != 0 && latin(runes[j]) {
			return false
		}
		if p.edge&rightDigit != 0 && digit(runes[j]) {
			return false
		}
	}
	return true
}

// camelLeast is the least length of a Latin alias within a word of several.
const camelLeast = 4

// camel reports that runes[i:j] is a word of its own for its capital letters:
// Xiaomi in XiaomiSU7, Target in BoycottTarget.
func camel(d *text.Doc, i, j int) bool {
	if j-i < camelLeast || !upper(d, int32(i)) || !small(d, int32(j-1)) {
		return false
	}
	return (i == 0 || !latin(d.Runes[i-1]) || small(d, int32(i-1))) && (j == len(d.Runes) || !latin(d.Runes[j]) || upper(d, int32(j)))
}

func small(d *text.Doc, i int32) bool {
	c := d.Raw[d.Offsets[i]]
	return c >= 'a' && c <= 'z'
}

// companySuffixes may follow a short name inside one dictionary word, and say
// that it ends there where the words are cut otherwise (零|跑车|主).
var companySuffixes = wordSet("公司 集团 手机 电脑 汽车 电器 官方 客服 股份 银行 车主 车机 旗舰店 专卖店 直播间 通讯 科技 食品 乳业")

// particles may end a word that cuts a short name: 买|华|为了.
var particles = wordSet("了 吗 吧 呢 啊 呀 嘛")

const longestSuffix = 3 // of companySuffixes, in runes

// companyPrefixes may stand before a short name inside one dictionary word:
// 广东电信, 一汽大众.
var companyPrefixes = wordSet(`中国 一汽 上汽 广汽 东风 北京 上海 天津 重庆 广东 江苏 浙江 山东 河南 河北 四川 湖北 湖南 福建 安徽 辽宁 陕西
江西 山西 云南 广西 贵州 吉林 黑龙江 甘肃 海南 青海 宁夏 新疆 西藏 内蒙古 广州 深圳 武汉 成都 杭州 南京 西安`)

// wordSet is a set of the words of a list.
func wordSet(list string) *trie.Trie {
	var entries []trie.Entry
	for _, w := range strings.Fields(list) {
		entries = append(entries, trie.Entry{Key: w})
	}
	t, err := trie.Build(entries)
	if err != nil {
		panic(err) // the lists are constant
	}
	return t
}

// wholeTokens reports that a short name is made of whole tokens: 苹果 is not in
// 苹果树 when that is one word.
func (m *matcher) wholeTokens(d *text.Doc, h hit) bool {
	lo, hi := 0, len(d.Tokens)
	for lo < hi { // the token in which h begins
		mid := (lo + hi) / 2
		if d.Tokens[mid].End <= h.start {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(d.Tokens) {
		return false
	}
	if start := d.Tokens[lo].Start; start != h.start && companyPrefixes.FindRunes(d.Runes[start:h.start]) == trie.None {
		return false
	}
	for ; lo < len(d.Tokens) && d.Tokens[lo].End < h.end; lo++ {
	}
	end := d.Tokens[lo].End
	return end == h.end || end == h.end+1 && particles.FindRunes(d.Runes[h.end:end]) != trie.None || beginsSuffix(d.Runes[h.end:])
}

// beginsSuffix reports that runes begin with one of companySuffixes.
func beginsSuffix(runes []rune) bool {
	for n := 2; n <= min(longestSuffix, len(runes)); n++ {
		if companySuffixes.FindRunes(runes[:n]) != trie.None {
			return true
		}
	}
	return false
}

// searchHandle looks for a brand in an @name: the whole name, or an alias that
// is followed by what official accounts add.
func (m *matcher) searchHandle(c *catalog, d *text.Doc, h text.Handle, at int32) {
	if err := text.Normalize(&m.tags, d.Raw[h.Start:h.End]); err != nil {
		return // the charset loaded before, or there would be no Doc
	}
	var ok bool
	state := trie.Root
	best := trie.None
	for i, r := range m.tags.Runes {
		if state, ok = c.trie.Step(state, r); !ok {
			break
		}
		if id := c.trie.Value(state); id >= 0 && len(c.patterns[id].names) > 0 && official(m.tags.Runes[i+1:]) {
			best = id
		}
	}
	if best != trie.None {
		m.hits = append(m.hits, hit{start: at, end: at + 1, pattern: best, handle: true})
	}
}

// officialSuffixes follow a brand in the names of its own accounts.
var officialSuffixes = wordSet(`官方 官方微博 官微 官方旗舰店 旗舰店 公司 集团 中国 客服 官方客服 客户服务 手机 汽车 火锅 电器 科技 服务 商城
_official official _cn china _china support _support help cares care us usa _us uk air airlines airways`)

func official(rest []rune) bool {
	return len(rest) == 0 || officialSuffixes.FindRunes(rest) != trie.None
}

// decide keeps the hits that mean a brand, in m.names. What is decided supports
// what is not yet, so the ambiguous ones are asked twice.
func (m *matcher) decide(c *catalog, d *text.Doc) {
	m.names = m.names[:0]
	undecided := false
	for _, h := range m.hits {
		for _, n := range c.patterns[h.pattern].names {
			if n.guard < 0 || h.handle {
				m.names = append(m.names, found{n, h})
			} else {
				undecided = true
			}
		}
	}
	for round := 0; round < 2 && undecided; round++ {
		undecided = m.decideAmbiguous(c, d)
	}
}

// onlyNames tells that the text says nothing but names of brands: a hot search for
// 老乡鸡 is no opinion, however the word sounds to a model.
func (m *matcher) onlyNames(d *text.Doc) bool {
	said := func(i int32) bool {
		return !slices.ContainsFunc(m.names, func(f found) bool { return f.start <= i && i < f.end })
	}
	for i, r := range d.Runes {
		if (unicode.IsLetter(r) || unicode.IsSymbol(r)) && said(int32(i)) {
			return false
		}
	}
	return len(m.names) > 0
}

// decideAmbiguous asks about the ambiguous names that are not yet decided, and
// reports whether it is worth asking again.
func (m *matcher) decideAmbiguous(c *catalog, d *text.Doc) (again bool) {
	before, refused := len(m.names), false
	for _, h := range m.hits {
		for _, n := range c.patterns[h.pattern].names {
			if n.guard < 0 || h.handle || slices.Contains(m.names, found{n, h}) {
				continue
			}
			if m.means(c, d, n, h) {
				m.names = append(m.names, found{n, h})
			} else {
				refused = true
			}
		}
	}
	return refused && len(m.names) > before
}

// means decides an ambiguous alias by another name of the brand or of a rival
// in its category, its capital letter, or a word for it nearby; a word against
// it counts when there is nothing for it, and always when it covers the alias
// (小米粥).
func (m *matcher) means(c *catalog, d *text.Doc, n name, h hit) bool {
	support, against := capitalised(d, h), false
	for _, s := range m.names {
		support = support || s.brand == n.brand || c.rivals(s.brand, n.brand)
	}
	from, _ := slices.BinarySearchFunc(m.hints, h.start-near-farthest, func(w hit, at int32) int { return cmp.Compare(w.start, at) })
	for _, w := range m.hints[from:] {
		if w.start > h.end+near {
			break
		}
		if w.end < h.start-near {
			continue
		}
		for _, k := range c.patterns[w.pattern].hints {
			if k.guard != n.guard {
				continue
			}
			if !k.against {
				support = true
			} else if against = true; w.start <= h.start && w.end >= h.end {
				return false
			}
		}
	}
	return support || (!against && !c.guards[n.guard].needs)
}

// capitalised reports that the author wrote a Latin alias with a capital after
// a word without one: Target in "I hate Target", not in "Target is" or "NEW
// TARGET".
func capitalised(d *text.Doc, h hit) bool {
	if h.start < 2 || d.Runes[h.start-1] != ' ' || !upper(d, h.start) {
		return false
	}
	i := h.start - 2
	if !latin(d.Runes[i]) {
		return false
	}
	for i > 0 && latin(d.Runes[i-1]) {
		i--
	}
	return !upper(d, i) || (i == h.start-2 && d.Runes[i] == 'i')
}

func upper(d *text.Doc, i int32) bool {
	c := d.Raw[d.Offsets[i]]
	return c >= 'A' && c <= 'Z'
}
