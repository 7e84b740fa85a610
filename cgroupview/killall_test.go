package cgroupview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cgroupview/cgrouptest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// within makes a group below another one. Groups are removed in the reverse order, so that each is empty by then.
func within(t *testing.T, h *FileSystem, g *Group, name string) *Group {
	t.Helper()
	dir := filepath.Join(g.Dir.Raw(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cgrouptest.Remove(t, dir) })
	child, err := h.Group(g.Hierarchy, filepath.Join(g.Path.Raw(), name))
	if err != nil {
		t.Fatal(err)
	}
	return child
}

// unified makes a group of its own in the version 2 hierarchy of this kernel.
func unified(t *testing.T) (*FileSystem, *Group) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		if in.Version != 2 || in.Root != "/" {
			continue
		}
		g, err := h.Group(in, cgrouptest.Make(t, in.Mount))
		if err != nil {
			t.Fatal(err)
		}
		return h, g
	}
	t.Skip("this host has no version 2 hierarchy")
	return nil, nil
}

// killAll kills all of some groups and checks that these processes are dead.
func killAll(t *testing.T, h *FileSystem, victims []*exec.Cmd, groups ...*Group) {
	t.Helper()
	k, err := h.NewKillAll(Groups{List: groups}, Surroundings{Name: text.New("test")})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Apply(context.Background()); err != nil {
		t.Error(err)
	}
	for i, c := range victims {
		if !dead(c.Process.Pid) {
			t.Errorf("kill --all says that it is done, and process %d of %d lives", i+1, len(victims))
		}
	}
}

// dead reports whether a child of ours has ended. A zombie has.
func dead(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return true
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	return rest[0] == 'Z'
}

// TestKillAllReachesEveryGroup: there is no number of groups, and no depth, from which on a process is not found.
func TestKillAllReachesEveryGroup(t *testing.T) {
	for _, version := range []int{1, 2} {
		make := func(t *testing.T) (*FileSystem, *Group) {
			if version == 2 {
				return unified(t)
			}
			return real(t, "freezer")
		}
		t.Run(fmt.Sprintf("v%d many", version), func(t *testing.T) {
			h, g := make(t)
			var victims []*exec.Cmd
			many := proctest.Soak(1000, 5000)
			for i := range many {
				child := within(t, h, g, fmt.Sprintf("g%04d", i))
				if i%(many/7) == 0 || i > many-10 {
					victims = append(victims, sleeper(t, child))
				}
			}
			killAll(t, h, victims, g)
		})
		t.Run(fmt.Sprintf("v%d deep", version), func(t *testing.T) {
			h, g := make(t)
			at := g
			for range 70 {
				at = within(t, h, at, "x")
			}
			killAll(t, h, []*exec.Cmd{sleeper(t, at)}, g)
		})
	}
}

