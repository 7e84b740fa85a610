package edit

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// fixture is a hierarchy of plain files, enough to plan an edit.
func fixture(t *testing.T, version int, files map[string]string) (find func(string) *cgroupview.Group,
	h *cgroupview.FileSystem) {
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
	in := &cgroupview.Hierarchy{
		Version:     version,
		Controllers: []string{"memory", "pids", "cpu"},
		Mount:       dir,
		Root:        "/",
	}
	h = cgroupview.NewFileSystem(in)
	return func(p string) *cgroupview.Group {
		g, err := h.Group(in, "/"+p)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}, h
}

// TestTheLimitThatBindsIsChanged: in the group below the engine's, where crun sets its limits, or in all between.
func TestTheLimitThatBindsIsChanged(t *testing.T) {
	for name, c := range map[string]struct {
		version int
		files   map[string]string
		set     string
		want    string // the changes in their order
		still   string // what still binds
	}{
		"raised in the inner group": {2, map[string]string{"s/memory.max": "max", "s/c/memory.max": "62914560"},
			"memory=100M",
			"/s/c memory.max 104857600", ""},
		"raised in both, the outer one first": {2, map[string]string{"s/memory.max": "62914560",
			"s/c/memory.max": "62914560"},
			"memory=100M", "/s memory.max 104857600, /s/c memory.max 104857600", ""},
		"lowered where it binds": {2, map[string]string{"s/memory.max": "62914560", "s/c/memory.max": "83886080"},
			"memory.max=40M", "/s memory.max 41943040", ""},
		"all lifted": {2, map[string]string{"s/pids.max": "9", "s/c/pids.max": "8"}, "pids=max",
			"/s pids.max max, /s/c pids.max max", ""},
		"none yet": {2, map[string]string{"s/pids.max": "max", "s/c/pids.max": "max"}, "pids=7", "/s/c pids.max 7", ""},
		"a group around": {2, map[string]string{"pids.max": "max", "s/pids.max": "5", "s/c/pids.max": "5", "o": ""},
			"pids=6",
			"/s pids.max 6, /s/c pids.max 6", ""},
		"memory.high": {2, map[string]string{"s/memory.max": "max", "s/memory.high": "62914560",
			"s/c/memory.max":  "83886080",
			"s/c/memory.high": "max"}, "memory=100M", "/s/c memory.max 104857600", "60M of /s (memory.high) still binds"},
		"quota": {2, map[string]string{"s/cpu.max": "50000 100000", "s/c/cpu.max": "max 100000"}, "cpus=1.5",
			"/s cpu.max 150000 100000", ""},
		"quota of version 1, lowered from within": {1, map[string]string{"s/cpu.cfs_quota_us": "50000",
			"s/cpu.cfs_period_us":  "100000",
			"s/c/cpu.cfs_quota_us": "50000", "s/c/cpu.cfs_period_us": "100000"}, "cpus=0.2",
			"/s/c cpu.cfs_quota_us 20000", ""},
		"the period stays": {1, map[string]string{"s/cpu.cfs_quota_us": "200000", "s/cpu.cfs_period_us": "200000",
			"s/c/cpu.cfs_quota_us": "-1", "s/c/cpu.cfs_period_us": "100000"}, "cpus=0.5", "/s cpu.cfs_quota_us 100000", ""},
		"the smaller ratio in between": {1, map[string]string{"s/cpu.cfs_quota_us": "1000", "s/cpu.cfs_period_us": "2000"},
			"cpus=0.01", "/s cpu.cfs_period_us 100000, /s cpu.cfs_quota_us 1000", ""},
	} {
		t.Run(name, func(t *testing.T) {
			find, h := fixture(t, c.version, c.files)
			g := cgroupview.Groups{List: []*cgroupview.Group{find("s")}}
			if _, ok := c.files["s/c/"+strings.Fields(c.want)[1]]; ok || len(c.files) > 2 && c.version == 2 {
				g.Inner = []*cgroupview.Group{find("s/c")}
			} else if c.files["s/c/cpu.cfs_quota_us"] != "" {
				g.Inner = []*cgroupview.Group{find("s/c")}
			}
			file, value, _ := strings.Cut(c.set, "=")
			e, err := New(
				h,
				g,
				[]Assignment{{file, value}},
				cgroupview.Surroundings{Name: text.New("container web")},
			)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, x := range e.Changes() {
				got = append(got, x.Group.Path.Raw()+" "+x.File+" "+x.New)
			}
			if s := strings.Join(got, ", "); s != c.want {
				t.Errorf("%s; want %s", s, c.want)
			}
			still := ""
			for _, x := range e.Checks() {
				if x.Warn {
					still = x.Text
				}
			}
			if still != c.still {
				t.Errorf("%q; want %q", still, c.still)
			}
		})
	}
}

