package spec

import "testing"

func TestBytesInWords(t *testing.T) {
	for _, c := range []struct {
		n                         uint64
		cells, short, exact, said string
	}{
		{0, "0", "0", "0", "0 bytes"},
		{812, "812", "812", "812", "812 bytes"},
		{1000, "1.0K", "1K", "1000", "1000 bytes"},
		{10 << 10, "10K", "10K", "10K", "10 KiB"},
		{48 << 20, "48M", "48M", "48M", "48 MiB"},
		{48<<20 + 300<<10, "48M", "48M", "48.3M", "48.29 MiB"},
		{1 << 30, "1.0G", "1G", "1G", "1 GiB"},
		{3 << 29, "1.5G", "1.5G", "1.5G", "1.5 GiB"},
		{1<<64 - 1, "16E", "16E", "16777216.0T", "16 EiB"},
	} {
		if cells := string(AppendSize(nil, c.n)); cells != c.cells || Size(c.n) != c.short || SayBytes(c.n) != c.said {
			t.Errorf("%d: %q, %q, %q", c.n, cells, Size(c.n), SayBytes(c.n))
		}
		if got := ExactSize(c.n); got != c.exact {
			t.Errorf("%d: %q, not %q", c.n, got, c.exact)
		}
	}
}
