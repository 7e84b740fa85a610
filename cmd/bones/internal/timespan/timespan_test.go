package timespan

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
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

// TestDefaults: help shows the default of a span, but none where nothing is asked for unless the flag is given.
func TestDefaults(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	none, some := time.Duration(0), time.Hour
	IntervalVar(flags, &none, "none", "", "wait this `SPAN`", 0, time.Hour)
	IntervalVar(flags, &some, "some", "", "wait this `SPAN`", 0, time.Hour)
	if s := flags.FlagUsages(); strings.Count(s, "(default") != 1 || !strings.Contains(s, "(default 1h0m0s)") {
		t.Errorf("%s", s)
	}
}

func TestIntervalVar(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	over := time.Second
	IntervalVar(flags, &over, "over", "", "look at this `SPAN`", time.Second, time.Hour)
	if err := flags.Parse([]string{"--over", "2"}); err != nil || over != 2*time.Second {
		t.Errorf("%v, %v", over, err)
	}
	if err := flags.Parse([]string{"--over", "2d"}); err == nil || over != 2*time.Second {
		t.Errorf("2d was read as %v", over)
	}
}