// TestAnExactGroupTellsWhatBindsElsewhere: above it, and below where all of its processes are.
func TestAnExactGroupTellsWhatBindsElsewhere(t *testing.T) {
	find, h := fixture(t, 2, map[string]string{"a/pids.max": "5", "a/b/pids.max": "max", "a/b/cgroup.procs": "",
		"a/b/c/pids.max": "4", "a/b/c/cgroup.procs": "77", "a/b/c/cgroup.events": "populated 1", "a/cgroup.procs": "",
		"a/b/cgroup.events": "populated 1"})
	for group, want := range map[string]string{"a/b": "4 tasks of /a/b/c (pids.max) still binds",
		"a/b/c": "5 tasks of /a (pids.max) still binds"} {
		e, err := New(h, cgroupview.Groups{List: []*cgroupview.Group{find(group)}}, []Assignment{{"pids", "9"}},
			cgroupview.Surroundings{})
		if err != nil {
			t.Fatal(err)
		}
		if list := e.Checks(); len(list) == 0 || list[len(list)-1].Text != want || !list[len(list)-1].Warn {
			t.Errorf("%s: %+v; want %s", group, list, want)
		}
	}
}

// TestWhatStandsAgainst: what the kernel would only call EINVAL.
func TestWhatStandsAgainst(t *testing.T) {
	for name, c := range map[string]struct {
		version   int
		files     map[string]string
		set, want string
	}{
		"a weight of an idle group": {2, map[string]string{"cpu.weight": "0", "cpu.idle": "1"}, "cpu.weight=100",
			"cpu.idle"},
		"a nice value of an idle group": {2, map[string]string{"cpu.weight.nice": "0", "cpu.idle": "1"},
			"cpu.weight.nice=1", "cpu.idle"},
		"shares of an idle group": {1, map[string]string{"cpu.shares": "3", "cpu.idle": "1"}, "cpu.shares=100",
			"cpu.idle"},
		"one value twice": {2, map[string]string{"cpu.weight": "100", "cpu.weight.nice": "0"},
			"cpu.weight=5 cpu.weight.nice=1", "one value"},
		"a quota below the burst": {2, map[string]string{"cpu.max": "max 100000", "cpu.max.burst": "60000"},
			"cpus=0.5", "cpu.max.burst"},
		"a burst above the quota": {2, map[string]string{"cpu.max": "50000 100000", "cpu.max.burst": "0"},
			"cpu.max.burst=60000", "quota"},
		"a quota of v1 below the burst": {1, map[string]string{"cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000",
			"cpu.cfs_burst_us": "60000"}, "cpus=0.5", "cpu.cfs_burst_us"},
		"swap below memory": {1, map[string]string{"memory.limit_in_bytes": "8388608",
			"memory.memsw.limit_in_bytes": "9000000"}, "memory.memsw.limit_in_bytes=4M", "memory.limit_in_bytes"},
		"more than the group around has": {1, map[string]string{"cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000",
			"../cpu.cfs_quota_us": "50000", "../cpu.cfs_period_us": "100000"}, "cpus=1", "0.5 processors"},
		"less than a group below has": {1, map[string]string{"cpu.cfs_quota_us": "-1", "cpu.cfs_period_us": "100000",
			"x/cpu.cfs_quota_us": "50000", "x/cpu.cfs_period_us": "100000"}, "cpus=0.1", "/p/g/x"},
		"more than any machine has": {2, map[string]string{"cpu.max": "max 100000"}, "cpus=50000", "more than"},
		"2^64": {2, map[string]string{"memory.max": "max"}, "memory.max=18446744073709551616",
			"too large"},
		"2^64 tasks": {2, map[string]string{"pids.max": "max"}, "pids.max=18446744073709551616",
			"is not between 0 and"},
		"2^64 processes, portable": {2, map[string]string{"pids.max": "max"}, "pids=18446744073709551616",
			"too large"},
		"2^64 processors": {2, map[string]string{"cpu.max": "max 100000"}, "cpus=18446744073709551616",
			"more than"},
		"2^64 in a quota": {2, map[string]string{"cpu.max": "max 100000"}, "cpu.max=18446744073709551616",
			"too large"},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{}
			for file, content := range c.files {
				files[filepath.Join("p/g", file)] = content
			}
			find, h := fixture(t, c.version, files)
			var list []Assignment
			for word := range strings.FieldsSeq(c.set) {
				file, value, _ := strings.Cut(word, "=")
				list = append(list, Assignment{file, value})
			}
			_, err := New(
				h,
				cgroupview.Groups{List: []*cgroupview.Group{find("p/g")}},
				list,
				cgroupview.Surroundings{},
			)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v; it should say %q", err, c.want)
			}
		})
	}
}

