package analyze

import (
	"fenghuo/pipeline/analyzer"
	"fenghuo/pipeline/mentionlog"
)

// Scratch is the memory of one goroutine's analyses. What they result in is cut
// from blocks that are filled once and never written again: posts that come
// together go together, so a block costs one allocation and the collector one
// look for many of them.
type Scratch struct {
	text     *analyzer.Scratch
	words    []string // the rests of blocks
	mentions []mentionlog.Mention
	posts    []Routed
}

// NewScratch returns an empty Scratch; it grows to what the posts need.
func NewScratch() *Scratch { return &Scratch{text: analyzer.NewScratch()} }

// Elements of a block: 16, 5 and 7 KB.
const (
	blockWords    = 1024
	blockMentions = 64
	blockPosts    = 16
)

// take cuts n elements from what is left of a block, or from a new one.
func take[T any](rest *[]T, n, block int) []T {
	if n > block/4 {
		return make([]T, n)
	}
	if n > len(*rest) {
		*rest = make([]T, block)
	}
	taken := (*rest)[:n:n]
	*rest = (*rest)[n:]
	return taken
}

// keep copies words out of a result; none is nil.
func (s *Scratch) keep(words []string) []string {
	if len(words) == 0 {
		return nil
	}
	kept := take(&s.words, len(words), blockWords)
	copy(kept, words)
	return kept
}
