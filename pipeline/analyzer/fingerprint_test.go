package analyzer

import (
	"math"
	"math/rand/v2"
	"testing"

	"fenghuo/pipeline/text"
	"fenghuo/schemas"
)

// The fingerprint is that of the plain definition, however many shingles there are.
func TestFingerprintIsThePlainOne(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	var p prints
	for _, n := range []int{9, 10, 11, 60, hashes + 1, hashes + 2, hashes + 3, 3*hashes + 7, 40} {
		d := &text.Doc{}
		for range n {
			d.Runes = append(d.Runes, []rune{rune(rng.IntN(0x80)), 0x4E00 + rune(rng.IntN(0x5200)), rune(rng.IntN(0x20000))}[rng.IntN(3)])
		}
		if got, want := p.fingerprint(d), plainFingerprint(d.Runes); got != want {
			t.Errorf("%d runes: %x, want %x", n, got, want)
		}
	}
}

func plainFingerprint(runes []rune) (print uint64) {
	var kept []rune
	for _, r := range runes {
		switch {
		case digit(r):
			kept = append(kept, '0')
		case informative(r):
			kept = append(kept, r)
		}
	}
	if len(kept) < shortest {
		return 0
	}
	for k, m := range multipliers {
		least := uint64(math.MaxUint64)
		for i := range len(kept) - shingle + 1 {
			h := (uint64(kept[i])<<42 | uint64(kept[i+1])<<21 | uint64(kept[i+2])) * 0xFF51AFD7ED558CCD
			least = min(least, (h^h>>32)*m)
		}
		least ^= least >> 29
		print |= least * 0xBF58476D1CE4E5B9 >> 56 << (8 * k)
	}
	return max(1, print)
}

// Copies with another number, link, name or mark have the same fingerprint, or
// nearly; other texts have not.
func TestFingerprint(t *testing.T) {
	s := NewScratch()
	print := func(raw string) uint64 { return shared().Analyze(&schemas.Post{Text: raw}, s).Fingerprint }
	const flood = "某某品牌的客服态度极其恶劣,大家千万不要购买他们家的产品,我已经投诉到消费者协会了"
	a := print(flood)
	for _, raw := range []string{
		flood + "!!!",
		flood + " http://t.cn/abc",
		"@张三 " + flood,
		"某某品牌的客服态度极其恶劣,大家千万不要购买他们家的产品,我已经投诉到消费者协会啦",
		"【" + flood + "】",
	} {
		if n := Similar(a, print(raw)); n < 5 {
			t.Errorf("%q agrees in %d bytes with its copy", raw, n)
		}
	}
	if n := Similar(a, print("今天的天气真不错,适合出去散步,公园里的花都开了,小朋友们玩得很开心")); n >= 5 {
		t.Errorf("an unrelated text agrees in %d bytes", n)
	}
	if x, y := print("订单12345号三天没有发货请尽快处理"), print("订单98765号三天没有发货请尽快处理"); x != y {
		t.Error("numbers change the fingerprint")
	}
	if print("太差了!!!") != 0 {
		t.Error("a very short text has a fingerprint")
	}
}

func TestSimilarCountsEqualBytes(t *testing.T) {
	for _, c := range []struct {
		a, b uint64
		want int
	}{{0, 0, 8}, {0, ^uint64(0), 0}, {0x0102030405060708, 0x0102030405060709, 7}, {0x80, 0, 7}, {0x0100, 0, 7}, {0x8000, 0x0080, 6}} {
		if got := Similar(c.a, c.b); got != c.want {
			t.Errorf("Similar(%x, %x) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
