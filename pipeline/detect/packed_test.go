package detect

import (
	"bytes"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ClickHouse/ch-go/compress"

	"fenghuo/pipeline/store/native"
)

// packedTexts packs each text as a row of its own range.
func packedTexts(texts ...string) (p packed) {
	for _, text := range texts {
		b := native.New(stateRoom.begin(1), []*string{&text}, 1)
		b.Strings("text", func(s *string) string { return *s })
		next := packRows(b, 1)
		p.join(&next)
	}
	return p
}

func content(t *testing.T, p *packed) string {
	t.Helper()
	var all strings.Builder
	for i := range p.blocks {
		if _, err := io.Copy(&all, p.blocks[i].reader()); err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

// Rows put aside are what they were, each time that they are sent, whatever
// becomes of the memory that they were in.
func TestRowsPutAsideAreWhatTheyWere(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p := packedTexts("烽火", strings.Repeat("长", 10_000))
	defer p.release(&stateRoom)
	want := content(t, &p)
	inMemory := p.blocks[0].data
	if err := p.putAside(&stateRoom); err != nil {
		t.Fatal(err)
	}
	clear(inMemory[:cap(inMemory)])
	for range 2 {
		if got := content(t, &p); got != want {
			t.Errorf("%d bytes are not the %d that were put aside", len(got), len(want))
		}
	}
	if left, _ := filepath.Glob(os.TempDir() + "/*"); len(left) > 0 {
		t.Errorf("files would outlive the process: %q", left)
	}
}

func TestNoRoomForRowsIsTold(t *testing.T) {
	t.Setenv("TMPDIR", filepath.Join(t.TempDir(), "missing"))
	p := packedTexts("烽火")
	if err := p.putAside(&stateRoom); err == nil || !strings.Contains(err.Error(), "TMPDIR") {
		t.Errorf("error is %v", err)
	}
}

// What goes to another machine is compressed part by part, across blocks.
func TestCompressedRowsAreWhatTheyWere(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	want := make([]byte, 2*compressedPart+1000)
	for i := range want {
		want[i] = byte(random.IntN(4))
	}
	var sent bytes.Buffer
	from := io.MultiReader(bytes.NewReader(want[:700]), bytes.NewReader(want[700:]))
	if _, err := io.Copy(&sent, newCompressed(from)); err != nil {
		t.Fatal(err)
	}
	if sent.Len() > len(want)/2 {
		t.Errorf("%d of %d bytes are sent", sent.Len(), len(want))
	}
	got := make([]byte, len(want))
	if _, err := io.ReadFull(compress.NewReader(&sent), got); err != nil || !bytes.Equal(got, want) {
		t.Errorf("read back otherwise (%v)", err)
	}
	if sent.Len() > 0 {
		t.Errorf("%d bytes too many", sent.Len())
	}
}
