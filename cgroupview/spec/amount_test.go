package spec

import "testing"

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
