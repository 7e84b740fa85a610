package counters

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// tree is a hierarchy of files, which no kernel is behind.
func tree(t *testing.T, version int, files map[string]string) (*cgroupview.FileSystem, *cgroupview.Hierarchy) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	in := &cgroupview.Hierarchy{Version: version, Controllers: []string{"memory", "cpu", "pids"}, Mount: dir, Root: "/"}
	return cgroupview.NewFileSystem(in), in
}

func groupAt(t *testing.T, in *cgroupview.Hierarchy, path string) *cgroupview.Group {
	t.Helper()
	var st unix.Stat_t
	dir := filepath.Join(in.Mount, path)
	if err := unix.Stat(dir, &st); err != nil {
		t.Fatal(err)
	}
	return &cgroupview.Group{Hierarchy: in, Path: text.New(path), Dir: text.New(dir), Dev: st.Dev, Ino: st.Ino}
}

// TestVersion2: every level's own numbers, and the limit that each has.
func TestVersion2(t *testing.T) {
	h, in := tree(t, 2, map[string]string{
		"cpu.pressure":                "some avg10=90.00 avg60=0.00 avg300=0.00 total=0\n", // the host's: nobody's own
		"pod/web/memory.events":       "low 0\nhigh 0\nmax 9\noom 2\noom_kill 5\noom_group_kill 0\n",
		"pod/web/memory.events.local": "low 0\nhigh 0\nmax 7\noom 2\noom_kill 3\n",
		"pod/web/memory.max":          "67108864\n", "pod/web/memory.high": "max\n", "pod/web/memory.current": "50000000\n",
		"pod/web/memory.stat": "anon 1\ninactive_file 10000000\npgmajfault 12\n", "pod/web/memory.swap.current": "4096\n",
		"pod/web/memory.peak": "60000000\n",
		"pod/web/cpu.stat":    "usage_usec 1\nnr_periods 0\nnr_throttled 0\nthrottled_usec 0\n",
		"pod/web/pids.events": "max 0\n", "pod/web/pids.max": "max\n",
		"pod/web/memory.pressure": "some avg10=12.50 avg60=1.00 avg300=0.00 total=9\nfull avg10=1.00 avg60=0.00 " +
			"avg300=0.00 total=1\n",
		"pod/memory.events.local": "max 4\noom_kill 0\n", "pod/memory.max": "134217728\n", "pod/memory.high": "max\n",
		"pod/memory.current": "100000000\n", "pod/memory.stat": "inactive_file 0\n",
		"pod/cpu.stat":    "nr_periods 100\nnr_throttled 40\nthrottled_usec 5000\n",
		"pod/pids.events": "max 2\n", "pod/pids.max": "10\n", "pod/pids.current": "9\n",
	})
	r := NewReader(h, h.Pass())
	c := r.Read(cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/pod/web")}})
	if c.Killed.Value != 5 || c.KilledFile.Raw() != in.Mount+"/pod/web/memory.events" || c.Swap.Value != 4096 ||
		c.Peak.Value != 60000000 ||
		c.MajorFaults.Value != 12 {
		t.Errorf("%+v", c)
	}
	if len(c.Memory) != 2 || c.Memory[0].Hits.Value != 7 || c.Memory[0].Kills.Value != 3 ||
		c.Memory[0].Used.Value != 40000000 ||
		c.Memory[0].Limit.Value != 64<<20 || c.Memory[1].Hits.Value != 4 || c.Memory[1].Used.Value != 100000000 {
		t.Errorf("%+v", c.Memory)
	}
	if len(c.CPU) != 1 || c.CPU[0].Group.Path.Raw() != "/pod" || c.CPU[0].Times != 40 || c.CPU[0].Waited != 5000 ||
		c.CPUErr != nil {
		t.Errorf("%+v %v", c.CPU, c.CPUErr)
	}
	if len(c.Tasks) != 2 || c.Tasks[1].Refused.Value != 2 || c.Tasks[1].Used.Value != 9 || c.Tasks[1].Limit.Value != 10 {
		t.Errorf("%+v", c.Tasks)
	}
	if len(c.Pressure) != 2 || c.Pressure[0].Avg10 != 12.5 || c.PressureErr != nil {
		t.Errorf("%+v %v", c.Pressure, c.PressureErr)
	}
	// The groups around are the same values in each pass, and read again; one that was made again is another.
	pod := c.Memory[1].Group
	os.WriteFile(in.Mount+"/pod/memory.events.local", []byte("max 5\noom_kill 0\n"), 0o644)
	r.Next()
	again := r.Read(cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/pod/web")}})
	if again.Memory[1].Group != pod || again.Memory[1].Hits.Value != 5 {
		t.Errorf("%+v", again.Memory[1])
	}
	if err := errors.Join(os.Rename(in.Mount+"/pod", in.Mount+"/old"), os.MkdirAll(in.Mount+"/pod/web",
		0o755)); err != nil {
		t.Fatal(err)
	}
	r.Next()
	again = r.Read(cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/pod/web")}})
	if len(again.Memory) > 0 || again.Killed.Err == nil || again.Peak.Err == nil {
		t.Errorf("another group of the same name: %+v", again)
	}
}

// TestVersion1: kills are those of the group and of the one below it that holds all processes; the limit of memory and
// swap together may be the one that was reached, and newer kernels do not count that.
func TestVersion1(t *testing.T) {
	files := map[string]string{
		"web/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n", "web/memory.failcnt": "0\n",
		"web/memory.memsw.failcnt": "0\n", "web/memory.memsw.max_usage_in_bytes": "33550336\n",
		"web/memory.memsw.limit_in_bytes": "33554432\n", "web/memory.limit_in_bytes": "33554432\n",
		"web/memory.usage_in_bytes": "30000000\n", "web/memory.max_usage_in_bytes": "33000000\n",
		"web/memory.stat": "inactive_file 1\ntotal_inactive_file 1000000\ntotal_pgmajfault " +
			"3\ntotal_swap 8192\n",
		"web/inner/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill 2\n", "web/inner/memory.failcnt": "8\n",
		"web/inner/memory.limit_in_bytes": "9223372036854771712\n",
		"web/cpu.stat":                    "nr_periods 10\nnr_throttled 5\nthrottled_time 7000000\n",
		"memory.failcnt":                  "0\n",
	}
	h, in := tree(t, 1, files)
	g := cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/web")}, Inner: []*cgroupview.Group{groupAt(t, in,
		"/web/inner")}}
	c := NewReader(h, h.Pass()).Read(g)
	if c.Killed.Value != 3 || c.Killed.Err != nil || c.Swap.Value != 8192 || c.MajorFaults.Value != 3 ||
		c.Peak.Value != 33000000 {
		t.Errorf("%+v", c)
	}
	if len(c.Memory) != 3 || c.Memory[0].Hits.Value != 8 || !c.Memory[0].Limit.Unlimited || c.Memory[0].Full ||
		!c.Memory[1].Full || c.Memory[1].File != "memory.memsw.max_usage_in_bytes" || c.Memory[1].Used.Value != 29000000 {
		t.Errorf("%+v", c.Memory)
	}
	if len(c.CPU) != 1 || c.CPU[0].Waited != 7000 {
		t.Errorf("%+v", c.CPU)
	}
	if !errors.Is(c.PressureErr, cgroupview.ErrUnsupported) {
		t.Errorf("pressure: %v", c.PressureErr)
	}
	// What cannot be read is an error, and no zero.
	if none := NewReader(h, h.Pass()).Read(cgroupview.Groups{}); none.Killed.Err == nil || none.Swap.Err == nil ||
		none.CPUErr == nil || none.PressureErr == nil || none.Peak.Err == nil || none.MajorFaults.Err == nil {
		t.Errorf("%+v", none)
	}
}

// TestLimitsFarOut: a limit 80 levels further out binds as the nearest does, and is not left out.
func TestLimitsFarOut(t *testing.T) {
	deep := "outer" + strings.Repeat("/a", 80)
	h, in := tree(t, 2, map[string]string{"outer/pids.max": "7\n", "outer/pids.events": "max 3\n",
		deep + "/pids.max": "max\n", deep + "/pids.events": "max 0\n"})
	c := NewReader(h, h.Pass()).Read(cgroupview.Groups{List: []*cgroupview.Group{groupAt(t, in, "/"+deep)}})
	if n := len(c.Tasks); n == 0 || c.Tasks[n-1].Limit.Value != 7 || c.Tasks[n-1].Refused.Value != 3 {
		t.Errorf("the outermost limit is missing: %+v", c.Tasks)
	}
}
