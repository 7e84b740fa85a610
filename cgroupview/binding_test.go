package cgroupview

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes directories of plain files that stand for the groups of a hierarchy: "a/b/memory.max" holds its value.
func tree(t *testing.T, version int, files map[string]string) (*FileSystem, *Hierarchy) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in := &Hierarchy{Version: version, Controllers: []string{"memory", "pids", "cpu", "io"}, Mount: dir, Root: "/"}
	in.probe()
	in.Controllers = []string{"memory", "pids", "cpu", "io"}
	return NewFileSystem(in), in
}

// TestBinding: the least from the innermost group to the root binds, whatever file sets it, and wherever the engine
// has put the processes.
func TestBinding(t *testing.T) {
	const scope = "machine.slice/libpod-1.scope/"
	max := "9223372036854771712"
	for name, c := range map[string]struct {
		version    int
		files      map[string]string
		outer      string // the engine's group, where the process is below it
		in         string // the process's group
		r          Resource
		value      uint64 // 0: no limit
		from, file string
	}{
		"crun's container below the scope": {2, map[string]string{scope + "memory.max": "max", scope + "memory.high": "max",
			scope + "container/memory.max": "62914560", scope + "container/memory.high": "max"}, scope, scope + "container",
			Memory, 60 << 20, scope + "container", "memory.max"},
		"memory.high": {2, map[string]string{"a/memory.max": "104857600", "a/memory.high": "52428800"}, "", "a", Memory,
			50 << 20,
			"a", "memory.high"},
		"memory.high around": {2, map[string]string{"a/memory.max": "max", "a/memory.high": "1048576",
			"a/b/memory.max":  "2097152",
			"a/b/memory.high": "max"}, "", "a/b", Memory, 1 << 20, "a", "memory.high"},
		"no controller inside": {2, map[string]string{"a/memory.max": "4096", "a/b/cgroup.procs": ""}, "", "a/b", Memory,
			4096, "a",
			"memory.max"},
		"none": {2, map[string]string{"a/memory.max": "max", "a/memory.high": "max"}, "", "a", Memory, 0, "", ""},
		"the outer tasks": {2, map[string]string{"a/pids.max": "7", "a/b/pids.max": "9"}, "", "a/b", Tasks, 7, "a",
			"pids.max"},
		"swap": {2, map[string]string{"a/memory.swap.max": "0", "a/b/memory.swap.max": "max"}, "", "a/b", Swap,
			0, "a", "memory.swap.max"},
		"quota of version 2": {2, map[string]string{"a/cpu.max": "150000 100000", "a/b/cpu.max": "90000 50000",
			"a/b/c/cpu.max": "max 100000"},
			"a/b", "a/b/c", CPU, 1500, "a", "cpu.max"},
		"quota of version 1": {1, map[string]string{"a/cpu.cfs_quota_us": "-1", "a/cpu.cfs_period_us": "100000",
			"a/b/cpu.cfs_quota_us": "25000", "a/b/cpu.cfs_period_us": "50000"}, "", "a/b", CPU, 500, "a/b", "cpu.cfs_quota_us"},
		"the kernel's word, of a group not seen": {1, map[string]string{"a/memory.limit_in_bytes": max,
			"a/memory.stat": "cache 0\nhierarchical_memory_limit 8192"}, "", "a", Memory, 8192, "",
			"hierarchical_memory_limit"},
		"groups around that do not count": {1, map[string]string{"a/memory.limit_in_bytes": "8192",
			"a/b/memory.limit_in_bytes": "16384",
			"a/b/memory.stat":           "hierarchical_memory_limit 16384"}, "", "a/b", Memory, 16384, "a/b",
			"memory.limit_in_bytes"},
		"tasks of version 1": {1, map[string]string{"a/pids.max": "max", "a/b/pids.max": "5"}, "a", "a/b", Tasks, 5, "a/b",
			"pids.max"},
	} {
		t.Run(name, func(t *testing.T) {
			h, in := tree(t, c.version, c.files)
			find := func(p string) *Group {
				g, err := h.Group(in, "/"+strings.TrimSuffix(p, "/"))
				if err != nil {
					t.Fatal(err)
				}
				return g
			}
			g := Groups{List: []*Group{find(c.in)}}
			if c.outer != "" {
				g = Groups{List: []*Group{find(c.outer)}, Inner: g.List}
			}
			l := h.Binding(g, c.r)
			from := ""
			if l.From != nil {
				from = strings.TrimPrefix(l.From.Path.Raw(), "/")
			}
			if l.Err != nil || l.Value != c.value || l.File != c.file || from != strings.TrimSuffix(c.from, "/") ||
				l.Unlimited != (c.file == "") {
				t.Errorf("%+v of %q; want %d in %s of %s", l, from, c.value, c.file, c.from)
			}
			s := h.Sample(g, 0)
			if got := map[Resource]Limit{Memory: s.MemoryLimit, Swap: s.SwapLimit, Tasks: s.PIDsLimit,
				CPU: s.CPULimit}[c.r]; got.Value != l.Value || got.File != l.File {
				t.Errorf("the sample has %+v", got)
			}
		})
	}
}

// TestWhoThrottles: each level counts what its own quota does.
func TestWhoThrottles(t *testing.T) {
	h, in := tree(
		t,
		2,
		map[string]string{"a/cpu.stat": "usage_usec 5\nnr_periods 10\nnr_throttled 4\nthrottled_usec 900",
			"a/b/cpu.stat": "usage_usec 5\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0"},
	)
	g, err := h.Group(in, "/a/b")
	if err != nil {
		t.Fatal(err)
	}
	list := h.Health(Groups{List: []*Group{g}}).Throttled
	if len(list) != 1 || list[0].Group.Path.Raw() != "/a" || list[0].Times != 4 || list[0].Periods != 10 ||
		list[0].Waited != 900 {
		t.Errorf("%+v", list)
	}
}

// TestNotCountedIsNotZero: version 1 shows no byte where a new kernel does not count.
func TestNotCountedIsNotZero(t *testing.T) {
	in := &Hierarchy{Version: 1, Controllers: []string{"blkio"}, Root: "/"}
	for content, known := range map[string]bool{"Total 0": false, "8:0 Read 0\n8:0 Write 0\nTotal 0": false,
		"8:0 Read 512\n8:0 Write 0\nTotal 512": true} {
		g := groupOfFiles(t, map[string]string{"blkio.throttle.io_service_bytes_recursive": content + "\n"})
		in.Mount = g.Hierarchy.Mount
		g.Hierarchy = in
		read, write := NewFileSystem(in).sampleOf(g)
		if (read.Err == nil) != known || (write.Err == nil) != known ||
			known && (read.Value != 512 || write.Value != 0) {
			t.Errorf("%q: %+v, %+v", content, read, write)
		}
	}
}

func (h *FileSystem) sampleOf(g *Group) (read, write Reading) {
	s := h.Sample(Groups{List: []*Group{g}}, 0)
	return s.ReadBytes, s.WriteBytes
}
