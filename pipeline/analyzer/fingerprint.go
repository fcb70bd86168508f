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
type prints struct{ runes []rune }

// Multipliers of the eight hash functions: odd, random, fixed for ever.
const (
	multiplier0 = 0x9E3779B97F4A7C15
	multiplier1 = 0xC2B2AE3D27D4EB4F
	multiplier2 = 0x165667B19E3779F9
	multiplier3 = 0xD6E8FEB86659FD93
	multiplier4 = 0xA0761D6478BD642F
	multiplier5 = 0xE7037ED1A0B428DB
	multiplier6 = 0x8EBC6AF09C88C6E3
	multiplier7 = 0x589965CC75374CC3
)

// fingerprint hashes the informative runes of d: letters and digits, all digits
// alike, so that a flood that changes numbers, marks, links or names groups.
// It is 0 for a text too short to compare.
func (p *prints) fingerprint(d *text.Doc) uint64 {
	runes := p.runes[:0]
	for _, r := range d.Runes {
		switch {
		case r >= '0' && r <= '9':
			runes = append(runes, '0')
		case informative(r):
			runes = append(runes, r)
		}
	}
	p.runes = runes
	if len(runes) < shortest {
		return 0
	}
	least := leastHashes(runes)
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

// leastHashes are the least values of the eight hash functions over the
// shingles of runes. It is written out so that they stay in registers.
func leastHashes(runes []rune) [printBytes]uint64 {
	const most = ^uint64(0)
	a, b, c, d, e, f, g, i := most, most, most, most, most, most, most, most
	window := uint64(runes[0])<<21 | uint64(runes[1])
	for _, r := range runes[shingle-1:] {
		window = (window<<21 | uint64(r)) & (1<<63 - 1)
		h := window * 0xFF51AFD7ED558CCD
		h ^= h >> 32
		a, b, c, d = min(a, h*multiplier0), min(b, h*multiplier1), min(c, h*multiplier2), min(d, h*multiplier3)
		e, f, g, i = min(e, h*multiplier4), min(f, h*multiplier5), min(g, h*multiplier6), min(i, h*multiplier7)
	}
	return [printBytes]uint64{a, b, c, d, e, f, g, i}
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
