package procwalk

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestIdleRowsAreRight: a Walker that takes over the rows of processes that have not run shows what /proc does: at
// once of what a process does itself, and of what is to be fresh; of the rest after rereadEvery snapshots at most.
func TestIdleRowsAreRight(t *testing.T) {
	proctest.Need(t, proctest.NiceValues)
	// A parent that ends on demand, a child that goes on, and somebody who sleeps.
	parent := exec.Command("sh", "-c", "sleep 1000 & echo $!; read x")
	in, err := parent.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 32)
	n, _ := out.Read(buf)
	orphan, err := strconv.Atoi(strings.TrimSpace(string(buf[:n])))
	if err != nil || orphan < 2 {
		t.Fatalf("the child's PID: %q, %v", buf[:n], err)
	}
	left, err := os.FindProcess(orphan)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		left.Kill()
		in.Close()
		parent.Wait()
	})
	asleep := child(t, "setsid", "sleep", "1000").Process
	sleeper := asleep.Pid

	w := newTestWalker(t, "/proc", Keep(), Workers(2))
	if !w.clocks {
		t.Fatal("CPU clocks are not looked at, although this is our own /proc")
	}
	var fresh Fresh
	row := func(pid int) *Process { return snapshotOf(t, w, Request{WantBrief | WantCmdline, fresh}).Find(pid) }
	skips := func() bool { // the sleeper's row is taken over
		p := newPass(w, w.wanted, nil)
		defer p.abort()
		for i, pid := range w.pids {
			if k := w.keptRow(pid); pid == sleeper && k != nil {
				return p.idle(i, k)
			}
		}
		return false
	}
	snapshot(t, w, WantBrief|WantCmdline)
	eventually(t, "an idle row is taken over", func() bool {
		snapshot(t, w, WantBrief|WantCmdline)
		return skips()
	})

	if err := unix.Setpriority(unix.PRIO_PROCESS, sleeper, 7); err != nil {
		t.Fatal(err)
	}
	fresh = Fresh{PIDs: []int{sleeper}}
	if p := row(sleeper); p.Nice != 7 {
		t.Errorf("on the screen its nice value is %d, want 7", p.Nice)
	}
	fresh = Fresh{}
	if err := unix.Setpriority(unix.PRIO_PROCESS, sleeper, 9); err != nil {
		t.Fatal(err)
	}
	seen := false
	for range rereadEvery {
		seen = seen || row(sleeper).Nice == 9
	}
	if !seen {
		t.Errorf("after %d snapshots a nice value of 9 has not been seen", rereadEvery)
	}
	if err := asleep.Signal(unix.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the kernel stops it", func() bool {
		s, err := ReadStat("/proc", sleeper)
		return err == nil && s.State == 'T'
	})
	if p := row(sleeper); p.State != 'T' {
		t.Errorf("a stopped process is in state %c", p.State)
	}
	row(orphan)
	in.Close()
	parent.Wait()
	eventually(t, "the child has another parent", func() bool {
		s, err := ReadStat("/proc", orphan)
		return err == nil && s.PPID != parent.Process.Pid
	})
	if p, s := row(orphan), (Stat{}); true {
		if s, err = ReadStat("/proc", orphan); err != nil || p.PPID != s.PPID {
			t.Errorf("the orphan's parent is %d; /proc says %d, %v", p.PPID, s.PPID, err)
		}
	}
}

// TestIdleFieldByField: beside processes that come, go and work, each row is what /proc says before or after it, but
// for what others change.
func TestIdleFieldByField(t *testing.T) {
	for _, script := range []string{"while :; do /bin/true; done", "while :; do sleep 0.01; done"} {
		child(t, "sh", "-c", script)
	}
	w := newTestWalker(t, "/proc", Keep())
	plain := newTestWalker(t, "/proc")
	before := snapshot(t, plain, 0)
	wrong := map[ID]int{}
	for range proctest.Soak(20, 500) {
		is := snapshot(t, w, 0)
		after := snapshot(t, plain, 0)
		for i := range before.Processes {
			a := &before.Processes[i]
			b, p := after.FindID(a.ID()), is.FindID(a.ID())
			if b == nil {
				continue
			}
			if p == nil {
				t.Errorf("PID %d %q is missing", a.PID, a.Comm)
				continue
			}
			sa, sb, sp := steady(a.Stat), steady(b.Stat), steady(p.Stat)
			woken := sp
			woken.State = 'R'
			switch {
			case sa != sb || sa == sp, sa == woken: // others woke it, and it has had no processor yet
				wrong[a.ID()] = 0
			default:
				// It may have run and come to rest between the two readings.
				if wrong[a.ID()]++; wrong[a.ID()] > 3 {
					t.Errorf("PID %d %q: %+v, /proc says %+v", a.PID, a.Comm, sp, sa)
				}
			}
		}
		before = after
	}
}

// steady is what a process alone changes.
func steady(s Stat) Stat {
	s.RSS, s.Nice, s.Priority, s.Processor, s.WChan, s.Flags = 0, 0, 0, 0, 0, 0
	s.KstkESP, s.KstkEIP, s.PGRP = 0, 0, 0
	return s
}

// BenchmarkIdle is a refresh where most processes are idle.
func BenchmarkIdle(b *testing.B) {
	w, err := NewWalker("/proc", Keep())
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	for b.Loop() {
		if _, err := w.Snapshot(b.Context(), Request{Want: WantBrief | WantCmdline}); err != nil {
			b.Fatal(err)
		}
	}
}
