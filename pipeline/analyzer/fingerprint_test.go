package analyzer

import (
	"math"
	"math/rand/v2"
	"testing"

	"fenghuo/pipeline/text"
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
