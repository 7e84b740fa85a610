package netview

import (
	"testing"
	"time"

	"github.com/spf13/pflag"
)

// TestOverIsAnInterval: --over is the time between two readings, and takes what Tab offers for it.
func TestOverIsAnInterval(t *testing.T) {
	for typed, want := range map[string]time.Duration{"": time.Second, "0.5": time.Second / 2, "1": time.Second,
		"5s": 5 * time.Second, "1m": time.Minute, "10ms": 10 * time.Millisecond, "1h": time.Hour, "9ms": 0, "61m": 0,
		"0": 0, "x": 0} {
		var r Readings
		flags := pflag.NewFlagSet("", pflag.ContinueOnError)
		r.Register(flags, "", "")
		if typed != "" {
			if err := flags.Parse([]string{"--rates", "--over", typed}); err != nil {
				t.Errorf("%q: %v", typed, err)
				continue
			}
		}
		r.Rates = true
		if err := r.Check(); err == nil != (want != 0) || err == nil && r.Span() != want {
			t.Errorf("%q is %v, %v; want %v", typed, r.Span(), err, want)
		}
	}
}
