package cgroupview

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"bones/cgroupview/cgrouptest"
	"bones/procwalk/proctest"
)

// real makes a group of its own in a hierarchy of this kernel, and removes it.
func real(t *testing.T, controller string) (*FileSystem, *Group) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := Open(Config{})
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

func value(t *testing.T, g *Group, file string) string {
	t.Helper()
	return cgrouptest.Value(t, g.Dir.Raw(), file)
}

// sleeper is a process of its own in a group.
func sleeper(t *testing.T, g *Group) *exec.Cmd {
	t.Helper()
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
	})
	if err := os.WriteFile(filepath.Join(g.Dir.Raw(), "cgroup.procs"), []byte(strconv.Itoa(c.Process.Pid)),
		0); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFreezeThawKill(t *testing.T) {
	h, g := real(t, "freezer")
	c := sleeper(t, g)
	groups := Groups{List: []*Group{g}}
	f, err := h.NewFreeze(groups, true, Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	out, err := f.Apply(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if s := h.Sample(groups, 0); !s.Frozen {
		t.Errorf("frozen, and the sample does not say so: %v", s.FrozenErr)
	}
	record, err := out.Inverse.(*Freeze).Record()
	if err != nil {
		t.Fatal(err)
	}
	thaw, err := h.RestoreFreeze(record, func(*Group) Surroundings { return Surroundings{} })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := thaw.Apply(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := value(t, g, "freezer.state"); got != "THAWED" {
		t.Errorf("freezer.state is %s", got)
	}
	k, err := h.NewKillAll(groups, Surroundings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := k.Apply(context.Background()); err != nil {
		t.Error(err)
	}
	c.Wait()
	if status := c.ProcessState.Sys().(interface{ Signaled() bool }); !status.Signaled() {
		t.Error("the process was not killed")
	}
}

func TestOurOwnGroupIsNotFrozen(t *testing.T) {
	h, g := real(t, "freezer")
	groups := Groups{List: []*Group{g}}
	if _, err := h.NewFreeze(groups, true, Surroundings{Own: groups}); err == nil {
		t.Error("would have frozen ourselves")
	}
	if _, err := h.NewKillAll(groups, Surroundings{Init: groups}); err == nil {
		t.Error("would have killed PID 1's group")
	}
}

// TestAPassReadsOnce: what a pass over files that stay open has read is not read again before the next one.
func TestAPassReadsOnce(t *testing.T) {
	h, g := real(t, "pids")
	write := func(value string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(g.Dir.Raw(), "pids.max"), []byte(value), 0); err != nil {
			t.Fatal(err)
		}
	}
	pass := h.Keep(100)
	defer pass.Close()
	for n, want := range []uint64{7, 8, 9} {
		pass.Next()
		write(fmt.Sprint(want))
		if s := pass.Sample(Groups{List: []*Group{g}}, 0); s.PIDsLimit.Value != want {
			t.Errorf("pass %d: %+v", n, s.PIDsLimit)
		}
		write("99")
		if l := pass.Own(g, Tasks); l.Value != want {
			t.Errorf("pass %d has read the limit twice: %+v", n, l)
		}
	}
}

// TestKeptFilesTellTheGroup: files that stay open between passes never answer for a group that was made again.
func TestKeptFilesTellTheGroup(t *testing.T) {
	h, g := real(t, "pids")
	groups := Groups{List: []*Group{g}}
	pass := h.Keep(100)
	defer pass.Close()
	for n := range 3 {
		pass.Next()
		if n == 2 {
			if err := os.WriteFile(filepath.Join(g.Dir.Raw(), "pids.max"), []byte("9"), 0); err != nil {
				t.Fatal(err)
			}
		}
		s := pass.Sample(groups, 0)
		if s.PIDs.Err != nil || s.PIDs.Value != 0 || s.PIDsLimit.Unlimited != (n < 2) {
			t.Errorf("pass %d: %+v %+v", n, s.PIDs, s.PIDsLimit)
		}
	}
	if err := os.Remove(g.Dir.Raw()); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(g.Dir.Raw(), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		pass.Next()
		if s := pass.Sample(groups, 0); !errors.Is(s.PIDs.Err, ErrGone) {
			t.Errorf("a group made again was read as the old one: %+v", s.PIDs)
		}
	}
	pass.Next()
	pass.Next()
	if n := len(pass.reader.held); n != 0 {
		t.Errorf("%d files of a group that nobody asks for are still open", n)
	}
}
