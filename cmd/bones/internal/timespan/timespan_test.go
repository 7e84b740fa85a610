package timespan

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

func TestParse(t *testing.T) {
	for s, want := range map[string]time.Duration{"5s": 5 * time.Second, "1h30m": 90 * time.Minute,
		"7d": 7 * 24 * time.Hour,
		"0":  0, "500ms": 500 * time.Millisecond, "-5s": -5 * time.Second} {
		if got, err := Parse(s); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "5", "d", "1w", "1,5s", "1e3s", "65536d", "-1d", "1.5d", "NaN", "٣d", "9999999h",
		" 5s"} {
		if got, err := Parse(s); err == nil {
			t.Errorf("%q was read as %v", s, got)
		}
	}
}

func TestVar(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	over := time.Second
	Var(flags, &over, "over", "look at this `SPAN`")
	if err := flags.Parse([]string{"--over", "2d"}); err != nil || over != 48*time.Hour {
		t.Errorf("%v, %v", over, err)
	}
	if err := flags.Parse([]string{"--over", "2"}); err == nil || over != 48*time.Hour {
		t.Errorf("2 was read as %v", over)
	}
}
