package main

import (
	"strings"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/virt/machines"
)

// TestTooManyMachines: that not all processes were looked into that could be virtual machines is said by what lists
// those.
func TestTooManyMachines(t *testing.T) {
	for n, want := range map[int]bool{3: false, 1001: true} {
		tree := proctest.New(t)
		tree.Fill(n, func(i int) proctest.Proc {
			return proctest.Proc{PID: i + 10, PPID: 1, Comm: "qemu-system-x86", Args: []string{"qemu-system-x86_64"}}
		})
		for _, line := range [][]string{{"containers", "--machines"}, {"ns", "--matrix"}} {
			_, errs, _ := say(t, append(line, "--proc", tree.Path())...)
			if strings.Contains(errs, machines.ErrMany.Error()) != want {
				t.Errorf("%q with %d of them says %q", line, n, errs)
			}
		}
	}
}
