package config

import (
	"testing"
	"testing/quick"
	"time"
)

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "250ms": 250 * time.Millisecond, "90s": 90 * time.Second, "1.5h": 90 * time.Minute,
		"1h30m": 90 * time.Minute, "24h": day, "7d": 7 * day, "2w": 14 * day, "1w2d": 9 * day,
	} {
		if got, err := ParseDuration(text); err != nil || got.Std() != want {
			t.Errorf("%q: %v, %v; want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "5", "h", "-1h", "1 h", "1y", "1h30", "1e3s", "0x1s", "１h", "99999999w"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("%q is read as %v", text, got)
		}
	}
}

// Every duration of whole milliseconds is read back from its own text.
func TestDurationText(t *testing.T) {
	check := func(ms uint32) bool {
		d := Duration(time.Duration(ms) * time.Millisecond)
		got, err := ParseDuration(d.String())
		return err == nil && got == d
	}
	if err := quick.Check(check, nil); err != nil {
		t.Error(err)
	}
}
