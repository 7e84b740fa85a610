package procwalk

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"bones/procwalk/hangs"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// stuckWorld is a table in which the command lines of the given PIDs never answer: they are FIFOs that nobody
// writes to, which hang a reader as a held memory lock does.
func stuckWorld(t *testing.T, n int, mnt func(pid int) uint64, stuck ...int) *proctest.Tree {
	t.Helper()
	tree := proctest.New(t)
	tree.Host(10)
	for pid := 1000; pid < 1000+n; pid++ {
		tree.Add(proctest.Proc{PID: pid, PPID: 1, Comm: "worker", Args: []string{"worker", strconv.Itoa(pid)},
			NS: map[string]uint64{"mnt": mnt(pid)}})
	}
	var stop sync.WaitGroup
	done := make(chan struct{})
	for _, pid := range stuck {
		path := tree.Path(strconv.Itoa(pid), "cmdline")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := unix.Mkfifo(path, 0o644); err != nil {
			t.Fatal(err)
		}
		// When the test is over, whoever still hangs gets an end of file.
		stop.Go(func() {
			<-done
			for deadline := proctest.Deadline(); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
				if fd, err := unix.Open(path, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
					unix.Close(fd)
					return
				}
			}
		})
	}
	t.Cleanup(func() {
		for _, pid := range stuck {
			// A reader may not be there at all: then the one below is.
			if fd, err := unix.Open(tree.Path(strconv.Itoa(pid), "cmdline"), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC,
				0); err == nil {
				defer unix.Close(fd)
			}
		}
		close(done)
		stop.Wait()
	})
	return tree
}

// stuckIn counts the reads that were left behind.
func stuckIn(w *Walker) int {
	return w.jail.Stuck()
}

func onHost(int) uint64 { return proctest.HostNS("mnt") }

func checkStuck(t *testing.T, s *Snapshot, n int, stuck map[int]bool) {
	t.Helper()
	for pid := 1000; pid < 1000+n; pid++ {
		p := s.Find(pid)
		if p == nil {
			t.Fatalf("PID %d is lost", pid)
		}
		if stuck[pid] {
			if !errors.Is(p.Cmdline.Err, ErrStuck) || p.Comm.Raw() != "worker" {
				t.Errorf("PID %d: cmdline %+v", pid, p.Cmdline)
			}
		} else if want := "worker\x00" + strconv.Itoa(pid) + "\x00"; p.Cmdline.Raw.Raw() != want {
			t.Errorf("PID %d: cmdline %+v, want %q", pid, p.Cmdline, want)
		}
	}
}

func TestStuckProcessHoldsUpNobody(t *testing.T) {
	tree := stuckWorld(t, 300, onHost, 1003, 1200)
	for _, options := range [][]Option{{Workers(1)}, {Workers(2), Keep()}} {
		w := newTestWalker(t, tree.Path(), options...)
		for range 3 {
			s := snapshot(t, w, WantCmdline|WantStatus)
			checkStuck(t, s, 300, map[int]bool{1003: true, 1200: true})
			if len(s.Processes) != 310 {
				t.Errorf("%d rows, want 310", len(s.Processes))
			}
		}
		if n := stuckIn(w); n != 2 {
			t.Errorf("%d reads were left behind, want 2: an identity that hung is not tried again", n)
		}
	}
}

func TestStuckContainerBlindsOnlyItself(t *testing.T) {
	stuck := map[int]bool{}
	var pids []int
	for pid := 1010; pid < 1060; pid++ {
		stuck[pid] = true
		pids = append(pids, pid)
	}
	tree := stuckWorld(t, 100, func(pid int) uint64 {
		if stuck[pid] {
			return 4026599999
		}
		return onHost(pid)
	}, pids...)
	w := newTestWalker(t, tree.Path(), Workers(2))
	s := snapshot(t, w, WantCmdline)
	for pid := 1000; pid < 1100; pid++ {
		p := s.Find(pid)
		if p == nil {
			t.Fatalf("PID %d is lost", pid)
		}
		if err := p.Cmdline.Err; stuck[pid] != (errors.Is(err, ErrStuck) || errors.Is(err, ErrNotTried)) {
			t.Errorf("PID %d: cmdline %+v", pid, p.Cmdline)
		}
	}
	if n := stuckIn(w); n < 1 || n > hangs.PerPrisoner+2 { // two workers may be in it at once
		t.Errorf("%d reads were left behind for one container", n)
	}
}

func TestCancelWhileStuck(t *testing.T) {
	tree := stuckWorld(t, 3, onHost, 1000, 1001, 1002)
	w := newTestWalker(t, tree.Path(), Workers(1))
	ctx, cancel := context.WithCancel(context.Background())
	returned := make(chan error, 1)
	go func() {
		_, err := w.Snapshot(ctx, Request{Want: WantCmdline})
		returned <- err
	}()
	cancel()
	select {
	case err := <-returned:
		if !errors.Is(err, context.Canceled) {
			t.Errorf("err = %v", err)
		}
	case <-time.After(proctest.Patience):
		t.Fatal("a cancelled snapshot did not return")
	}
}

// TestBusyIsNotStuck: a thread that only lacks a processor is told from one that waits for what it reads.
func TestBusyIsNotStuck(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if !runnable(unix.Gettid()) {
		t.Error("the thread that asks is not runnable")
	}
	var pipe [2]int
	if err := unix.Pipe2(pipe[:], unix.O_CLOEXEC); err != nil {
		t.Fatal(err)
	}
	thread, done := make(chan int), make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		thread <- unix.Gettid()
		unix.Read(pipe[0], make([]byte, 1)) // hangs until the other end is closed
	}()
	who := <-thread
	proctest.Until(t, "the thread that reads a pipe waits", func() bool { return !runnable(who) })
	unix.Close(pipe[1])
	<-done
	unix.Close(pipe[0])
	if runnable(1 << 30) {
		t.Error("a thread that is not there is runnable")
	}
}
