package lifecycle

import (
	"math/rand/v2"
	"testing"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

var start = time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)

var levels = []schemas.Level{schemas.Blue, schemas.Yellow, schemas.Orange, schemas.Red}

// random is one evaluation; ease is never below level.
func random(r *rand.Rand, at time.Time) Input {
	level := r.IntN(4)
	return Input{
		At: at, Alarm: r.IntN(30) == 0, Excess: r.IntN(3) > 0, Muted: r.IntN(12) == 0,
		Level: levels[level], Ease: levels[min(3, level+r.IntN(2))],
	}
}

func TestNeverFlapsNorResolvesWithoutFiring(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		var i Incident
		told, level := false, schemas.Level("")
		raised, hushed := time.Time{}, false // hushed: a mute may have delayed what is told
		for n := range 3000 {
			in := random(r, start.Add(time.Duration(n)*5*time.Minute))
			in.Muted = in.Muted && seed%2 == 0
			in.Within = seed%3 == 0 && n/50%4 == 3
			hushed = hushed || in.Muted
			s := i.Step(in)
			switch s {
			case "":
			case schemas.Firing:
				if told {
					t.Fatal("fires while open")
				}
				told, level, raised, hushed = true, i.Level, in.At, false
			case schemas.Resolved:
				if !told {
					t.Fatal("resolved without firing")
				}
				told = false
			case schemas.Escalated:
				if !told || grade.Rank(i.Level) <= grade.Rank(level) {
					t.Fatalf("escalated from %s to %s", level, i.Level)
				}
				level, raised, hushed = i.Level, in.At, false
			case schemas.Deescalated:
				if !told || grade.Rank(i.Level) >= grade.Rank(level) {
					t.Fatalf("de-escalated from %s to %s", level, i.Level)
				}
				if !hushed && in.At.Sub(raised) < Cooling {
					t.Fatalf("flaps: down %v after up", in.At.Sub(raised))
				}
				level = i.Level
			}
			if i.Told() != told {
				t.Fatal("Told disagrees with what was told")
			}
		}
	}
}

func TestCoolsOnlyAfterCooling(t *testing.T) {
	var i Incident
	step := func(minutes int, level schemas.Level) schemas.State {
		return i.Step(Input{At: start.Add(time.Duration(minutes) * time.Minute), Alarm: minutes == 0, Excess: true, Level: level, Ease: level})
	}
	if s := step(0, schemas.Orange); s != schemas.Firing {
		t.Fatal(s)
	}
	cooled := int(Cooling / time.Minute)
	for m := 5; m < cooled; m += 5 { // a lull
		if s := step(m, schemas.Blue); s != "" {
			t.Fatalf("%s after %d minutes", s, m)
		}
	}
	step(cooled, schemas.Yellow)
	if i.Level != schemas.Yellow {
		t.Errorf("cooled to %s, not to the highest since it was lower", i.Level)
	}
	if s := step(cooled+5, schemas.Red); s != schemas.Escalated {
		t.Errorf("no escalation at once: %q", s)
	}
}

func TestResolvesAfterTheExcessIsGone(t *testing.T) {
	var i Incident
	i.Step(Input{At: start, Alarm: true, Level: schemas.Blue, Ease: schemas.Blue})
	quiet := Input{At: start.Add(HoldDown - time.Minute), Level: schemas.Blue, Ease: schemas.Blue}
	if s := i.Step(quiet); s != "" {
		t.Fatalf("%s before the hold-down", s)
	}
	quiet.At = start.Add(HoldDown)
	if s := i.Step(quiet); s != schemas.Resolved || !i.Idle() {
		t.Errorf("%q, idle %v", s, i.Idle())
	}
}

