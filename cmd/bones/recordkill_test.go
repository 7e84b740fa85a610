package main

import (
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bones/cmd/bones/internal/record"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestRecorderIsKilled kills recorders at any time, one after the other in the same directory: all that they had
// written is read, and nothing is damaged.
func TestRecorderIsKilled(t *testing.T) {
	m := builtBones(t)
	tree := proctest.New(t)
	tree.Fill(300, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i / 2, Comm: "x", Args: []string{"x"}}
	})
	dir := filepath.Join(t.TempDir(), "recording")
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	frames := 0 // that were seen, and must be there from then on
	count := func() int {
		r, err := record.Open(dir)
		if err != nil {
			return 0
		}
		defer r.Close()
		return r.Len()
	}
	for range proctest.Soak(8, 400) {
		c := exec.Command(m.bones, "record", "--interval", "100ms", "--dir", dir, "--proc", tree.Path())
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		least := frames + 1 + rnd.IntN(3)
		proctest.Until(t, "frames", func() bool {
			frames = max(frames, count())
			return frames >= least
		})
		time.Sleep(time.Duration(rnd.IntN(100_000)) * time.Microsecond) // anywhere between two frames, or within one
		frames = max(frames, count())
		proctest.Signal(t, c.Process.Pid, unix.SIGKILL)
		c.Wait()
		r, err := record.Open(dir)
		if err != nil {
			t.Fatal(err)
		}
		if r.Len() < frames || len(r.Damaged()) > 0 {
			t.Fatalf("%d frames of %d are left, %v", r.Len(), frames, r.Damaged())
		}
		for i := range r.Len() {
			f, err := r.Frame(i)
			if err != nil {
				t.Fatalf("frame %d of %d: %v", i, r.Len(), err)
			}
			if moment, err := f.Moment(); err != nil || len(moment.Snapshot.Processes) != 300 {
				t.Fatalf("frame %d of %d: %v", i, r.Len(), err)
			}
		}
		frames = r.Len()
		r.Close()
	}
	t.Logf("%d frames of %d recorders", frames, proctest.Soak(8, 400))
}

// TestReplayOfAPipe shows what comes through a pipe while it comes, as `ssh HOST bones record -o - | bones replay -`
// does.
func TestReplayOfAPipe(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	s := newTerminal(t, 110, 24)
	s.line(s.bones + " record --interval 200ms -o - --proc " + tree.Path() + " | " + s.bones +
		" replay - --delay 0.2 --theme mono --ascii --no-mouse --columns pid,command")
	s.until("the other host", shows(" 9 processes", " live", "read-only"))
	tree.Add(proctest.Proc{PID: 30, PPID: 1, Comm: "late", Args: []string{"late"}})
	s.until("what has happened there since", shows(" 10 processes", "late", " live"))
	s.keys(":")
	s.line("at -1h")
	s.until("its beginning", shows(" 9 processes", " 1/"))
	tree.Add(proctest.Proc{PID: 31, PPID: 1, Comm: "later", Args: []string{"later"}})
	s.keys(".", ",")
	s.until("the beginning again, while it grows", shows(" 9 processes", " 1/"))
	s.keys(":")
	s.line("live")
	s.until("now", shows(" 11 processes", "later", " live"))
	s.keys("q")
	s.until("the shell", shows("ready$"))
}
