package suites

import (
	"math"
	"testing"
	"time"

	"fenghuo/schemas"
)

// Two crises, one praised launch and four incidents of two brands over 100
// days: one crisis is found by its escalation, one only blue, the launch is
// graded yellow, one incident belongs to nothing.
func TestScoreEventsByHand(t *testing.T) {
	day := func(d int) time.Time { return epoch.AddDate(0, 0, d) }
	events := []Event{
		{ID: "found", Brand: "A", Aliases: []string{"阿"}, Kind: "crisis", First: day(10).Add(3 * time.Hour), Ends: "2024-01-12"},
		{ID: "blue", Brand: "B", Kind: "crisis", First: day(20), Ends: "2024-01-21"},
		{ID: "launch", Brand: "B", Kind: "launch", First: day(40), Ends: "2024-02-10"},
		{ID: "outside", Brand: "B", Kind: "crisis", First: day(200), Ends: "2024-07-20"},
	}
	alert := func(incident, brand string, at time.Time, state schemas.State, level schemas.Level) schemas.Alert {
		return schemas.Alert{Incident: incident, Brand: "id", BrandName: brand, At: at, FiredAt: at, State: state, Level: level}
	}
	alerts := []schemas.Alert{
		alert("1", "阿", day(10).Add(2*time.Hour+30*time.Minute), schemas.Firing, schemas.Blue), // within the hour before
		alert("1", "阿", day(10).Add(8*time.Hour), schemas.Escalated, schemas.Orange),
		alert("1", "阿", day(11), schemas.Deescalated, schemas.Yellow),
		alert("2", "B", day(20).Add(time.Hour), schemas.Firing, schemas.Blue),
		alert("3", "B", day(41), schemas.Firing, schemas.Yellow),
		alert("4", "A", day(60), schemas.Firing, schemas.Blue),
		alert("4", "A", day(60).Add(time.Hour), schemas.Escalated, schemas.Yellow),
		alert("4", "A", day(61), schemas.Resolved, schemas.Blue),
	}
	s, err := ScoreEvents(events, alerts, day(0), day(100), time.UTC, 2, .5)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Crises) != 2 || s.Found != 1 || s.DelayHours != 5 || !s.Crises[0].Graded || s.Crises[1].Graded {
		t.Errorf("crises %+v, %d found, delay %v", s.Crises, s.Found, s.DelayHours)
	}
	if len(s.Surges) != 1 || s.Wrong != 1 {
		t.Errorf("surges %+v, %d wrong", s.Surges, s.Wrong)
	}
	if len(s.Other) != 1 || s.Other[0].Level != schemas.Yellow || math.Abs(s.Yellow-365.25/200) > 1e-9 {
		t.Errorf("others %+v, %v a brand-year", s.Other, s.Yellow)
	}
	// 200 brand-days less the spans of the events, each from an hour before its first post
	quiet := (200 - float64(day(13).Sub(events[0].First)+day(22).Sub(day(20))+day(42).Sub(day(40))+3*time.Hour)/float64(24*time.Hour)) / 7
	if math.Abs(s.Quiet-quiet) > 1e-9 || s.Promised != s.Quiet*.5 {
		t.Errorf("%v quiet brand-weeks, want %v; %v promised", s.Quiet, quiet, s.Promised)
	}
}
