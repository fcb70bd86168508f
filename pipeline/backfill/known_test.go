package backfill

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"fenghuo/pipeline/ingest"
)

// A run that was stopped goes on with the input that it was begun with, also
// when there is more behind it, and with no other.
func TestAChangedInputIsRefused(t *testing.T) {
	a := newArchive(t)
	whole := a.rows
	a.fill(a.options("calm"))
	want := a.content("calm")

	stopped := func(run string) {
		t.Helper()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := a.options(run)
		o.Rows = a.all(func(n int) {
			if n == len(whole)/2 {
				a.awaitLanded(run)
				cancel()
			}
		})
		if _, err := Run(ctx, o); err == nil {
			t.Fatal("it was not stopped")
		}
	}
	late := ingest.Row{At: whole[0].At, Key: "weibo/late", Value: []byte(`{"id":"late","channel":"weibo","text":"来晚了","published_at":"` + whole[0].At.Format(time.RFC3339Nano) + `"}`)}
	for name, changed := range map[string][]ingest.Row{
		"inserted": slices.Insert(slices.Clone(whole), 0, late),
		"removed":  whole[1:],
		"short":    whole[:10],
	} {
		a.rows = whole
		stopped(name)
		a.rows = changed
		if _, err := Run(t.Context(), a.options(name)); err == nil || !strings.Contains(err.Error(), "--replace") {
			t.Errorf("%s: error %v", name, err)
		}
		a.rows = whole
		if a.fill(a.options(name)); !cmp.Equal(want, a.content(name)) {
			t.Errorf("%s: went on with the first input again:\n%s", name, cmp.Diff(want, a.content(name)))
		}
	}

	a.rows = whole[:len(whole)*3/4]
	stopped("more")
	a.rows = whole
	if a.fill(a.options("more")); !cmp.Equal(want, a.content("more")) {
		t.Errorf("went on with more behind:\n%s", cmp.Diff(want, a.content("more")))
	}
}

// awaitLanded returns when some of a run has landed.
func (a *archive) awaitLanded(run string) {
	a.t.Helper()
	for landed := uint64(0); landed == 0; {
		if err := a.store.Conn().QueryRow(a.t.Context(), "SELECT count() FROM progress WHERE run = ?", run).Scan(&landed); err != nil {
			a.t.Error(err)
			return
		}
	}
}
