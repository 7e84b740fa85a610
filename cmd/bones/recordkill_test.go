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
