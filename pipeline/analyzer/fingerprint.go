package analyzer

import (
	"math/bits"

	"fenghuo/pipeline/text"
)

// A fingerprint is eight 8-bit min-hashes of the text's shingles: two texts
// agree in each byte with the probability of their shingles' Jaccard
// similarity (Broder 1997; b-bit variant Li and König 2010). Package neardup
// calls two texts the same when at least five bytes agree.

const (
	shingle    = 3 // runes
	shortest   = 8 // informative runes below which texts are not compared
	printBytes = 8
)

// prints is the scratch of fingerprinting.
type prints struct {
	runes  []rune         // the informative ones
	hashes [hashes]uint64 // of some of their shingles
}

// hashes is how many shingles are hashed before their least are sought: a loop
// for four functions keeps all it needs in registers, one for eight does not.
const hashes = 256

// multipliers of the eight hash functions: odd, random, fixed for ever.
var multipliers = [printBytes]uint64{
	0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93,
	0xA0761D6478BD642F, 0xE7037ED1A0B428DB, 0x8EBC6AF09C88C6E3, 0x589965CC75374CC3,
}

// fingerprint hashes the informative runes of d: letters and digits, all digits
// alike, so that a flood that changes numbers, marks, links or names groups.
// It is 0 for a text too short to compare.
func (p *prints) fingerprint(d *text.Doc) uint64 {
	p.choose(d.Runes)
	if len(p.runes) < shortest {
		return 0
	}
	const most = ^uint64(0)
	least := [printBytes]uint64{most, most, most, most, most, most, most, most}
	for from := 0; from+shingle <= len(p.runes); from += hashes {
		some := p.hash(p.runes[from:min(from+hashes+shingle-1, len(p.runes))])
		for i := 0; i < printBytes; i += 4 {
			lower((*[4]uint64)(least[i:]), (*[4]uint64)(multipliers[i:]), some)
		}
	}
	var print uint64
	for i, v := range least {
		v ^= v >> 29
		v *= 0xBF58476D1CE4E5B9
		print |= v >> 56 << (8 * i)
	}
	if print == 0 {
		return 1 // 0 means none
	}
	return print
}

// choose gathers the informative runes.
func (p *prints) choose(runes []rune) {
	if cap(p.runes) < len(runes) {
		p.runes = make([]rune, len(runes)+len(runes)/4+64)
	}
	chosen, n := p.runes[:len(runes)], 0
	for _, r := range runes {
		if r < firstIdeograph || r > lastIdeograph {
			if digit(r) {
				r = '0'
			} else if !informative(r) {
				continue
			}
		}
		chosen[n] = r
		n++
	}
	p.runes = chosen[:n]
}

// hash gives the hashes of the shingles of runes.
func (p *prints) hash(runes []rune) []uint64 {
	out := p.hashes[:len(runes)-shingle+1]
	window := uint64(runes[0])<<21 | uint64(runes[1])
	for i, r := range runes[shingle-1:] {
		window = (window<<21 | uint64(r)) & (1<<63 - 1)
		h := window * 0xFF51AFD7ED558CCD
		out[i] = h ^ h>>32
	}
	return out
}

// lower lowers the least values of four hash functions to those of some
// shingles.
func lower(least, by *[4]uint64, hashes []uint64) {
	a, b, c, d := least[0], least[1], least[2], least[3]
	k, l, m, n := by[0], by[1], by[2], by[3]
	for _, h := range hashes {
		a, b, c, d = min(a, h*k), min(b, h*l), min(c, h*m), min(d, h*n)
	}
	*least = [4]uint64{a, b, c, d}
}

func informative(r rune) bool {
	switch {
	case r >= 'a' && r <= 'z', r >= 0x4E00 && r <= 0x9FFF:
		return true
	case r < 0xC0:
		return false
	case r < 0x2000, r >= 0x3040 && r < 0x4E00, r >= 0xAC00 && r < 0xD7A4:
		return true
	}
	return false
}

// Similar counts the bytes in which two fingerprints agree, 0..8.
func Similar(a, b uint64) int {
	x := a ^ b
	const low7 = 0x7F7F7F7F7F7F7F7F
	zero := ^((x&low7 + low7) | x | low7) // high bit of every zero byte
	return bits.OnesCount64(zero)
}
