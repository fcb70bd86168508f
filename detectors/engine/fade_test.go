package engine

import (
	"fmt"
	"testing"
	"time"

	"fenghuo/detectors/lifecycle"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// burnOut is a brand's crisis of a day on four channels that falls to a twentieth
// for three days, and flares up for six hours some time after it fell; its alerts,
// and when it fell.
func burnOut(t *testing.T, flare time.Duration) (alerts []schemas.Alert, fell time.Time) {
	t.Helper()
	burst := start.Add(3 * weekLong)
	fell = burst.Add(dayLong)
	alerts = history(t, oneBrand(.2), 5, 5, func(w *world, hour time.Time, emit func(Mention)) {
		n := 0
		switch {
		case !hour.Before(burst) && hour.Before(fell):
			n = 200
		case !hour.Before(fell) && hour.Before(fell.Add(3*dayLong)):
			n = 10
		case !hour.Before(fell.Add(flare)) && hour.Before(fell.Add(flare+6*time.Hour)):
			n = 30
		}
		w.crowd("acme", "", hour, time.Hour, n, true, func(m Mention) {
			m.Channel = fmt.Sprint("c", w.IntN(4))
			emit(m)
		})
	})
	return after(alerts, burst), fell
}

// A level falls with the crisis: not in its first lull, but red ends within hours
// of the day's complaints being a tenth of what they were, and nothing rises again.
func TestLevelFallsWithTheCrisis(t *testing.T) {
	alerts, fell := burnOut(t, 5*weekLong)
	lasted := map[schemas.Level]time.Time{} // since when the level is lower
	lowered := false
	level := schemas.Blue
	for _, a := range alerts {
		switch {
		case a.State == schemas.Escalated && lowered:
			t.Errorf("rises again to %s at %v", a.Level, a.At)
		case a.State == schemas.Deescalated:
			lowered = true
			if a.At.Before(fell.Add(12 * time.Hour)) {
				t.Errorf("falls to %s at %v, when half of the day is still the crisis", a.Level, a.At)
			}
		}
		if rank[a.Level] < rank[level] {
			lasted[level] = a.At
		}
		level = a.Level
	}
	// The longest window, of a day, holds a tenth of the crisis 23 hours after it fell.
	if red, limit := lasted[schemas.Red], fell.Add(23*time.Hour+lifecycle.Cooling); red.IsZero() || red.After(limit) {
		t.Errorf("red until %v, want until %v at the latest: %v", red, limit, summary(alerts))
	}
	if last := alerts[len(alerts)-1]; last.State != schemas.Resolved {
		t.Errorf("ends as %s", last.State)
	}
}

// What flares up within a day of the end is the rest of the crisis; what does a
// week later is another one.
func TestFlareGoesOnWithTheCrisis(t *testing.T) {
	for flare, want := range map[time.Duration]schemas.Level{4 * dayLong: schemas.Yellow, 11 * dayLong: schemas.Red} {
		alerts, fell := burnOut(t, flare)
		worst := schemas.Level("")
		for _, a := range after(alerts, fell.Add(flare)) {
			if rank[a.Level] > rank[worst] {
				worst = a.Level
			}
		}
		if worst != want {
			t.Errorf("flares up after %v as %s, want %s: %v", flare, worst, want, summary(alerts))
		}
	}
}

func summary(alerts []schemas.Alert) (out []string) {
	for _, a := range alerts {
		out = append(out, fmt.Sprintln(a.At.Format("02 15:04"), a.State, a.Level, a.Evidence.Note))
	}
	return out
}

// What an incident has gathered is read again, also from a build that kept neither
// crest nor flood and wrote nothing of them.
func TestIncidentIsReadWithAndWithoutWhatCameLater(t *testing.T) {
	intern := func(s string) string { return s }
	for _, i := range []incident{{peak: 4, told: 2}, {peak: 4, crest: 120, told: 2}, {crest: 3}, {made: flood{4, 12, 9, 3, 1}}} {
		var w state.Writer
		i.append(&w)
		earlier := len(w.B)
		i.appendMore(&w)
		if later := i.crest > 0 || i.made.all > 0; later != (len(w.B) > earlier) {
			t.Errorf("%+v takes %d bytes more", i, len(w.B)-earlier)
		}
		r := state.NewReader(w.B)
		var back incident
		back.read(r, intern)
		back.readMore(r)
		if err := r.Done(); err != nil || back.peak != i.peak || back.crest != i.crest || back.told != i.told || back.made != i.made {
			t.Errorf("%+v is read as %+v: %v", i, back, err)
		}
	}
}
