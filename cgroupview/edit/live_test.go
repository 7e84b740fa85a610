package edit

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/cgrouptest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// real makes a group of its own in a hierarchy of this kernel, and removes it.
func real(t *testing.T, controller string) (*cgroupview.FileSystem, *cgroupview.Group) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		if in.Version != 1 || !in.Has(controller) || in.Root != "/" {
			continue
		}
		g, err := h.Group(in, cgrouptest.Make(t, in.Mount))
		if err != nil {
			t.Fatal(err)
		}
		return h, g
	}
	t.Skipf("this host has no version 1 hierarchy with %s", controller)
	return nil, nil
}

func held(t *testing.T, g *cgroupview.Group, file string) string {
	t.Helper()
	return cgrouptest.Value(t, g.Dir.Raw(), file)
}

// bad values, as they are listed for every editable file; what a file takes in earnest is left out there.
var bad = []string{"", " ", "\n", "abc", "0x10", "010", "-5", "18446744073709551616", "16E", "1.5.5G", "64XB",
	"5 word",
	strings.Repeat("9", 5000), "infinity"}

func edit(t *testing.T, h *cgroupview.FileSystem, g *cgroupview.Group, file, value string) (*Edit, error) {
	t.Helper()
	return New(h, cgroupview.Groups{List: []*cgroupview.Group{g}}, []Assignment{{file, value}},
		cgroupview.Surroundings{Name: text.New("test"), PageSize: os.Getpagesize(), Total: 8 << 30})
}

func TestEditAndUndo(t *testing.T) {
	h, g := real(t, "memory")
	before := held(t, g, "memory.limit_in_bytes")
	e, err := edit(t, h, g, "memory", "1G")
	if err != nil {
		t.Fatal(err)
	}
	out, err := e.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := held(t, g, "memory.limit_in_bytes"); got != "1073741824" {
		t.Fatalf("the limit is %s", got)
	}
	if l := h.Effective(g, "memory.limit_in_bytes"); l.Value != 1<<30 || l.From.Ino != g.Ino {
		t.Errorf("the effective limit is %+v", l)
	}
	record, err := out.Inverse.(*Edit).Record()
	if err != nil {
		t.Fatal(err)
	}
	back, err := Restore(h, record, func(*cgroupview.Group) cgroupview.Surroundings { return cgroupview.Surroundings{} })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := back.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := held(t, g, "memory.limit_in_bytes"); got != before {
		t.Errorf("undone, the limit is %s and was %s", got, before)
	}
	alone := func(*cgroupview.Group) cgroupview.Surroundings { return cgroupview.Surroundings{} }
	if _, err := Restore(h, record, alone); err == nil {
		t.Error("undone twice")
	}
}

func TestByHandDoesTheSame(t *testing.T) {
	h, g := real(t, "memory")
	e, err := edit(t, h, g, "memory.limit_in_bytes", "100000001")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("sh", "-c", e.ByHand()).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v %s", e.ByHand(), err, out)
	}
	if got := held(t, g, "memory.limit_in_bytes"); got != e.Changes()[0].Reads {
		t.Errorf("it reads %s, foretold was %s", got, e.Changes()[0].Reads)
	}
	if _, err := e.Apply(context.Background()); err == nil {
		t.Error("a value that changed since it was shown was overwritten")
	}
}

func TestBadValuesChangeNothing(t *testing.T) {
	for _, controller := range []string{"memory", "cpu", "cpuset", "pids", "freezer", "blkio"} {
		t.Run(controller, func(t *testing.T) {
			h, g := real(t, controller)
			files, err := h.Files(g)
			if err != nil {
				t.Fatal(err)
			}
			tried := 0
			for _, f := range files {
				if ok, _ := f.Editable(); !ok || f.Err != nil {
					continue
				}
				for _, v := range append(bad, "max", "-1") {
					if f.Spec.Unlimited == v {
						continue
					}
					tried++
					if e, err := edit(t, h, g, f.Name.Raw(), v); err == nil {
						t.Errorf("%s takes %q as %q", f.Name, v, e.Changes()[0].New)
					}
				}
				if now, err := h.File(g, f.Name.Raw()); err != nil || now.Value != f.Value {
					t.Errorf("%s has changed to %s (%v)", f.Name, now.Value, err)
				}
			}
			if tried < 14 {
				t.Errorf("only %d values were tried", tried)
			}
		})
	}
}

