package procwalk

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"bones/procwalk/proctest"
)

// TestTheProgramGoesOnWhileGroupsWait: the kernel lets whoever reads /proc/PID/cgroup wait while others change control
// groups. The rest of the program runs meanwhile, even on one processor. A pipe stands in for the file: opening it
// waits for somebody who writes, which is another goroutine of the test, and only if that cannot run, a process.
func TestTheProgramGoesOnWhileGroupsWait(t *testing.T) {
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 5, Start: 50, Missing: []string{"cgroup"}})
	pipe := filepath.Join(tree.Dir(5), "cgroup")
	if err := unix.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	w := newTestWalker(t, tree.Root)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	late := filepath.Join(t.TempDir(), "late")
	last := exec.Command("sh", "-c", `sleep 30; : > "$2"; : > "$1"`, "sh", pipe, late)
	last.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	if err := last.Start(); err != nil {
		t.Fatal(err)
	}
	defer last.Wait()
	defer proctest.Signal(t, -last.Process.Pid, unix.SIGKILL)

	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for !over.Load() {
			// It is refused as long as nobody has the pipe open, or waits for that.
			if fd, err := unix.Open(pipe, unix.O_WRONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0); err == nil {
				unix.Close(fd)
				return
			}
			time.Sleep(time.Millisecond)
		}
	}()
	_, err := w.Snapshot(context.Background(), Request{Want: WantCgroup})
	over.Store(true)
	<-ended
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(late); err == nil {
		t.Error("nothing else of the program ran while the groups of a process were waited for")
	}
}

// TestWorkersOfEachPass: a Walker reads with as many workers as there are processors when it reads, not when it was
// made.
func TestWorkersOfEachPass(t *testing.T) {
	tree := proctest.New(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	w := newTestWalker(t, tree.Root)
	fixed := newTestWalker(t, tree.Root, Workers(2))
	for _, processors := range []int{1, 3, 1, 40} {
		runtime.GOMAXPROCS(processors)
		for walker, want := range map[*Walker]int{w: min(processors, 8), fixed: 2} {
			if got := walker.workersFor(200); got != want {
				t.Errorf("%d processors: %d workers, want %d", processors, got, want)
			}
		}
	}
}