func TestAWiderIncidentTakesItIn(t *testing.T) {
	var i Incident
	step := func(minutes int, level schemas.Level, within bool) schemas.State {
		return i.Step(Input{At: start.Add(time.Duration(minutes) * time.Minute), Alarm: minutes == 0, Excess: level != schemas.Blue, Level: level, Ease: level, Within: within})
	}
	for _, x := range []struct {
		minutes int
		level   schemas.Level
		within  bool
		want    schemas.State
		why     string
	}{
		{0, schemas.Yellow, false, schemas.Firing, "it fires first"},
		{5, schemas.Yellow, true, schemas.Resolved, "the wider one fires"},
		{10, schemas.Orange, true, "", "the wider one speaks for it"},
		{15, schemas.Yellow, true, "", ""},
		{150, schemas.Yellow, true, "", "it cools"},
		{155, schemas.Yellow, false, schemas.Firing, "the wider one ended, and nobody else speaks for it"},
		{160, schemas.Red, false, schemas.Escalated, ""},
		{165, schemas.Blue, false, "", ""},
		{230, schemas.Blue, false, schemas.Resolved, "it ends"},
		{235, schemas.Blue, false, "", ""},
	} {
		if got := step(x.minutes, x.level, x.within); got != x.want {
			t.Errorf("minute %d, %s: %q, want %q", x.minutes, x.why, got, x.want)
		}
	}
}

// What is left of a surge when the wider incident has ended is told from yellow.
func TestWhatIsLeftOfAWiderIncident(t *testing.T) {
	for level, want := range map[schemas.Level]schemas.State{schemas.Blue: "", schemas.Yellow: schemas.Firing} {
		var i Incident
		for n := range 12 {
			in := Input{At: start.Add(time.Duration(n) * 5 * time.Minute), Alarm: n == 0, Excess: true, Level: level, Ease: level, Within: n < 6}
			got, expect := i.Step(in), schemas.State("")
			if n == 6 {
				expect = want
			}
			if got != expect {
				t.Errorf("%s, step %d: %q, want %q", level, n, got, expect)
			}
		}
	}
}

func TestAWiderIncidentGoesOnWithThoseWithin(t *testing.T) {
	var i Incident
	for _, x := range []struct {
		minutes int
		level   schemas.Level // its own
		inner   schemas.Level
		want    schemas.State
		is      schemas.Level
	}{
		{0, schemas.Yellow, schemas.Orange, schemas.Firing, schemas.Orange},
		{5, schemas.Yellow, schemas.Red, schemas.Escalated, schemas.Red},
		{400, schemas.Blue, schemas.Yellow, schemas.Deescalated, schemas.Yellow},
		{600, schemas.Blue, schemas.Yellow, "", schemas.Yellow},
		{630, schemas.Blue, schemas.Blue, "", schemas.Yellow},
		{655, schemas.Blue, schemas.Blue, "", schemas.Yellow},
		{660, schemas.Blue, schemas.Blue, schemas.Resolved, schemas.Yellow},
	} {
		got := i.Step(Input{At: start.Add(time.Duration(x.minutes) * time.Minute), Alarm: x.minutes == 0, Level: x.level, Ease: x.level, Inner: x.inner})
		if got != x.want || i.Level != x.is {
			t.Errorf("minute %d: %q at %s, want %q at %s", x.minutes, got, i.Level, x.want, x.is)
		}
	}
}

func TestNothingWithinBeginsAWiderIncident(t *testing.T) {
	var i Incident
	if s := i.Step(Input{At: start, Level: schemas.Blue, Ease: schemas.Blue, Inner: schemas.Red}); s != "" || i.Open {
		t.Errorf("%q, open %v", s, i.Open)
	}
}

func TestMutedIncidentIsToldLaterOrNever(t *testing.T) {
	open := Input{At: start, Alarm: true, Excess: true, Level: schemas.Yellow, Ease: schemas.Yellow, Muted: true}
	var i Incident
	if s := i.Step(open); s != "" || !i.Open {
		t.Fatalf("%q, open %v", s, i.Open)
	}
	later := open
	later.At, later.Alarm, later.Muted = start.Add(time.Hour), false, false
	if s := i.Step(later); s != schemas.Firing {
		t.Errorf("%q when the silence ends", s)
	}
	gone := Input{At: start.Add(3 * time.Hour), Level: schemas.Blue, Ease: schemas.Blue, Muted: true}
	if s := i.Step(gone); s != schemas.Resolved {
		t.Errorf("%q: an end is told under a silence", s)
	}
}

func TestStateRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 1))
	var a Incident
	for n := range 2000 {
		in := random(r, start.Add(time.Duration(n)*5*time.Minute))
		var w state.Writer
		a.Append(&w)
		var b Incident
		rd := state.NewReader(w.B)
		b.Read(rd)
		if err := rd.Done(); err != nil {
			t.Fatal(err)
		}
		if x, y := a.Step(in), b.Step(in); x != y || a.Level != b.Level {
			t.Fatalf("%q and %q", x, y)
		}
	}
}
