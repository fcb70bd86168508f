package text

import (
	"slices"
	"testing"

	"github.com/go-ego/gse"
)

// The words are those that gse itself has after it loaded its dictionary.
func TestBaseIsWhatGSELoads(t *testing.T) {
	seg := gse.Segmenter{SkipLog: true, NotLoadHMM: true}
	if err := seg.LoadDictEmbed("zh_s"); err != nil {
		t.Fatal(err)
	}
	b, err := loadBase()
	if err != nil {
		t.Fatal(err)
	}
	if b.total != seg.Dict.TotalFreq() || b.maxAtoms != seg.Dict.MaxTokenLen() {
		t.Errorf("total %v and longest word of %d atoms, gse has %v and %d", b.total, b.maxAtoms, seg.Dict.TotalFreq(), seg.Dict.MaxTokenLen())
	}
	var want []Word
	for i := range seg.Dict.Tokens {
		w := &seg.Dict.Tokens[i]
		want = append(want, Word{Text: w.Text(), Freq: w.Freq(), Pos: w.Pos()})
	}
	if !slices.Equal(b.words, want) {
		t.Errorf("%d words differ from gse's %d", len(b.words), len(want))
	}
}
