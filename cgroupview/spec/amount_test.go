package spec

import (
	"strings"
	"testing"
)

// TestTooLarge: what does not fit is told with what would, and not in Go's words.
func TestTooLarge(t *testing.T) {
	huge := strings.Repeat("9", 27)
	said := func(_ any, err error) string {
		if err == nil {
			return "it is taken"
		}
		return err.Error()
	}
	memory := func(s string) string { return said(ParseMemory(s, 8<<30)) }
	for most, got := range map[string]string{"9223372036852678656 bytes": memory(huge), "8192": said(ParseCPUs(huge)),
		"4194304": said(ParsePIDs(huge)), "9223372036854775807 bytes": said(ParseSize(huge, 0)),
		"18446744073709551615": said(ParseNumber(huge))} {
		if !strings.Contains(got, most) || strings.Contains(got, "out of range") {
			t.Errorf("%s does not say that %s are possible", got, most)
		}
	}
	for _, s := range []string{"8E", "9999999999999999999999999G", "9223372036852678657", "1.5E9"} {
		if got := memory(s); !strings.Contains(got, "9223372036852678656 bytes") != (s == "1.5E9") {
			t.Errorf("%s: %s", s, got)
		}
	}
}

func TestShareOfNothing(t *testing.T) {
	if n, err := ParseSize("10%", 0); err == nil {
		t.Errorf("10%% of an unknown amount is %d", n)
	}
}

func FuzzAmounts(f *testing.F) {
	for _, s := range []string{"64MiB", "16E", "10%", "1.5", "max", "0.00001", "9223372036854775807"} {
		f.Add(s, uint64(8<<30))
	}
	f.Fuzz(func(t *testing.T, s string, total uint64) {
		if n, err := ParseMemory(s, total); err == nil && n != 0 && (n < leastMemory || n > mostMemory) {
			t.Errorf("memory %q = %d: out of range", s, n)
		}
		if n, err := ParseCPUs(s); err == nil && n != 0 && (n < LeastQuota || n > (mostCPUs+1)*CPUPeriod) {
			t.Errorf("cpus %q = %d: out of range", s, n)
		}
		if n, err := ParsePIDs(s); err == nil && (n < 0 || n > mostPIDs) {
			t.Errorf("pids %q = %d: out of range", s, n)
		}
	})
}
