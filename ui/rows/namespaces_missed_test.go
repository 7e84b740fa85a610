package rows

import (
	"fmt"
	"slices"
	"testing"

	"bones/nsview"
	"bones/procwalk"

	"golang.org/x/sys/unix"
)

func TestNSMissed(t *testing.T) {
	v := &nsview.View{Snapshot: &procwalk.Snapshot{Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 5}},
		{Stat: procwalk.Stat{PID: 9}}}}}
	if got := NSMissed(v); len(got) != 0 {
		t.Errorf("nothing was missed: %q", got)
	}
	v.Missed = []nsview.Missed{
		{What: "descriptors", Row: 1, Err: nsview.ErrDeadline}, {What: "mounts", Row: -1, MntNS: 77,
			Err: fmt.Errorf("x\n: %w", unix.EINVAL)},
		{What: "descriptors", Row: 0, Err: unix.EACCES}, {What: "threads", Row: 0, Err: unix.EACCES},
	}
	want := []string{
		"the threads of 1 process were not looked into, PID 5: permission denied; needs CAP_SYS_PTRACE and all " +
			"capabilities that the process has; " +
			"what is held there alone is not shown",
		"the descriptors of 2 processes were not looked into, the first is PID 9: no answer in time; what is held there " +
			"alone is not shown",
		`the mounts of 1 mount namespace were not looked into, mnt:[77]: x\n: invalid argument; what is held there alone is not shown`,
	}
	if got := NSMissed(v); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
