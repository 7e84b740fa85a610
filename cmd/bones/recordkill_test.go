package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestRecorderIsKilled kills recorders at any time, one after the other in the same directory, while the host changes
// under them: all that they had written is read, nothing is damaged, each frame has the processes that were there, and
// no byte of what a recorder left is ever changed.
func TestRecorderIsKilled(t *testing.T) {
	m := builtBones(t)
	tree := proctest.New(t)
	tree.Fill(300, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i / 2, Comm: "x", Args: []string{"x"}}
	})
	dir := filepath.Join(t.TempDir(), "recording")
	rnd := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	var states [][sha256.Size]byte // of the host, in the order in which they were
	state := 0                     // of the frame that was read last
	files := map[string][]byte{}   // what is in them
	frames, checked := 0, 0        // that were seen, and must be there from then on; that were compared
	count := func() int {
		r, err := record.Open(dir)
		if err != nil {
			return 0
		}
		defer r.Close()
		return r.Len()
	}
	for round := range proctest.Soak(8, 400) {
		tree.Add(proctest.Proc{PID: 1000 + round, PPID: 1, Comm: "new", Args: []string{"new"}})
		states = append(states, processesSum(t, processesOf(t, tree)))
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
		for name, old := range files {
			now, err := os.ReadFile(name)
			if err != nil || !bytes.HasPrefix(now, old) {
				t.Fatalf("%s is not what it was when its recorder ended: %v", name, err)
			}
		}
		for i := range r.Len() {
			f, err := r.Frame(i)
			if err != nil {
				t.Fatalf("frame %d of %d: %v", i, r.Len(), err)
			}
			if i < checked {
				continue // its bytes are as they were
			}
			is := processesSum(t, f.Processes)
			for state < len(states) && is != states[state] {
				state++
			}
			if state == len(states) {
				t.Fatalf("frame %d of %d has %d processes, which the host never had, or not any more", i, r.Len(),
					len(f.Processes))
			}
			if _, err := f.Moment(); err != nil {
				t.Fatalf("frame %d of %d: %v", i, r.Len(), err)
			}
		}
		if state != len(states)-1 {
			t.Fatalf("the last frame has the processes of state %d of %d", state, len(states))
		}
		frames, checked = r.Len(), r.Len()
		r.Close()
		list, _ := filepath.Glob(filepath.Join(dir, "*.bones"))
		for _, name := range list {
			if files[name], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
	}
	t.Logf("%d frames of %d recorders", frames, proctest.Soak(8, 400))
}

// processesOf reads a /proc as a recorder does, and gives the processes as a recording gives them back.
func processesOf(t *testing.T, tree *proctest.Tree) []procwalk.Process {
	t.Helper()
	w, err := procwalk.NewWalker(tree.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(context.Background(), record.Want)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "now")
	recordtest.Write(t, path, record.FrameOf(&inventory.Moment{Snapshot: s}, record.Names{}))
	r, err := record.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	f, err := r.Frame(0)
	if err != nil {
		t.Fatal(err)
	}
	return f.Processes
}

// processesSum is a sum over all that a recording holds of processes.
func processesSum(t *testing.T, list []procwalk.Process) [sha256.Size]byte {
	t.Helper()
	h := sha256.New()
	s, err := record.NewStream(h)
	if err == nil {
		err = s.Write(&record.Frame{Processes: list})
	}
	if err != nil {
		t.Fatal(err)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

// TestReplayOfAPipe shows what comes through a pipe while it comes, as `ssh HOST bones record -o - | bones replay -`
// does.
func TestReplayOfAPipe(t *testing.T) {
	tree := proctest.New(t)
	tree.Fill(9, func(i int) proctest.Proc { return proctest.Proc{PID: i + 1, PPID: i, Comm: "x", Args: []string{"x"}} })
	s := newTerminal(t, 110, 32) // with room for all rows
	s.line(s.bones + " record --interval 200ms -o - --proc " + tree.Path() + " | " + s.bones +
		" replay - --delay 0.2 --theme mono --ascii --no-mouse --columns pid,command")
	s.until("the other host", inTable(9, " live", "read-only"))
	tree.Add(proctest.Proc{PID: 30, PPID: 1, Comm: "late", Args: []string{"late"}})
	s.until("what has happened there since", inTable(10, "late", " live"))
	s.keys(":")
	s.line("at -1h")
	s.until("its beginning", inTable(9, "] 1/"))
	patient := proctest.Deadline()
	tree.Add(proctest.Proc{PID: 31, PPID: 1, Comm: "later", Args: []string{"later"}})
	s.keys(".", ",")
	s.until("the beginning again, while it grows", inTable(9, "] 1/"))
	for !inTable(11, "later")(s.screen()) { // what came while the beginning was shown is stepped to
		if s.keys("}"); time.Now().After(patient) {
			t.Fatalf("it does not get to what came meanwhile; the screen:\n%s", s.screen())
		}
	}
	s.keys(":")
	s.line("live")
	s.until("now", inTable(11, "later", " live"))
	s.keys("q")
	s.until("the shell", shows("ready$"))
}
