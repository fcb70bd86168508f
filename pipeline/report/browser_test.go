package report

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser starts a headless Chromium that ends with the test, or skips; heard
// gets its events.
func browser(t *testing.T, heard func(event any)) context.Context {
	t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	switch {
	case path != "":
	case os.Getenv("CI") == "true":
		t.Fatal("no Chromium to look at the page with")
	default:
		t.Skip("no Chromium to look at the page with: apt-get install chromium")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(t.TempDir()), chromedp.NoSandbox,
		chromedp.DisableGPU, chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true),
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, cancel := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithListener(heard))
	t.Cleanup(cancel)
	return ctx
}

// A browser shows the page on a phone and on a desk without an error, a
// request, a dialog or a sideways scroll, and prints it.
func TestPageInABrowser(t *testing.T) {
	file := filepath.Join(t.TempDir(), "report.html")
	ctx := browser(t, func(event any) {
		switch e := event.(type) {
		case *cdpruntime.EventExceptionThrown:
			t.Errorf("exception: %s", e.ExceptionDetails.Text)
		case *cdpruntime.EventConsoleAPICalled:
			t.Errorf("console: %s", e.Type)
		case *log.EventEntryAdded:
			t.Errorf("log: %s: %s", e.Entry.Level, e.Entry.Text)
		case *cdppage.EventJavascriptDialogOpening:
			t.Errorf("dialog: %s", e.Message)
		case *network.EventRequestWillBeSent:
			if e.Request.URL != "file://"+file {
				t.Errorf("request: %s", e.Request.URL)
			}
		}
	})
	db, c := told(t)
	request := days(8, 14)
	request.Responses = []time.Time{start.AddDate(0, 0, 11)}
	r := build(t, db, c, request)
	r.Compared = []*Report{build(t, db, c, days(9, 13))}
	var b bytes.Buffer
	if err := WriteHTML(&b, r); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	// Log and network are silent until asked.
	for _, enable := range []error{call(ctx, log.Enable, cdp.Empty{}), call(ctx, network.Enable, network.EnableParams{})} {
		if enable != nil {
			t.Fatal(enable)
		}
	}
	for _, width := range []int64{360, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) {
			if err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 844), chromedp.Navigate("file://"+file)); err != nil {
				t.Fatal(err)
			}
			scroll := evaluate[int64](ctx, t, `document.documentElement.scrollWidth`)
			if scroll > width {
				t.Errorf("the page is %d wide", scroll)
			}
			charts := evaluate[int](ctx, t, `[...document.querySelectorAll(".chart svg")].filter(s => s.getBoundingClientRect().height > 100).length`)
			if charts != 1 {
				t.Errorf("%d charts are shown, want the one of this size", charts)
			}
			if cut := evaluate[int](ctx, t, `[...document.querySelectorAll(".scroll")].filter(s => s.scrollWidth > s.clientWidth).length`); cut > 0 {
				t.Errorf("%d tables are cut", cut)
			}
			if nameless := evaluate[int](ctx, t, `[...document.querySelectorAll("tr")].filter(r => !r.querySelector("th[scope]")?.innerText.trim()).length`); width == 1280 && nameless > 0 {
				t.Errorf("%d rows of tables have no heading", nameless)
			}
			if heading := evaluate[string](ctx, t, `document.querySelector("h1").innerText`); heading != r.BrandName {
				t.Errorf("heading %q", heading)
			}
		})
	}
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPreferCSSPageSize(), chromedp.PDFPrintBackground()))
	if err != nil {
		t.Fatal(err)
	}
	if pages := bytes.Count(pdf, []byte("/Type /Page\n")); !bytes.HasPrefix(pdf, []byte("%PDF")) || pages < 1 || pages > 9 {
		t.Errorf("printed %d bytes on %d pages", len(pdf), pages)
	}
}

func call[P, R any](ctx context.Context, command cdp.Command[P, R], params P) error {
	_, err := chromedp.Call(ctx, command, params)
	return err
}

func evaluate[T any](ctx context.Context, t *testing.T, expression string) T {
	t.Helper()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		t.Fatal(err)
	}
	return value
}
