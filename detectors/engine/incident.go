package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"fenghuo/detectors/grade"
	"fenghuo/detectors/lifecycle"
	"fenghuo/detectors/state"
	"fenghuo/schemas"
)

// incident is the lifecycle of a subject's alarm with what it was about.
type incident struct {
	lifecycle.Incident
	id      string    // "" until told
	firedAt time.Time // when told first
	onset   time.Time
	ended   int64   // pane of the last end
	told    int64   // transitions told
	peak    float64 // highest severity since it opened: what was once unlikely stays so
	crest   float64 // most upset mentions over the expected in the longest window since then
	signal  schemas.Signal
	kind    schemas.ComplaintType
	made    flood // the largest window that looked made since it opened
}

// strange is how long an incident is kept out of the usual figures: what lasts
// longer is the new usual.
const strange = int64(7 * 24 * time.Hour / Pane)

// hides tells whether pane p belongs to the open or the last incident and is
// not to be learned from.
func (i *incident) hides(p int64) bool {
	from := paneOf(i.onset.Unix())
	return !i.onset.IsZero() && p >= from && p < from+strange && (i.Open || p <= i.ended)
}

// fade tells how much of its score the incident keeps, by the mood of the longest
// window.
func (i *incident) fade(a grade.Anger) float64 {
	excess := a.Upset - a.ExpectedUpset
	i.crest = max(i.crest, excess)
	if i.crest <= 0 {
		return 1
	}
	return grade.Fade(excess / i.crest)
}

// hash names something by its parts: 128 bits of SHA-256.
func hash(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(strconv.Itoa(len(p))))
		h.Write([]byte{':'})
		h.Write([]byte(p))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// fingerprint is the same for all incidents of a subject, in every run: the
// surges of its mentions, complaints, types, share and keywords are one family
// and make one incident.
func (s *subject) fingerprint() string { return hash("surge", s.brand.ID, s.sku) }

// identify fills the alert's ids for a transition that is told at its time.
func (s *subject) identify(run string, a *schemas.Alert) {
	s.incident.identify(run, s.fingerprint(), a)
}

func (i *incident) identify(run, fingerprint string, a *schemas.Alert) {
	tick := strconv.FormatInt(a.At.Unix(), 10)
	a.Fingerprint = fingerprint
	if a.State == schemas.Firing {
		i.id, i.firedAt, i.told = hash("incident", run, a.Fingerprint, tick), a.At, 0
	}
	i.told++
	a.Incident, a.FiredAt = i.id, i.firedAt
	a.ID = hash("transition", run, a.Fingerprint, string(a.State), strconv.FormatInt(i.told, 10), tick)
}

func (i *incident) append(w *state.Writer) {
	i.Incident.Append(w)
	w.String(i.id)
	w.Time(i.firedAt)
	w.Time(i.onset)
	w.Int(i.ended)
	w.Int(i.told)
	w.Float64(i.peak)
	w.String(string(i.signal))
	w.String(string(i.kind))
}

func (i *incident) read(r *state.Reader, intern func(string) string) {
	i.Incident.Read(r)
	i.id = r.String()
	i.firedAt, i.onset = r.Time(), r.Time()
	i.ended, i.told, i.peak = r.Int(), r.Int(), r.Float64()
	i.signal, i.kind = schemas.Signal(intern(r.String())), schemas.ComplaintType(intern(r.String()))
}

// appendMore writes the incident's crest and flood, if it has any, behind the state
// of its subject, where builds that knew of neither wrote nothing.
func (i *incident) appendMore(w *state.Writer) {
	if i.crest > 0 || i.made.all > 0 {
		w.Float64(i.crest)
		i.made.append(w)
	}
}

func (i *incident) readMore(r *state.Reader) {
	if len(r.Rest()) > 0 {
		i.crest = r.Float64()
		i.made.read(r)
	}
}