func TestGroupMadeAgain(t *testing.T) {
	h, g := real(t, "pids")
	e, err := edit(t, h, g, "pids", "7")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(g.Dir.Raw()); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(context.Background()); !errors.Is(err, cgroupview.ErrGone) {
		t.Errorf("a removed group: %v", err)
	}
	if err := os.Mkdir(g.Dir.Raw(), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(context.Background()); !errors.Is(err, cgroupview.ErrGone) {
		t.Errorf("a group made again: %v", err)
	}
	if got := held(t, g, "pids.max"); got != "max" {
		t.Errorf("pids.max of the new group is %s", got)
	}
}

func TestNotACgroupFileSystem(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "pids.max"), []byte("max\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	in := &cgroupview.Hierarchy{Version: 1, Controllers: []string{"pids"}, Mount: dir, Root: "/"}
	h := cgroupview.NewFileSystem(in)
	g, err := h.Group(in, "/")
	if err != nil {
		t.Fatal(err)
	}
	e, err := edit(t, h, g, "pids.max", "7")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Apply(context.Background()); !errors.Is(err, cgroupview.ErrNotCgroup) {
		t.Errorf("a directory that poses as a group: %v", err)
	}
	if got := held(t, g, "pids.max"); got != "max" {
		t.Errorf("it was written: %s", got)
	}
}

func TestRollsBack(t *testing.T) {
	h, g := real(t, "cpu")
	before := held(t, g, "cpu.shares")
	e, err := New(h, cgroupview.Groups{List: []*cgroupview.Group{g}},
		[]Assignment{{"cpu.shares", "100"}, {"cpu.cfs_period_us", "50000"}},
		cgroupview.Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	e.changes[1].New = "1" // the kernel refuses it
	if _, err := e.Apply(context.Background()); !errors.Is(err, unix.EINVAL) {
		t.Errorf("%v", err)
	}
	if got := held(t, g, "cpu.shares"); got != before {
		t.Errorf("half a change: cpu.shares is %s and was %s", got, before)
	}
}

// TestDeviceLimit: a file with a line for each device is undone line by line.
func TestDeviceLimit(t *testing.T) {
	h, g := real(t, "blkio")
	b, err := os.ReadFile("/proc/partitions")
	if err != nil {
		t.Skip(err)
	}
	device := ""
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 4 && f[0] != "major" {
			device = f[0] + ":" + f[1]
			break
		}
	}
	if device == "" {
		t.Skip("this host has no block device")
	}
	const file = "blkio.throttle.read_bps_device"
	for _, limit := range []string{"1M", "2M"} {
		before := held(t, g, file)
		e, err := edit(t, h, g, file, device+" "+limit)
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Apply(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		after := held(t, g, file)
		if after == before {
			t.Errorf("nothing was written: %q", after)
		}
		if limit == "1M" {
			continue // the second is undone to the first
		}
		if _, err := out.Inverse.Apply(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := held(t, g, file); got != before {
			t.Errorf("undone, it is %q and was %q", got, before)
		}
	}
}

// TestEveryFileHereIsKnown: of what is in no table, which only a patched kernel has, the value is shown and nothing is
// offered. That the table has all files of a kernel as it is released is checked in a virtual machine.
func TestEveryFileHereIsKnown(t *testing.T) {
	for _, controller := range []string{"memory", "cpu", "cpuacct", "cpuset", "pids", "freezer", "blkio", "devices"} {
		t.Run(controller, func(t *testing.T) {
			h, g := real(t, controller)
			files, err := h.Files(g)
			if err != nil || len(files) < 5 {
				t.Fatal(len(files), err)
			}
			unknown := 0
			for _, f := range files {
				if f.Spec != nil {
					continue
				}
				unknown++
				t.Logf("%s is in no table: a patched kernel", f.Name)
				if _, err := New(h, cgroupview.Groups{List: []*cgroupview.Group{g}}, []Assignment{{f.Name.Raw(), "1"}},
					cgroupview.Surroundings{}); err == nil {
					t.Errorf("%s is in no table, and could be set", f.Name)
				}
			}
			if unknown > len(files)/4 {
				t.Errorf("%d of %d files are in no table", unknown, len(files))
			}
		})
	}
}
