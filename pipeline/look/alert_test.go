package look

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"

	"fenghuo/schemas"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != got {
		t.Errorf("%s differs; run with -update and look at the change:\n%s", path, got)
	}
}

var shanghai = time.FixedZone("CST", 8*60*60)

// fullAlert has something in every field.
func fullAlert() schemas.Alert {
	at := func(h, m int) time.Time { return time.Date(2025, 11, 7, h, m, 0, 0, shanghai).UTC() }
	return schemas.Alert{
		ID: "9f2c", Incident: "77aa", Fingerprint: "51", Run: "live", Brand: "langtio", BrandName: "朗钛", SKU: "langtio-o12",
		Signal: schemas.SignalComplaints, CrisisType: schemas.ProductSafety, State: schemas.Escalated, Level: schemas.Orange,
		Severity: 8.25, At: at(9, 12), FiredAt: at(5, 40), WindowStart: at(8, 12), WindowEnd: at(9, 12), Observed: 23, Expected: 1.234,
		Channels: []string{"reviews", "weibo"}, Learning: true, SuspectedAttack: true,
		Evidence: schemas.Evidence{
			Detector: "surge", Odds: 1.778e8, OnsetEstimate: at(4, 50), Mentions: 1031, Complaints: 23, Negative: 25,
			NegativeShare: .806, BaselineShare: .21, Reach: 1234567, Speed: 31, Acceleration: 2.44, NearDuplicates: .03, YoungAccounts: .4,
			Keywords:  []schemas.KeywordEvidence{{Word: "冒烟", Observed: 9, Expected: .05, Score: 60}, {Word: "起火", Observed: 8, Score: 55}, {Word: "x\x1b[31mred", Observed: 2, Expected: .01, Score: 9}},
			Complaint: []schemas.TypeEvidence{{Type: schemas.ProductSafety, Observed: 18, Expected: .1}, {Type: "own_type", Observed: 3, Expected: .8}},
			Channels:  []schemas.ChannelEvidence{{Channel: "reviews", Count: 12, FirstAt: at(4, 47)}, {Channel: "weibo", Count: 11, FirstAt: at(8, 10)}},
			Posts:     []schemas.PostRef{{Channel: "reviews", ID: "rv1f", At: at(7, 11)}, {Channel: "weibo", ID: "wb9", At: at(8, 30)}},
			Event:     "双11", Peers: []schemas.PeerEvidence{{Brand: "kaixonic", Observed: 40, Expected: 38.5}},
			Note: "Complaints about product safety are nineteen times the usual, and began in reviews four hours before other channels joined.",
		},
	}
}

func render(a schemas.Alert, width int, color bool) string {
	var b bytes.Buffer
	RenderAlert(&b, a, width, color)
	return b.String()
}

func TestRenderAlert(t *testing.T) {
	full := In(fullAlert(), shanghai)
	golden(t, "alert_full.txt", render(full, 100, false))
	golden(t, "alert_narrow.txt", render(full, 60, false))
	golden(t, "alert_color.txt", render(full, 100, true))
	// An alert with next to nothing in it has no empty lines.
	golden(t, "alert_bare.txt", render(schemas.Alert{ID: "a", Incident: "i", Brand: "b", State: schemas.Resolved, Level: "odd"}, 80, false))
	share := full
	share.Signal, share.Observed, share.Expected, share.State = schemas.SignalNegativeShare, .81, .2, schemas.Firing
	golden(t, "alert_share.txt", render(share, 100, false))
}

func TestRenderAlertStaysInBounds(t *testing.T) {
	a := In(fullAlert(), shanghai)
	for _, width := range []int{1, 60, 80, 120} {
		out := render(a, width, false)
		for _, line := range strings.Split(out, "\n")[1:] { // the heading is as long as it is
			if n := text.StringWidth(line); n > max(width, minimumWidth) {
				t.Errorf("width %d: a line of %d columns: %q", width, n, line)
			}
		}
		if i := strings.IndexFunc(out, func(r rune) bool { return r < ' ' && r != '\n' }); i >= 0 {
			t.Errorf("width %d: a control character in %q", width, out)
		}
	}
}

// In changes a copy: the alert that goes out as JSON keeps its times.
func TestInLeavesTheAlertAlone(t *testing.T) {
	a := fullAlert()
	before, _ := json.Marshal(a)
	moved := In(a, shanghai)
	after, _ := json.Marshal(a)
	if !bytes.Equal(before, after) {
		t.Error("In changed the alert it was given")
	}
	if moved.Evidence.Channels[0].FirstAt.Location() != shanghai || !moved.At.Equal(a.At) {
		t.Errorf("In gave %v", moved.At)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 3: "3", .05: "0.05", 1.234: "1.2", 12.34: "12.3", 1234567: "1,234,567", 999.6: "1,000", -1234: "-1,234",
		1.778e8: "177,800,000", .000123: "0.00012",
	} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}
