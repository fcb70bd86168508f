// Package lifecycle is the state machine of one incident: pending, firing,
// escalated, de-escalated, resolved, with hysteresis and hold-down. What is
// going on and what has been told are kept apart, so that a silence or an
// inhibition delays what is told and falsifies nothing. It imports grade,
// schemas and state.
package lifecycle

import (
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

const (
	// Cooling is how long the grade must stay under a level before the level
	// is lowered: half a working day outlasts the lulls of a crisis. With
	// two hours, twice as many incidents of three years of hot searches rose
	// more than once.
	Cooling = 6 * time.Hour

	// HoldDown is how long the excess must be gone before an incident is
	// resolved. The surge detector itself holds an alarm for half a day, so
	// this only bridges detectors that hand over to each other.
	HoldDown = time.Hour
)

// Incident is the machine; the zero value is "nothing is going on".
type Incident struct {
	Open  bool
	Level schemas.Level // worst that holds
	Since time.Time     // when it opened

	quiet time.Time     // when the excess was last seen
	warm  time.Time     // when the grade was last up to Level
	peak  schemas.Level // highest grade since warm, what Level falls to

	told      bool          // the outside knows of it
	toldLevel schemas.Level // as it knows it; blue from when a wider incident takes this one in, "" before
}

// Input is what one evaluation says.
type Input struct {
	At     time.Time
	Alarm  bool          // a detector says that an alarm begins
	Excess bool          // a detector says that an excess still holds
	Level  schemas.Level // graded by the plain boundaries
	Ease   schemas.Level // graded by the eased boundaries, never below Level
	Inner  schemas.Level // the worst of the narrower incidents that are open within, "" for none
	Muted  bool          // silenced
	Within bool          // a wider incident is told and takes this one in
}

// Step takes one evaluation and returns what is to be told, "" for nothing. It
// is Follow and Tell, for an incident that stands alone.
func (i *Incident) Step(in Input) schemas.State {
	i.Follow(in)
	return i.Tell(in)
}

// Follow takes one evaluation. A wider incident is to follow after those within,
// which decide how grave it is at least, and that it goes on while one of them is
// graver than blue.
func (i *Incident) Follow(in Input) {
	in.Level, in.Ease = worse(in.Level, in.Inner), worse(in.Ease, in.Inner)
	switch {
	case !i.Open && in.Alarm:
		i.open(in)
	case i.Open:
		i.follow(in)
	}
}

func worse(a, b schemas.Level) schemas.Level {
	if grade.Rank(b) > grade.Rank(a) {
		return b
	}
	return a
}

// Told tells whether the outside knows of an open incident.
func (i *Incident) Told() bool { return i.told }

// Idle tells that nothing is going on and nothing is left to tell.
func (i *Incident) Idle() bool { return !i.Open && !i.told }

func (i *Incident) open(in Input) {
	i.Open, i.Since, i.Level = true, in.At, in.Level
	i.quiet, i.warm, i.peak = in.At, in.At, schemas.Blue
	if !i.told {
		i.toldLevel = ""
	}
}

func (i *Incident) follow(in Input) {
	if in.Alarm || in.Excess || i.told && grade.Rank(in.Inner) > grade.Rank(schemas.Blue) {
		i.quiet = in.At
	}
	if in.At.Sub(i.quiet) >= HoldDown {
		i.Open = false
		return
	}
	i.Level = worse(i.Level, in.Level)
	if grade.Rank(in.Ease) >= grade.Rank(i.Level) {
		i.warm, i.peak = in.At, schemas.Blue
		return
	}
	i.peak = worse(i.peak, in.Ease)
	if in.At.Sub(i.warm) >= Cooling {
		i.Level, i.warm, i.peak = i.peak, in.At, schemas.Blue
	}
}

// Tell compares what is going on with what the outside knows, and returns what
// is to be told, "" for nothing. What was taken in speaks again, once the wider
// incident has ended, from yellow on: blue remains of a surge are no news.
func (i *Incident) Tell(in Input) schemas.State {
	if in.Within {
		i.toldLevel = schemas.Blue
	}
	switch {
	case i.told && (!i.Open || in.Within): // an end is told even under a silence
		i.told = false
		return schemas.Resolved
	case !i.Open || in.Muted || in.Within:
		return ""
	case !i.told && i.toldLevel != "" && grade.Rank(i.Level) <= grade.Rank(i.toldLevel):
		return ""
	case !i.told:
		i.told, i.toldLevel = true, i.Level
		return schemas.Firing
	}
	was, is := grade.Rank(i.toldLevel), grade.Rank(i.Level)
	i.toldLevel = i.Level
	switch {
	case is > was:
		return schemas.Escalated
	case is < was:
		return schemas.Deescalated
	}
	return ""
}

// Append writes the incident.
func (i *Incident) Append(w *state.Writer) {
	w.Bool(i.Open)
	w.Bool(i.told)
	w.String(string(i.Level))
	w.String(string(i.toldLevel))
	w.String(string(i.peak))
	w.Time(i.Since)
	w.Time(i.quiet)
	w.Time(i.warm)
}

// Read takes back what Append wrote.
func (i *Incident) Read(r *state.Reader) {
	i.Open, i.told = r.Bool(), r.Bool()
	i.Level, i.toldLevel, i.peak = schemas.Level(r.String()), schemas.Level(r.String()), schemas.Level(r.String())
	i.Since, i.quiet, i.warm = r.Time(), r.Time(), r.Time()
}
