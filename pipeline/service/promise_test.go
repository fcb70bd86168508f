package service

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"fenghuo/pipeline/embedded/embeddedtest"
)

// undisturbed runs the stream once, left alone, and returns the alerts.
func undisturbed(t *testing.T) []string {
	t.Helper()
	calm := newWorld(t, "calm", embeddedtest.Broker(t))
	calm.produce()
	calm.run()
	calm.verify()
	ids := calm.alertIDs()
	if len(ids) == 0 {
		t.Fatal("the undisturbed run has no alerts: the comparison would say nothing")
	}
	return ids
}

// A pipeline that is killed again and again, at any moment, leaves the same
// account, mentions, trends and alerts as one that is left alone.
func TestKillAndRestartChangeNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute or two: left out of -short")
	}
	want := undisturbed(t)
	hit := newWorld(t, "hit", embeddedtest.Broker(t))
	hit.produce()
	random := rand.New(rand.NewPCG(1, 2))
	const kills = 4
	var last *child
	for n := range kills {
		last = hit.startChild()
		hit.awaitRead(hit.truth.Counts.Records * (n + 1) / (kills + 2))
		time.Sleep(time.Duration(random.IntN(400)) * time.Millisecond)
		last.kill()
	}
	last = hit.startChild()
	defer last.kill()
	hit.awaitLanded(func() {})
	hit.verify()
	hit.compareAlerts(want)
	if s := last.stderr.String(); strings.Contains(s, "service ended") {
		t.Errorf("the last process ended by itself:\n%s", s)
	}
}