// TestKillAllBeyondTheLongestPath: a group may lie so deep that no system call takes its path.
func TestKillAllBeyondTheLongestPath(t *testing.T) {
	h, g := real(t, "freezer")
	name := strings.Repeat("n", 200)
	at, err := unix.Open(g.Dir.Raw(), unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for range 40 {
		if err := unix.Mkdirat(at, name, 0o755); err != nil {
			t.Fatal(err)
		}
		in := at
		t.Cleanup(func() {
			if err := unix.Unlinkat(in, name, unix.AT_REMOVEDIR); err != nil {
				t.Error(err)
			}
			unix.Close(in)
		})
		if at, err = unix.Openat(at, name, unix.O_RDONLY|unix.O_DIRECTORY, 0); err != nil {
			t.Fatal(err)
		}
	}
	defer unix.Close(at)
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	fd, err := unix.Openat(at, "cgroup.procs", unix.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = unix.Write(fd, []byte(strconv.Itoa(c.Process.Pid)))
	unix.Close(fd)
	if err != nil {
		t.Fatal(err)
	}
	killAll(t, h, []*exec.Cmd{c}, g)
}

// TestKillAllOfAnEmptyFreezerGroup: processes that are in another hierarchy's group of the target are of the target.
func TestKillAllOfAnEmptyFreezerGroup(t *testing.T) {
	h, freezer := real(t, "freezer")
	_, pids := real(t, "pids")
	inner := within(t, h, pids, "inner")
	groups := Groups{List: []*Group{freezer, pids}}
	victims := []*exec.Cmd{sleeper(t, pids), sleeper(t, inner)}
	if _, err := h.NewFreeze(groups, true, Surroundings{Name: text.New("test")}); err == nil {
		t.Error("it would freeze a group in which no process is, and say that they are frozen")
	}
	some := sleeper(t, pids)
	if err := os.WriteFile(filepath.Join(freezer.Dir.Raw(), "cgroup.procs"), []byte(strconv.Itoa(some.Process.Pid)),
		0); err != nil {
		t.Fatal(err)
	}
	if _, err := h.NewFreeze(groups, true, Surroundings{Name: text.New("test")}); err == nil ||
		!strings.Contains(err.Error(),
			"would go on") {
		t.Errorf("it would freeze one of three: %v", err)
	}
	killAll(t, h, append(victims, some), freezer, pids)
}

// TestKillAllOfFrozenGroups: a frozen process of version 1 ends once it is thawed, by whatever group it is frozen.
func TestKillAllOfFrozenGroups(t *testing.T) {
	freeze := func(t *testing.T, g *Group, value string) {
		t.Helper()
		file := "freezer.state"
		if g.Hierarchy.Version == 2 {
			file = "cgroup.freeze"
		}
		if err := os.WriteFile(filepath.Join(g.Dir.Raw(), file), []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("v1 itself and inside", func(t *testing.T) {
		h, g := real(t, "freezer")
		child := within(t, h, g, "frozen")
		grandchild := within(t, h, child, "frozen too")
		victims := []*exec.Cmd{sleeper(t, g), sleeper(t, child), sleeper(t, grandchild)}
		for _, x := range []*Group{grandchild, child, g} {
			freeze(t, x, "FROZEN")
		}
		killAll(t, h, victims, g)
	})
	t.Run("v1 around", func(t *testing.T) {
		h, outer := real(t, "freezer")
		g := within(t, h, outer, "inside")
		c := sleeper(t, g)
		freeze(t, outer, "FROZEN")
		t.Cleanup(func() { freeze(t, outer, "THAWED") })
		k, err := h.NewKillAll(Groups{List: []*Group{g}}, Surroundings{Name: text.New("test")})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Apply(context.Background()); err == nil || !strings.Contains(err.Error(),
			outer.Path.Raw()+" around is frozen") {
			t.Errorf("killed in a frozen group: %v", err)
		}
		if dead(c.Process.Pid) {
			t.Error("this kernel kills what is frozen: the test is of no use")
		}
	})
	t.Run("v2", func(t *testing.T) {
		h, g := unified(t)
		child := within(t, h, g, "frozen")
		victims := []*exec.Cmd{sleeper(t, g), sleeper(t, child)}
		freeze(t, child, "1")
		freeze(t, g, "1")
		killAll(t, h, victims, g)
	})
	t.Run("v2 without cgroup.kill", func(t *testing.T) { // Linux before 5.14
		h, g := unified(t)
		child := within(t, h, g, "frozen")
		victims := []*exec.Cmd{sleeper(t, g), sleeper(t, child)}
		freeze(t, child, "1")
		if err := (&rounds{host: h, group: g, thawed: map[string]bool{}}).run(context.Background()); err != nil {
			t.Error(err)
		}
		for _, c := range victims {
			if !dead(c.Process.Pid) {
				t.Error("a process lives")
			}
		}
	})
}

// TestThawTellsOfFrozenGroupsInside: what is frozen on its own is not thawed by thawing the group around it.
func TestThawTellsOfFrozenGroupsInside(t *testing.T) {
	h, g := real(t, "freezer")
	child := within(t, h, g, "inside")
	sleeper(t, child)
	groups := Groups{List: []*Group{g}}
	apply := func(g Groups, frozen bool) error {
		t.Helper()
		f, err := h.NewFreeze(g, frozen, Surroundings{Name: text.New("test")})
		if err != nil {
			return err
		}
		_, err = f.Apply(context.Background())
		return err
	}
	inside := Groups{List: []*Group{child}}
	t.Cleanup(func() { os.WriteFile(filepath.Join(child.Dir.Raw(), "freezer.state"), []byte("THAWED"), 0) })
	if err := errors.Join(apply(inside, true), apply(groups, true)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it is thawed already
		if err := apply(groups, false); err == nil || !strings.Contains(err.Error(),
			child.Path.Raw()+" below is frozen on its own") {
			t.Errorf("thawed, with a group below that is frozen: %v", err)
		}
	}
	if err := apply(inside, false); err != nil {
		t.Error(err)
	}
}

// TestThreadedGroup: a threaded group holds threads of processes that have others elsewhere.
func TestThreadedGroup(t *testing.T) {
	h, g := unified(t)
	threads := within(t, h, g, "threads")
	if err := os.WriteFile(filepath.Join(threads.Dir.Raw(), "cgroup.type"), []byte("threaded"), 0); err != nil {
		t.Fatal(err)
	}
	c := sleeper(t, g)
	if err := os.WriteFile(filepath.Join(threads.Dir.Raw(), "cgroup.threads"), []byte(strconv.Itoa(c.Process.Pid)),
		0); err != nil {
		t.Fatal(err)
	}
	_, err := h.NewKillAll(Groups{List: []*Group{threads}}, Surroundings{Name: text.New("test")})
	if !errors.Is(err, ErrUnsupported) || !strings.Contains(err.Error(), "belong to the group "+g.Path.Raw()) {
		t.Errorf("killing a threaded group: %v", err)
	}
	if dead(c.Process.Pid) {
		t.Fatal("it was killed")
	}
	killAll(t, h, []*exec.Cmd{c}, g)
}

// TestNobodyKillsItself: a group is refused that holds bones, or what it was started from, also where the path of its
// own group does not tell.
func TestNobodyKillsItself(t *testing.T) {
	h, g := real(t, "freezer")
	inner := within(t, h, g, "inner")
	c := sleeper(t, inner)
	self := sleeper(t, inner) // stands for a process that started bones
	groups := Groups{List: []*Group{g}}
	elsewhere, err := h.Group(g.Hierarchy, g.Hierarchy.Root)
	if err != nil {
		t.Fatal(err)
	}
	own := Groups{List: []*Group{elsewhere}}
	for name, a := range map[string]Surroundings{
		"bones": {Own: Groups{List: []*Group{inner}}},
		"PID 1": {Own: own, Init: Groups{List: []*Group{g}}},
		"PID " + fmt.Sprint(os.Getpid()): {Own: own, Ancestors: []Ancestor{{PID: os.Getpid(), Name: text.New("go"),
			Groups: groups}}},
		// no path is known
		"PID " + fmt.Sprint(self.Process.Pid): {Ancestors: []Ancestor{{PID: self.Process.Pid, Name: text.New("sh")}}},
	} {
		a.Name = text.New("test")
		if _, err := h.NewKillAll(groups, a); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s in the group: %v", name, err)
		}
		if _, err := h.NewFreeze(groups, true, a); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s in the group, frozen: %v", name, err)
		}
	}
	if dead(c.Process.Pid) {
		t.Error("it was killed")
	}
}

// TestManyGroupsHideNoFile: the files of a group are listed however many groups there are below it.
func TestManyGroupsHideNoFile(t *testing.T) {
	h, g := real(t, "freezer")
	before, err := h.Files(g)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		within(t, h, g, fmt.Sprintf("g%04d", i))
	}
	after, err := h.Files(g)
	if err != nil || len(after) != len(before) || len(after) < 5 {
		t.Errorf("%d files with 5,000 groups below, %d without: %v", len(after), len(before), err)
	}
}

// TestForkBomb: a bomb is killed as fast as by hand. It is held down by pids.max, and ends by itself
// after 15 seconds.
func TestForkBomb(t *testing.T) {
	proctest.NeedPrograms(t, "perl")
	h, freezer := real(t, "freezer")
	_, pids := real(t, "pids")
	groups := Groups{List: []*Group{freezer, pids}}
	if err := os.WriteFile(filepath.Join(pids.Dir.Raw(), "pids.max"), []byte("100"), 0); err != nil {
		t.Fatal(err)
	}
	var last *exec.Cmd
	t.Cleanup(func() { // whatever comes in between, no bomb outlives the test
		for _, g := range groups.List {
			(&rounds{host: h, group: g, thawed: map[string]bool{}}).run(context.Background())
		}
		if last != nil {
			last.Wait()
		}
	})
	light := func() *KillAll {
		if last != nil {
			last.Wait()
		}
		until(t, "init has reaped what is dead", func() bool { return value(t, pids, "pids.current") == "0" })
		c := exec.Command("nice", "-n", "19", "sh", "../testdata/attacks/forkbomb.sh", pids.Dir.Raw(), freezer.Dir.Raw())
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		last = c
		until(t, "the bomb has filled its group", func() bool { return value(t, pids, "pids.current") == "100" })
		k, err := h.NewKillAll(groups, Surroundings{Name: text.New("test")})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	empty := func() {
		until(t, "the group is empty", func() bool {
			some, err := h.Populated(freezer)
			return err == nil && !some
		})
	}
	// Each is tried three times and the best of them counts: this host may be busy.
	ours, byHand := time.Hour, time.Hour
	for range 3 {
		k := light()
		start := time.Now()
		if _, err := k.Apply(context.Background()); err != nil {
			t.Fatal(err)
		}
		ours = min(ours, time.Since(start))
		if some, err := h.Populated(pids); err != nil || some {
			t.Fatalf("the bomb lives: %v", err)
		}
		k = light()
		start = time.Now()
		if out, err := exec.Command("sh", "-c", k.ByHand()).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		empty()
		byHand = min(byHand, time.Since(start))
	}
	t.Logf("%v, by hand %v", ours, byHand)
	if ours > byHand*13/10+20*time.Millisecond {
		t.Errorf("it took %v, by hand %v", ours, byHand)
	}
}

// until waits for something to be so. It waits a sixteenth of the time that it has waited so far from one look to the
// next: init may take seconds to reap a bomb.
func until(t *testing.T, what string, is func() bool) {
	t.Helper()
	start := time.Now()
	for deadline := proctest.Deadline(); !is(); {
		if time.Now().After(deadline) {
			t.Fatalf("it did not come to it that %s", what)
		}
		time.Sleep(max(time.Millisecond, min(time.Since(start)/16, 50*time.Millisecond)))
	}
}
