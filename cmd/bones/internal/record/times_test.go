package record

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	zone := time.FixedZone("there", 2*3600)
	now := time.Date(2026, 3, 1, 2, 30, 15, 0, zone)
	for s, want := range map[string]string{
		"-3d": "2026-02-26T02:30:15+02:00",
		"now": "2026-03-01T02:30:15+02:00", "-2h": "2026-03-01T00:30:15+02:00", "-90s": "2026-03-01T02:28:45+02:00",
		"02:00": "2026-03-01T02:00:00+02:00", "03:00": "2026-02-28T03:00:00+02:00", "02:30:15": "2026-03-01T02:30:15+02:00",
		"2026-01-31 03:00": "2026-01-31T03:00:00+02:00", "2026-01-31": "2026-01-31T00:00:00+02:00",
		"2026-01-31T03:00:00Z": "2026-01-31T03:00:00Z",
	} {
		got, err := ParseTime(s, now)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("%q is %v, %v; want %s", s, got.Format(time.RFC3339), err, want)
		}
	}
	for _, s := range []string{"", "3", "25:00", "-", "-x", "--5m", "-xd", "yesterday", "2026-13-01"} {
		if got, err := ParseTime(s, now); err == nil {
			t.Errorf("%q is %v", s, got)
		}
	}
}
