package taskiter

import (
	"os/exec"
	"reflect"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// TestSleepersStand: of a process that has not run, everything that was read once stands, also what BPF does not give,
// whatever was wanted in between, and it is what /proc says. What runs is read again.
func TestSleepersStand(t *testing.T) {
	const narrow = procwalk.WantBrief | procwalk.WantCmdline
	const wide = compared | procwalk.WantStatus | procwalk.WantIO | procwalk.WantLabel
	start := func(words ...string) int {
		c := exec.Command(words[0], words[1:]...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		return c.Process.Pid
	}
	sleeper := start("setsid", "sleep", "1000")
	busy := start("setsid", "sh", "-c", "while :; do read x </proc/self/stat; done")
	w := openWalker(t, procwalk.Keep())
	proc, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer proc.Close()
	proctest.Until(t, "the status of a sleeper is not read again", func() bool {
		before := read(t, w, wide).Find(sleeper)
		read(t, w, narrow)
		s := read(t, w, wide)
		after := s.Find(sleeper)
		if s.Origin.Bulk != "BPF" {
			t.Fatalf("the rows come from %+v", s.Origin)
		}
		return before != nil && after != nil && before.Status == after.Status && before.IO == after.IO &&
			!after.Status.Brief
	})
	for _, want := range []procwalk.Want{wide, narrow, narrow, wide, procwalk.WantIO, wide} {
		is, says := read(t, w, want).Find(sleeper), read(t, proc, want).Find(sleeper)
		if is == nil || says == nil {
			t.Fatal("the sleeper is missing")
		}
		a, b := *is, *says
		if want&procwalk.WantStatus != 0 {
			x, y := *a.Status, *b.Status
			x.SigQUsed, y.SigQUsed = 0, 0                       // of all processes of the user
			x.VmHWM, x.VmRSS, x.RssAnon, x.RssFile = 0, 0, 0, 0 // counted for each processor, summed up now and then
			y.VmHWM, y.VmRSS, y.RssAnon, y.RssFile = 0, 0, 0, 0 //
			if !reflect.DeepEqual(x, y) {
				t.Errorf("status is\n%+v, /proc says\n%+v", x, y)
			}
		}
		if !reflect.DeepEqual(a.IO, b.IO) || !reflect.DeepEqual(a.Cmdline, b.Cmdline) ||
			!reflect.DeepEqual(a.Cgroups, b.Cgroups) || !reflect.DeepEqual(rootless(a.NS), b.NS) ||
			!reflect.DeepEqual(a.Label, b.Label) {
			t.Errorf("wanted %b: %+v, /proc says %+v", want, a, b)
		}
	}
	first := read(t, w, wide).Find(busy).IO
	proctest.Until(t, "what a busy process reads is counted", func() bool {
		now := read(t, w, wide).Find(busy).IO
		return first.Err != nil || now.RChar > first.RChar
	})
}
