package capability

import (
	"fmt"
	"os"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"bones/procwalk/fields"
)

// told is what status says of this thread.
func told(t *testing.T) Sets {
	t.Helper()
	b, err := os.ReadFile("/proc/thread-self/status")
	if err != nil {
		t.Fatal(err)
	}
	var sets [3]uint64
	for i, name := range []string{"CapEff", "CapPrm", "CapInh"} {
		line, ok := fields.Value(b, name)
		if _, err := fmt.Sscanf(string(line.Word()), "%x", &sets[i]); !ok || err != nil {
			t.Fatal(name, ok, err)
		}
	}
	return Sets{sets[0], sets[1], sets[2]}
}

// TestSets: what is read is what the kernel shows of this thread, also in the upper half, and so is what was set.
func TestSets(t *testing.T) {
	runtime.LockOSThread() // and never unlocked: the thread ends with what was made of it
	had, err := Get()
	if want := told(t); err != nil || had != want {
		t.Fatalf("%x, %v; status says %x", had, err, want)
	}
	for _, c := range []int{unix.CAP_KILL, unix.CAP_BPF} {
		if had.Permitted>>c&1 == 0 {
			t.Skip("this needs root")
		}
		fewer := had
		fewer.Effective &^= 1 << c
		fewer.Inheritable = 0
		if err := Set(fewer); err != nil {
			t.Fatal(err)
		}
		if got := told(t); got != fewer || fewer.Has(c) || !had.Has(c) && had.Effective != 0 {
			t.Errorf("without %d: status says %x, want %x", c, got, fewer)
		}
	}
	if err := Set(had); err != nil || told(t) != had {
		t.Errorf("%x, %v; want %x", told(t), err, had)
	}
}
