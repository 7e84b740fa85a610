package timens

import (
	"os"
	"strings"
	"testing"
	"time"
)

func TestParseLine(t *testing.T) {
	for line, want := range map[string]time.Duration{
		"monotonic          -5         0\n": -5 * time.Second,
		"boottime        86400         7\n": 24*time.Hour + 7,
		"boottime           -1 500000000":   -time.Second / 2,
		"boottime   4611686018         0":   4611686018 * time.Second, // the most that the kernel allows
		"monotonic           0         0":   0,
		"boottime 9999999999999999999999 0": -1,
		"boottime 9223372036 0":             -1,
		"boottime -9223372036 0":            -1,
		"boottime 1 1000000000":             -1,
		"boottime 1 -1":                     -1,
		"boottime x 0":                      -1,
		"boottime 1":                        -1,
		"boottime 1 0 0":                    -1,
		"":                                  -1,
	} {
		o, ok := ParseLine(line)
		if ok != (want != -1) || ok && (o.Duration() != want || o.None() != (want == 0)) {
			t.Errorf("%q is %+v, %v", line, o, ok)
		}
	}
}

// TestParseOurs: the lines that this kernel writes are known.
func TestParseOurs(t *testing.T) {
	b, err := os.ReadFile("/proc/self/timens_offsets")
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(b)) {
		if o, ok := ParseLine(line); !ok || o.Clock != "monotonic" && o.Clock != "boottime" {
			t.Errorf("%q is %+v, %v", line, o, ok)
		}
	}
}
