package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/recordtest"
	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestRecorderIsKilled kills recorders that run, with SIGKILL: many one after the other in the same directory, and
// that in many directories, while the host changes under them. Half of them are killed in the moment in which a
// file grows, the others at any time. All that they had written is read, nothing is damaged, each frame has the
// processes that were there, and no byte of what a recorder left is ever changed. What one directory has is read
// again after each kill, and therefore there are few in one: 10,000 in one would take days.
func TestRecorderIsKilled(t *testing.T) {
	m := builtBones(t)
	const rounds = 25 // in one directory
	kills, frames, within := 0, 0, 0
	for want := proctest.Soak(8, soakKills(t)); kills < want; {
		k := &killing{t: t, bones: m.bones, tree: proctest.New(t), dir: filepath.Join(t.TempDir(), "recording"),
			files: map[string][]byte{}, rnd: rand.New(rand.NewPCG(uint64(kills), uint64(time.Now().UnixNano())))}
		k.tree.Fill(50, func(i int) proctest.Proc {
			return proctest.Proc{PID: i + 1, PPID: i / 2, Comm: "x", Args: []string{"x"}}
		})
		for round := range min(rounds, want-kills) {
			k.round(round)
			if kills++; kills%500 == 0 {
				t.Logf("%d recorders were killed", kills)
			}
		}
		frames, within = frames+k.frames, within+k.within
		if err := os.RemoveAll(k.dir); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(k.tree.Path()); err != nil { // hundreds of copies of it are many files
			t.Fatal(err)
		}
	}
	t.Logf("%d recorders were killed, %d of them while they wrote; their %d frames are what was there", kills, within,
		frames)
}

// soakKills is how many recorders a soak kills: 10,000, or what BONES_SOAK says, if that is another number than 1.
func soakKills(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("BONES_SOAK")); err == nil && n > 1 {
		return n
	}
	return 10_000
}

// killing is a directory in which one recorder after the other is killed.
type killing struct {
	t      *testing.T
	bones  string
	tree   *proctest.Tree
	dir    string
	rnd    *rand.Rand
	states [][]procwalk.Process // of the host, in the order in which they were
	state  int                  // of the frame that was read last
	files  map[string][]byte    // what is in them
	frames int                  // that were seen, must be there from then on, and were compared
	within int                  // recorders that were killed while a file grew
}

// written is how many bytes the files of the recording have.
func (k *killing) written() (size int64) {
	list, _ := os.ReadDir(k.dir)
	for _, e := range list {
		if info, err := e.Info(); err == nil {
			size += info.Size()
		}
	}
	return size
}

// count is how many frames can be read now.
func (k *killing) count() int {
	r, err := record.Open(k.dir)
	if err != nil {
		return 0
	}
	defer r.Close()
	return r.Len()
}

// round starts a recorder, kills it, and compares.
func (k *killing) round(round int) {
	t := k.t
	k.tree.Add(proctest.Proc{PID: 1000 + round, PPID: 1, Comm: "new", Args: []string{"new"}})
	k.states = append(k.states, processesOf(t, k.tree))
	c := exec.Command(k.bones, "record", "--interval", "100ms", "--dir", k.dir, "--proc", k.tree.Path())
	size := k.written()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	least := k.frames
	if k.rnd.IntN(2) == 0 {
		// In the middle of the first write, or of the next one.
		for range 1 + k.rnd.IntN(2) {
			for deadline := proctest.Deadline(); k.written() == size; {
				if time.Now().After(deadline) {
					t.Fatal("the recorder writes nothing")
				}
				time.Sleep(20 * time.Microsecond) // a write takes longer
			}
			size = k.written()
		}
		k.within++
	} else {
		proctest.Until(t, "the first frame is there", func() bool {
			least = max(least, k.count())
			return least > k.frames
		})
		time.Sleep(time.Duration(k.rnd.IntN(100_000)) * time.Microsecond) // anywhere between two frames
		least = max(least, k.count())
	}
	proctest.Signal(t, c.Process.Pid, unix.SIGKILL)
	c.Wait()
	k.compare(least)
}

// compare reads the recording as it was left: at least so many frames, and each what the host was.
func (k *killing) compare(least int) {
	t := k.t
	r, err := record.Open(k.dir)
	if err != nil {
		if least == 0 && errors.Is(err, record.ErrEmpty) { // it came to no frame
			return
		}
		t.Fatal(err)
	}
	defer r.Close()
	if r.Len() < least || len(r.Damaged()) > 0 {
		t.Fatalf("%d frames of %d are left, %v", r.Len(), least, r.Damaged())
	}
	for name, old := range k.files {
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
		if i < k.frames {
			continue // its bytes are as they were
		}
		was := k.state
		for k.state < len(k.states) && different(f.Processes, k.states[k.state]) != "" {
			k.state++
		}
		if k.state == len(k.states) {
			var why strings.Builder
			for n := was; n < len(k.states); n++ {
				fmt.Fprintf(&why, "\n  from state %d: %s", n, different(f.Processes, k.states[n]))
			}
			t.Fatalf("frame %d of %d has %d processes, which the host never had, or not any more; it differs%s", i, r.Len(),
				len(f.Processes), why.String())
		}
		if _, err := f.Moment(); err != nil {
			t.Fatalf("frame %d of %d: %v", i, r.Len(), err)
		}
	}
	if r.Len() > k.frames && k.state != len(k.states)-1 {
		t.Fatalf("the last frame has the processes of state %d of %d", k.state, len(k.states))
	}
	k.frames = r.Len()
	list, _ := filepath.Glob(filepath.Join(k.dir, "*.bones"))
	for _, name := range list {
		if k.files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
}

// processesOf reads a /proc as a recorder does, and gives the processes as a recording gives them back.
func processesOf(t *testing.T, tree *proctest.Tree) []procwalk.Process {
	t.Helper()
	w, err := procwalk.NewWalker(tree.Path())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(context.Background(), procwalk.Request{Want: record.Want})
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

// different says what a frame has that there was not; empty: nothing. On a busy machine a reader gives up waiting
// for a file, and says so in its place, as it should: such a field is not compared, whichever of the two readers it
// was.
func different(frame, state []procwalk.Process) string {
	if len(frame) != len(state) {
		return fmt.Sprintf("%d processes, not %d", len(frame), len(state))
	}
	gaveUp := func(err error) bool {
		return errors.Is(err, procwalk.ErrStuck) || errors.Is(err, procwalk.ErrNotTried)
	}
	for i := range frame {
		a, b := frame[i], state[i]
		if a.IO != nil && b.IO != nil && (gaveUp(a.IO.Err) || gaveUp(b.IO.Err)) {
			a.IO, b.IO = nil, nil
		}
		if a.Cmdline != nil && b.Cmdline != nil && (gaveUp(a.Cmdline.Err) || gaveUp(b.Cmdline.Err)) {
			a.Cmdline, b.Cmdline = nil, nil
		}
		x, y := reflect.ValueOf(a), reflect.ValueOf(b)
		for n := range x.NumField() {
			if !reflect.DeepEqual(x.Field(n).Interface(), y.Field(n).Interface()) {
				return fmt.Sprintf("PID %d, %s: %s, not %s", a.PID, x.Type().Field(n).Name, plain(x.Field(n)), plain(y.Field(n)))
			}
		}
	}
	return ""
}

// plain prints a field, and what it points to.
func plain(v reflect.Value) string {
	if v.Kind() == reflect.Pointer && !v.IsNil() {
		v = v.Elem()
	}
	return fmt.Sprintf("%+v", v.Interface())
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
	s.until("the shell", atShell)
}
