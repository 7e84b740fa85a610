package span

import (
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]time.Duration{"7d": 168 * time.Hour, "2w": 336 * time.Hour, "1w1d1h": 193 * time.Hour,
		"1d12h": 36 * time.Hour, "90s": 90 * time.Second, "0": 0, "1h30m": 90 * time.Minute, "500ms": time.Second / 2} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "d", "-1h", "-1d", "1d-1h", "1d+1h", "1.5d", "1d2d", "1d1w", "9999999d", "99999w", "1",
		"999999999h", "1y", "NaNs", "1,5s", "1e3s", "٣d", " 5s", "5"} {
		got, err := Parse(s)
		if err == nil || strings.Contains(err.Error(), "strconv") || strings.Contains(err.Error(), "time: invalid") {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
}

func TestInterval(t *testing.T) {
	for s, want := range map[string]time.Duration{"5": 5 * time.Second, "0.5": time.Second / 2, "5s": 5 * time.Second,
		"1m": time.Minute, "0.1": time.Second / 10, "100ms": time.Second / 10, "3600": time.Hour, "1h": time.Hour} {
		if got, err := Interval(s, 100*time.Millisecond, time.Hour); got != want || err != nil {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
	for _, s := range []string{"", "0", "0.09", "99ms", "3601", "61m", "-1", "-1s", "NaN", "Inf", "1e3", "x", ".",
		"1.2.3", "99999999999999999999999", "0x5", "+5", " 5"} {
		got, err := Interval(s, 100*time.Millisecond, time.Hour)
		if err == nil || !strings.Contains(err.Error(), "is not a time from 100ms to 1h; ") {
			t.Errorf("%q is %v, %v", s, got, err)
		}
	}
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{time.Hour: "1h", 24 * time.Hour: "24h", time.Minute: "1m",
		10 * time.Minute: "10m", 90 * time.Minute: "1h30m", 30 * time.Second: "30s", 50 * time.Millisecond: "50ms"} {
		if got := short(d); got != want {
			t.Errorf("%v is %q", d, got)
		}
	}
}
