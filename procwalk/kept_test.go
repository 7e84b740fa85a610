package procwalk

import (
	"fmt"
	"reflect"
	"testing"
)

// TestWideAndNarrowInTurn: a view that needs little and a history that keeps everything share one Walker. What a
// process has that has not run is not read again for either of them, and is what /proc says.
func TestWideAndNarrowInTurn(t *testing.T) {
	const narrow = WantBrief | WantCmdline
	const wide = narrow | WantStatus | WantCgroup | WantNS | WantIO | WantLabel
	sleeper := child(t, "setsid", "sleep", "1000").Process.Pid
	busy := child(t, "setsid", "sh", "-c", "while :; do read x </proc/self/stat; done").Process.Pid
	w := newTestWalker(t, "/proc", Keep(), Workers(2))
	if !w.clocks {
		t.Fatal("CPU clocks are not looked at, although this is our own /proc")
	}
	takenOver := func(want Want) bool {
		p := newPass(w, want, nil)
		defer p.abort()
		for i, pid := range w.pids {
			if k := w.keptRow(pid); pid == sleeper && k != nil {
				return p.idle(i, k)
			}
		}
		return false
	}
	eventually(t, "its row is taken over for everything, although little was wanted last", func() bool {
		snapshot(t, w, wide)
		snapshot(t, w, narrow)
		return takenOver(wide)
	})
	for _, want := range []Want{narrow, wide, narrow, narrow, wide, WantIO, wide, WantCgroup | WantLabel, wide} {
		got := snapshot(t, w, want)
		anew := snapshot(t, newTestWalker(t, "/proc", Keep()), want) // one that keeps nothing reads less of status
		p, q := got.Find(sleeper), anew.Find(sleeper)
		if p == nil || q == nil || !reflect.DeepEqual(alone(p), alone(q)) {
			t.Fatalf("wanted %b:\n%s, /proc says\n%s", want, wholly(p), wholly(q))
		}
		p, q = got.Find(busy), anew.Find(busy)
		if p == nil || q == nil {
			t.Fatal("the busy child is not there")
		}
		if (p.IO == nil) != (want&WantIO == 0) || (p.Label == nil) != (want&WantLabel == 0) ||
			(p.Cgroups == nil) != (want&WantCgroup == 0) || (p.Cmdline == nil) != (want&WantCmdline == 0) {
			t.Errorf("wanted %b: %+v", want, p)
		}
		if p.IO != nil && p.IO.Err == nil {
			before := p.IO.RChar
			eventually(t, "what a busy process reads is counted", func() bool {
				return snapshot(t, w, want).Find(busy).IO.RChar > before
			})
		}
	}
}

// alone is a row without what other processes of the same user count up, and without the resident size, which the
// kernel counts for each processor and sums up now and then.
func alone(p *Process) Process {
	row := *p
	row.RSS = 0
	if row.Status != nil {
		status := *row.Status
		status.SigQUsed = 0
		status.VmHWM, status.VmRSS, status.RssAnon, status.RssFile = 0, 0, 0, 0
		row.Status = &status
	}
	return row
}

// wholly is a row with what its pointers point to.
func wholly(p *Process) string {
	if p == nil {
		return "nothing"
	}
	return fmt.Sprintf("%+v\n%+v\n%+v\n%+v\n%+v\n%+v\n%+v", p.Stat, p.Status, p.Cmdline, p.Cgroups, p.NS, p.IO, p.Label)
}
