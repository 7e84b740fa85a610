package statistics

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"bones/cgroupview"
	"bones/procwalk/proctest"
)

// TestEachHierarchyHasItsOwnGroup: with version 1 a process may be in groups of other paths in other hierarchies; the
// tasks are those of its group there, and not of the group that has the path of memory's.
func TestEachHierarchyHasItsOwnGroup(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var dirs []string
	t.Cleanup(func() {
		c.Process.Kill()
		c.Wait()
		for _, dir := range dirs {
			proctest.Until(t, dir+" can be removed", func() bool { return os.Remove(dir) == nil })
		}
	})
	var g cgroupview.Groups
	for _, controller := range []string{"memory", "pids"} {
		for _, in := range h.Hierarchies() {
			if in.Version != 1 || !in.Has(controller) || in.Root != "/" {
				continue
			}
			p := "/bones-test-statistics-" + controller + strconv.Itoa(os.Getpid())
			dir := filepath.Join(in.Mount, p)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Skip(err)
			}
			dirs = append(dirs, dir)
			if err := os.WriteFile(dir+"/cgroup.procs", []byte(strconv.Itoa(c.Process.Pid)), 0); err != nil {
				t.Fatal(err)
			}
			x, err := h.Group(in, p)
			if err != nil {
				t.Fatal(err)
			}
			g.List = append(g.List, x)
		}
	}
	if len(g.List) != 2 {
		proctest.Missing(t, "memory and pids are not in two hierarchies of version 1 here")
	}
	if err := os.WriteFile(dirs[1]+"/pids.max", []byte("77"), 0); err != nil {
		t.Fatal(err)
	}
	list, err := Of(g)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]uint64{}
	for _, s := range list {
		got[s.Name] = s.Value
	}
	if got["pids.current"] != 1 || got["pids.limit"] != 77 || got["memory.usage.limit"] == 0 {
		t.Errorf("%v", got)
	}
}
