package unshare

import (
	"strings"
	"testing"
)

func TestParseSize(t *testing.T) {
	for s, want := range map[string]int64{
		"64M": 64 << 20, "64m": 64 << 20, "1G": 1 << 30, "512MiB": 512 << 20, "4096": 4096, "4KiB": 4096, "1TiB": 1 << 40,
		"7E": 7 << 60, "8191P": 8191 << 50,
	} {
		if got, err := ParseSize(s); got != want || err != nil {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	// The 14 bad values that every size is tried with, and some of our own.
	for _, s := range []string{
		"", "\n", "  ", "abc", "0x100000", "1e6", "-64M", "-1", "max", "18446744073709551616", "16E", "1.5G", "64MB", "64M x",
		strings.Repeat("9", 5000), "8E", "9223372036854775807", "1", "0", "0M", "64 M", "64M\n", "+64M", "iB", "64iB", "64B", "64KK", "1_000_000", "٣M",
	} {
		if got, err := ParseSize(s); err == nil {
			t.Errorf("ParseSize(%.30q) = %d, want an error", s, got)
		}
	}
}

func TestParseCPUs(t *testing.T) {
	for s, want := range map[string]int64{"1": 100000, "1.5": 150000, "0.01": 1000, "2.25": 225000, "0.12345": 12345, "65536": 6553600000} {
		if got, err := ParseCPUs(s); got != want || err != nil {
			t.Errorf("ParseCPUs(%q) = %d, %v; want %d", s, got, err, want)
		}
	}
	for _, s := range []string{"", "0", "0.001", ".5", "1.", "1.5.5", "-1", "1e2", "NaN", "Inf", "1,5", " 1", "1.-5", "0.123456", "65537", strings.Repeat("9", 5000)} {
		if got, err := ParseCPUs(s); err == nil {
			t.Errorf("ParseCPUs(%.30q) = %d, want an error", s, got)
		}
	}
}

func TestParsePIDs(t *testing.T) {
	if got, err := ParsePIDs("4194304"); got != 4194304 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	for _, s := range []string{"", "0", "-1", "max", "4194305", "1.0", "0x10", "99999999999999999999"} {
		if got, err := ParsePIDs(s); err == nil {
			t.Errorf("ParsePIDs(%q) = %d, want an error", s, got)
		}
	}
}

func FuzzParseSize(f *testing.F) {
	f.Add("64MiB")
	f.Add("16E")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := ParseSize(s); err == nil && (n < leastMemory || n > maxMemory) {
			t.Errorf("ParseSize(%q) = %d: out of range", s, n)
		}
	})
}