// TestUndoBringsBackWhatWentAlong: the weight of a group that was made idle, on this kernel.
func TestUndoBringsBackWhatWentAlong(t *testing.T) {
	h, g := real(t, "cpu")
	if _, err := os.Stat(filepath.Join(g.Dir.Raw(), "cpu.idle")); err != nil {
		t.Skip("this kernel has no cpu.idle, which is of Linux 5.15")
	}
	apply := func(e *Edit, err error) *Edit {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		out, err := e.Apply(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		record, err := e.Record()
		back, err2 := out.Inverse.(*Edit).Record()
		if err != nil || err2 != nil {
			t.Fatal(err, err2)
		}
		if err := UndoneBy(record, back); err != nil {
			t.Errorf("%s is not believed to undo %s: %v", back, record, err)
		}
		inverse, err := Restore(
			h,
			back,
			func(*cgroupview.Group) cgroupview.Surroundings { return cgroupview.Surroundings{} },
		)
		if err != nil {
			t.Fatal(err)
		}
		return inverse
	}
	apply(edit(t, h, g, "cpu.shares", "300"))
	undo := apply(edit(t, h, g, "cpu.idle", "1"))
	redo := apply(undo, nil)
	if idle, shares := held(t, g, "cpu.idle"), held(t, g, "cpu.shares"); idle != "0" || shares != "300" {
		t.Errorf("undone, cpu.idle is %s and cpu.shares %s", idle, shares)
	}
	again := apply(redo, nil)
	if idle := held(t, g, "cpu.idle"); idle != "1" {
		t.Errorf("made again, cpu.idle is %s", idle)
	}
	apply(again, nil)
	if shares := held(t, g, "cpu.shares"); shares != "300" {
		t.Errorf("undone again, cpu.shares is %s", shares)
	}
}

// TestLevelsOnThisKernel: two groups are changed and brought back.
func TestLevelsOnThisKernel(t *testing.T) {
	for _, c := range []struct{ controller, set, file, before, after string }{
		{"memory", "memory=96M", "memory.limit_in_bytes", "67108864", "100663296"},
		{"pids", "pids=9", "pids.max", "5", "9"},
		{"cpu", "cpus=0.7", "cpu.cfs_quota_us", "50000", "70000"},
		{"cpu", "cpus=0.2", "cpu.cfs_quota_us", "50000", "20000"},
	} {
		t.Run(c.set, func(t *testing.T) {
			h, g := real(t, c.controller)
			dir := filepath.Join(g.Dir.Raw(), "container")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			defer os.Remove(dir)
			inner, err := h.Group(g.Hierarchy, g.Path.Raw()+"/container")
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range []*cgroupview.Group{g, inner} {
				if err := x.Put(c.file, c.before); err != nil {
					t.Fatal(err)
				}
			}
			groups := cgroupview.Groups{List: []*cgroupview.Group{g}, Inner: []*cgroupview.Group{inner}}
			file, value, _ := strings.Cut(c.set, "=")
			e, err := New(
				h,
				groups,
				[]Assignment{{file, value}},
				cgroupview.Surroundings{PageSize: os.Getpagesize()},
			)
			if err != nil {
				t.Fatal(err)
			}
			out, err := e.Apply(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			r, _ := cgroupview.ResourceOf(c.file)
			l := h.Binding(groups, r)
			if l.Err != nil || r != cgroupview.CPU && held(t, l.From, c.file) != c.after {
				t.Errorf("%+v binds", l)
			}
			if _, err := out.Inverse.Apply(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, x := range []*cgroupview.Group{g, inner} {
				if got := held(t, x, c.file); got != c.before {
					t.Errorf("undone, %s of %s is %s", c.file, x.Path, got)
				}
			}
		})
	}
}

// TestSystemdCountsForItsOwnPeriod: what it is asked for is the same number of processors, whatever period there is.
func TestSystemdCountsForItsOwnPeriod(t *testing.T) {
	find, h := fixture(t, 1, map[string]string{"a.service/cpu.cfs_quota_us": "-1",
		"a.service/cpu.cfs_period_us": "50000"})
	e, err := New(
		h,
		cgroupview.Groups{List: []*cgroupview.Group{find("a.service")}},
		[]Assignment{{"cpus", "1.5"}},
		cgroupview.Surroundings{
			Persist: true,
			Chain:   container.FromLines([]container.CgroupLine{{Path: text.New("/a.service")}}),
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.ReplaceAll(e.ByHand(), "'", ""); got != "systemctl set-property a.service CPUQuota=150%" {
		t.Error(got)
	}
}

// TestAPartitionThatWasNotValid is undone to the word, without the reason that the kernel puts behind it.
func TestAPartitionThatWasNotValid(t *testing.T) {
	c := Change{
		Group: &cgroupview.Group{Hierarchy: &cgroupview.Hierarchy{Version: 2}},
		File:  "cpuset.cpus.partition",
		Old:   "isolated invalid (Parent is not a partition root)",
	}
	if got := restorable(c); got != "isolated" || !writable(c) {
		t.Errorf("%q would be written", got)
	}
	if !same(
		c.File,
		"root invalid (Parent is not a partition root)",
		"root invalid (Cpu list in cpuset.cpus not exclusive)",
	) ||
		same(c.File, "root", "root invalid (x)") {
		t.Error("partitions are compared by their reasons")
	}
}
