package edit

import (
	"testing"

	"bones/cgroupview"
)

// TestWords: a sentence has numbers as people say them.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		version               int
		file, value, what, is string
	}{
		{1, "memory.limit_in_bytes", "9223372036854771712", "memory", "unlimited"},
		{1, "memory.limit_in_bytes", "-1", "memory", "unlimited"},
		{1, "memory.limit_in_bytes", "1073741824", "memory", "1 GiB"},
		{2, "memory.max", "max", "memory", "unlimited"},
		{2, "memory.max", "100663296", "memory", "96 MiB"},
		{2, "memory.max", "1610612736", "memory", "1.5 GiB"},
		{2, "memory.swap.max", "0", "swap", "0 bytes"},
		{2, "cpu.max", "150000 100000", "cpus", "1.5 CPUs"},
		{2, "cpu.max", "max 100000", "cpus", "unlimited"},
		{2, "pids.max", "100", "pids", "100"},
		{2, "pids.max", "max", "pids", "unlimited"},
		{2, "no.such.file", "a\x1bb", "no.such.file", `a\x1bb`},
	} {
		change := Change{Group: &cgroupview.Group{Hierarchy: &cgroupview.Hierarchy{Version: c.version}}, File: c.file,
			Old: c.value, New: c.value}
		if what, old, now := change.Words(); what != c.what || old != c.is || now != c.is {
			t.Errorf("%s of %q: %q, %q and %q, want %q, %q", c.file, c.value, what, old, now, c.what, c.is)
		}
	}
}
