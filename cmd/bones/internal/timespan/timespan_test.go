package timespan

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
)

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
