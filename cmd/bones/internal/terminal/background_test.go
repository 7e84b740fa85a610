package terminal

import (
	"os"
	"regexp"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

// TestFromBackgroundIgnoresNothing: what is started later has SIGTTOU as we were started with it.
func TestFromBackgroundIgnoresNothing(t *testing.T) {
	mask := func(field string) uint64 {
		b, err := os.ReadFile("/proc/thread-self/status")
		if err != nil {
			t.Fatal(err)
		}
		m := regexp.MustCompile(field + `:\s*([0-9a-f]+)`).FindSubmatch(b)
		if m == nil {
			t.Fatalf("no %s in %s", field, b)
		}
		n, err := strconv.ParseUint(string(m[1]), 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		return n >> (unix.SIGTTOU - 1) & 1
	}
	before := mask("SigIgn")
	FromBackground(func() {
		if mask("SigBlk") != 1 {
			t.Error("SIGTTOU is not blocked")
		}
	})
	if after := mask("SigIgn"); after != before {
		t.Errorf("SIGTTOU is ignored: %d, before %d", after, before)
	}
	o := &Own{in: -1, saved: &term.State{}, raw: true}
	o.Restore()
	if after := mask("SigIgn"); after != before {
		t.Errorf("SIGTTOU is ignored after Restore: %d, before %d", after, before)
	}
}
