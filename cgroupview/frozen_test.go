package cgroupview

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview/container"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// frozenOuter is a group with a process in a group inside, where both were frozen, of version 1 or 2.
func frozenOuter(t *testing.T, version int) (h *FileSystem, outer, inner *Group) {
	t.Helper()
	if version == 2 {
		h, outer = unified(t)
	} else {
		h, outer = real(t, "freezer")
	}
	inner = within(t, h, outer, "inner")
	sleeper(t, inner)
	for _, g := range []*Group{inner, outer} {
		f, err := h.NewFreeze(Groups{List: []*Group{g}}, true, Surroundings{Name: text.New("test")})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { // also where the test has failed
			file, _ := f.file()
			g.Put(file, map[int]string{1: "THAWED", 2: "0"}[version])
		})
		if g == inner { // the kernel freezes the outer one at once, as all in it is frozen already
			if _, err := f.Apply(context.Background()); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if _, err := f.Apply(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	return h, outer, inner
}

// TestThawInsideOfWhatIsFrozen says at once which group keeps it frozen, and changes nothing.
func TestThawInsideOfWhatIsFrozen(t *testing.T) {
	for _, version := range []int{1, 2} {
		h, outer, inner := frozenOuter(t, version)
		_, err := h.NewFreeze(Groups{List: []*Group{inner}}, false, Surroundings{Name: text.New("test")})
		if err == nil || !strings.Contains(err.Error(), outer.Path.Raw()+" around it is frozen") ||
			!strings.Contains(err.Error(), "nothing was changed") {
			t.Errorf("version %d: %v", version, err)
		}
		if got := value(t, inner, ownFreeze(inner)); got != "1" {
			t.Errorf("version %d: half of it was done", version)
		}
		_, err = h.NewFreeze(Groups{List: []*Group{inner}}, true, Surroundings{Name: text.New("test")})
		if err == nil || !strings.Contains(err.Error(), "already, with the group "+outer.Path.Raw()) {
			t.Errorf("version %d: frozen again: %v", version, err)
		}
	}
}

// TestFrozenMeanwhile: what somebody else has frozen or thawed since it was looked at is not ours to take back.
func TestFrozenMeanwhile(t *testing.T) {
	for version, make := range map[int]func() (*FileSystem, *Group){
		1: func() (*FileSystem, *Group) { return real(t, "freezer") },
		2: func() (*FileSystem, *Group) { return unified(t) },
	} {
		h, g := make()
		sleeper(t, g)
		for _, frozen := range []bool{true, false} {
			var list []*Freeze
			for range 2 {
				f, err := h.NewFreeze(Groups{List: []*Group{g}}, frozen, Surroundings{Name: text.New("test")})
				if err != nil {
					t.Fatal(err)
				}
				list = append(list, f)
			}
			for i, f := range list {
				written := writes(t, g, f)
				out, err := f.Apply(context.Background())
				if got := written(); got != (i == 0) {
					t.Errorf("version %d, frozen %v, time %d: the file was written: %v", version, frozen, i+1, got)
				}
				if err != nil || out.Unchanged != (i == 1) {
					t.Errorf("version %d, frozen %v, time %d: %+v, %v", version, frozen, i+1, out, err)
				}
			}
		}
	}
}

// writes watches the file that freezes a group, and returns what tells whether it was written since.
func writes(t *testing.T, g *Group, f *Freeze) (written func() bool) {
	t.Helper()
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	name, _ := f.file()
	if _, err := unix.InotifyAddWatch(watch, filepath.Join(g.Dir.Raw(), name), unix.IN_CLOSE_WRITE); err != nil {
		t.Fatal(err)
	}
	return func() bool {
		defer unix.Close(watch)
		n, _ := unix.Read(watch, make([]byte, 4096))
		return n > 0
	}
}

// TestWhoElseIsFrozen: a process is frozen with all others of its group, and that is said.
func TestWhoElseIsFrozen(t *testing.T) {
	h, g := real(t, "freezer")
	named, other := sleeper(t, g), sleeper(t, g)
	for _, frozen := range []bool{true, false} {
		f, err := h.NewFreeze(Groups{List: []*Group{g}}, frozen, Surroundings{Name: text.New("test"),
			Whom: []int{named.Process.Pid}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := f.Apply(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{f.Describe(), out.Note} {
			if !strings.Contains(said, namedPIDs(map[int]bool{other.Process.Pid: true})) ||
				strings.Contains(said, namedPIDs(map[int]bool{named.Process.Pid: true})) {
				t.Errorf("frozen %v: %q", frozen, said)
			}
		}
	}
}

// TestKillTellsWhatItHasThawed, and leaves what is frozen on version 2 as it was.
func TestKillTellsWhatItHasThawed(t *testing.T) {
	for _, version := range []int{1, 2} {
		h, outer, inner := frozenOuter(t, version)
		k, err := h.NewKillAll(Groups{List: []*Group{outer}}, Surroundings{Name: text.New("test")})
		if err != nil {
			t.Fatal(err)
		}
		out, err := k.Apply(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		frozen := value(t, inner, ownFreeze(inner)) == "1"
		if said := strings.Contains(out.Note, "thawed"); said == frozen || said != (version == 1) {
			t.Errorf("version %d: frozen still: %v; said was %q", version, frozen, out.Note)
		}
	}
}

// TestOutsideOfOurNamespace: that the group cannot be reached is not that the root cannot be frozen.
func TestOutsideOfOurNamespace(t *testing.T) {
	h := NewFileSystem()
	g := Groups{
		Errors: []LineError{{container.CgroupLine{Controllers: text.New("freezer"), Path: text.New("/../x")}, ErrOutside}},
	}
	_, err := h.NewKillAll(g, Surroundings{})
	_, err2 := h.NewFreeze(g, true, Surroundings{})
	_, err3 := h.Together(g)
	for _, err := range []error{err, err2, err3} {
		if !errors.Is(err, ErrOutside) || strings.Contains(err.Error(), "root groups") {
			t.Error(err)
		}
	}
}

// TestOneSentenceForOneCause of a write or a read that fails.
func TestOneSentenceForOneCause(t *testing.T) {
	_, g := real(t, "blkio")
	err := g.Put("blkio.throttle.read_bps_device", "9:99 1048576")
	if err == nil || errors.Is(err, ErrGone) || !strings.Contains(err.Error(), "no disk 9:99") {
		t.Errorf("a disk that there is not: %v", err)
	}
	err = failed(g, "pids.max", unix.EROFS)
	if !errors.Is(err, ErrReadOnly) || strings.Contains(err.Error(), "needs root") {
		t.Errorf("mounted read-only: %v", err)
	}
	if err = failed(g, "pids.max", unix.EPERM); !errors.Is(err, ErrNotPermitted) || os.Geteuid() == 0 &&
		strings.Contains(err.Error(), "needs root") {
		t.Errorf("said to root: %v", err)
	}
}

// TestLongFilesAreCutAtALine: half a number would be another one.
func TestLongFilesAreCutAtALine(t *testing.T) {
	var tasks strings.Builder
	for tasks.Len() < 300<<10 {
		tasks.WriteString("4194303\n")
	}
	g := groupOfFiles(t, map[string]string{"tasks": tasks.String(),
		"long": "1\n" + strings.Repeat("1234567\n", MaxValue/8+1)})
	h := NewFileSystem(g.Hierarchy)
	if f, err := h.File(g, "tasks"); err != nil || f.Truncated || f.Value.Raw()+"\n" != tasks.String() {
		t.Errorf("%d of %d bytes, %v", f.Value.Len(), tasks.Len(), err)
	}
	f, err := h.File(g, "long")
	lines := strings.Split(f.Value.Raw(), "\n")
	if err != nil || !f.Truncated || lines[len(lines)-1] != "1234567" || f.Value.Len() > MaxValue {
		t.Errorf("%d bytes, cut %v, the last line is %q, %v", f.Value.Len(), f.Truncated, lines[len(lines)-1], err)
	}
}

// TestProcessesNotNamedAreCounted: what is said of many processes names a few of them, and counts all.
func TestProcessesNotNamedAreCounted(t *testing.T) {
	for n, want := range map[int]string{1: "PID 11", 2: "2 processes (PID 11, 12)",
		5: "5 processes (PID 11, 12, 13, 14, 15)", 6: "6 processes (PID 11, 12, 13, 14, 15, ...)",
		250: "250 processes (PID 11, 12, 13, 14, 15, ...)"} {
		pids := map[int]bool{}
		for i := range n {
			pids[11+i] = true
		}
		if got := namedPIDs(pids); got != want {
			t.Errorf("%d processes are called %q, want %q", n, got, want)
		}
	}
	if got := namedPIDs(map[int]bool{0: true, 7: true}); got != "2 processes (PID 7)" {
		t.Errorf("one that is not seen from here and one that is are called %q", got)
	}
}

// TestFailuresOfFiles: what fails has one kind, names the kernel's error once, and says what would help behind that.
func TestFailuresOfFiles(t *testing.T) {
	g := &Group{Hierarchy: &Hierarchy{Version: 1}, Dir: text.New("/x")}
	for _, c := range []struct {
		err  error
		kind fault.Kind
		want string
	}{
		{failed(g, "f", unix.ENODEV), fault.Gone, "/x/f: the group has been removed (ENODEV)"},
		{failed(g, "f", unix.ENOENT), fault.Unsupported, "/x/f: this kernel or hierarchy does not have it (ENOENT)"},
		{failed(g, "f", unix.EOPNOTSUPP), fault.Unsupported,
			"/x/f: this kernel or hierarchy does not have it (ENOTSUP)"},
		{failed(g, "f", unix.EACCES), fault.NotPermitted, "/x/f: not permitted (EACCES); "},
		{failed(g, "f", unix.EROFS), fault.NotPermitted,
			"/x/f: the cgroup file system is mounted read-only here (EROFS); "},
		{refused(g, "f", "1", unix.EBUSY), fault.Broken, "/x: f was not set to 1: the kernel could not make it fit: more " +
			"is in use than that, or a group below has it (EBUSY)"},
		{refused(g, "f", "1", unix.ENODEV), fault.Gone, "/x/f: the group has been removed (ENODEV)"},
	} {
		if said := c.err.Error(); !strings.HasPrefix(said, c.want) || fault.Of(c.err) != c.kind ||
			strings.Count(said, "(E") != 1 {
			t.Errorf("%q is %v, want %q and %v", said, fault.Of(c.err), c.want, c.kind)
		}
	}
}
