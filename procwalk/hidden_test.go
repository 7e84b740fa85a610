package procwalk

import (
	"runtime"
	"testing"

	"golang.org/x/sys/unix"
)

// blind is a Bulk from which the kernel hides every process.
type blind struct{ reads int }

func (b *blind) Name() string                                            { return "blind" }
func (b *blind) Read(*Machine, bool) (Batch, error)                      { b.reads++; return b, nil }
func (b *blind) Close() error                                            { return nil }
func (b *blind) Len() int                                                { return 0 }
func (b *blind) PID(int) int                                             { return 0 }
func (b *blind) Position(int) int                                        { return 0 }
func (b *blind) Has() Want                                               { return 0 }
func (b *blind) Started(int) uint64                                      { return 0 }
func (b *blind) Same(int) bool                                           { return false }
func (b *blind) Fill(int, Want, *Process, Given, *Process) (Given, bool) { return Given{}, false }

// TestHiddenFromBulk: a process that the kernel hides from the bulk is in the next snapshot all the same, whether the
// directory is listed for it or not, and leaves the table when it ends; no thread is taken for one.
func TestHiddenFromBulk(t *testing.T) {
	from := &blind{}
	w := newTestWalker(t, "/proc", Keep(), BulkFrom(0, true, func(string, *Machine) (Bulk, error) { return from, nil }))
	snapshot(t, w, 0)
	tid := make(chan int)
	done := make(chan struct{})
	defer close(done)
	for range 2 * rereadEvery {
		c := child(t, "sleep", "1000")
		go func() { // a thread that lives as long
			runtime.LockOSThread()
			tid <- unix.Gettid()
			<-done
		}()
		thread := <-tid
		s := snapshot(t, w, 0)
		if s.Find(c.Process.Pid) == nil {
			t.Fatalf("PID %d is missing", c.Process.Pid)
		}
		if thread != unix.Getpid() && s.Find(thread) != nil {
			t.Fatalf("the thread %d is taken for a process", thread)
		}
		c.Process.Kill()
		c.Wait()
		if snapshot(t, w, 0).Find(c.Process.Pid) != nil {
			t.Fatalf("PID %d has ended", c.Process.Pid)
		}
	}
	if from.reads == 0 {
		t.Error("the bulk was not asked")
	}
}
