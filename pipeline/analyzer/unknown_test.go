package analyzer

import (
	"math/rand/v2"
	"testing"

	"github.com/go-ego/gse/hmm"
)

// byGSE is cutUnknown by gse's own Viterbi.
func byGSE(run []rune) (ends uint8) {
	_, states := hmm.Viterbi(run, []byte("BMES"))
	for i, s := range states {
		if s == 'E' || s == 'S' {
			ends |= 1 << i
		}
	}
	return ends | 1<<(len(run)-1)
}

// Runs are drawn from characters that gse knows in every place of a word and
// from such that it does not know, where equally unlikely ways meet.
func TestCutUnknownIsGSEs(t *testing.T) {
	emissions()
	common, rng := []rune("猫山王榴莲美团饿了么拼多多海底捞蜜雪冰城张伟李娜东方甄选"), rand.New(rand.NewPCG(1, 2))
	words := map[uint8]bool{}
	for range 20_000 {
		run := make([]rune, 1+rng.IntN(maxUnknown))
		for i := range run {
			if run[i] = common[rng.IntN(len(common))]; rng.IntN(3) == 0 {
				run[i] = firstIdeograph + rng.Int32N(lastIdeograph-firstIdeograph+1)
			}
		}
		got, want := cutUnknown(run), byGSE(run)
		if got != want {
			t.Fatalf("%s: words end at %b, gse's at %b", string(run), got, want)
		}
		words[got] = true
	}
	if len(words) < 40 {
		t.Errorf("only %d ways of cutting came up", len(words))
	}
}

func TestCutUnknownLeavesLongRuns(t *testing.T) {
	if got := cutUnknown([]rune("猫山王榴莲美团饿了")); got != 0 {
		t.Errorf("words end at %b in a run of nine", got)
	}
}
