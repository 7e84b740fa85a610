package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/inventory/health"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// The rules of the table of findings are judged at fixtures in the package health; here, in testdata/kernels and in
// testdata/realhost each is made for real.

// madeIn says where a rule is made: patterns of the sources of the tests that do it, each with the name of the rule in
// its first group. A test that only mentions a rule has none of these.
var madeIn = []struct {
	tier    string
	files   string
	pattern string
	v2      bool // the host has cgroup v2
}{
	{"this kernel", "*_test.go", `awaitFinding\(t, "([a-z-]+)"`, false},
	{"a virtual machine", "../../testdata/kernels/v2.sh", `(?m)^ *finds ([a-z-]+)( |$)`, true},
	{"a virtual machine with systemd and engines", "../../testdata/realhost/inside/*_test.go", `finds\(t, "([a-z-]+)"`,
		true},
}

// bothVersions are the rules whose evidence is in files that the two versions of control groups call otherwise, or
// have in another form: one of them made tells nothing of the other.
var bothVersions = []string{"oom-killed", "memory-near-limit", "tasks-near-limit", "tasks-refused", "cpu-throttled",
	"thrashing", "frozen"}

// TestEveryFindingIsMade walks the table of findings: each rule is made for real by a test.
func TestEveryFindingIsMade(t *testing.T) {
	made := map[string]map[bool]bool{}
	for _, where := range madeIn {
		list, err := filepath.Glob(where.files)
		if err != nil || len(list) == 0 {
			t.Fatalf("%s: %q, %v", where.files, list, err)
		}
		for _, name := range list {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(where.pattern).FindAllStringSubmatch(string(b), -1) {
				if health.RuleNamed(m[1]) == nil {
					t.Errorf("%s makes %s, which is no rule", name, m[1])
				}
				if made[m[1]] == nil {
					made[m[1]] = map[bool]bool{}
				}
				made[m[1]][where.v2] = true
			}
		}
	}
	for _, r := range health.Rules {
		if len(made[r.Name]) == 0 {
			t.Errorf("%s (%s): no test makes it for real", r.Name, r.Finds)
		}
	}
	for _, name := range bothVersions {
		for v2, version := range map[bool]string{false: "1, here", true: "2, in a virtual machine"} {
			if !made[name][v2] {
				t.Errorf("%s: no test makes it with version %s", name, version)
			}
		}
	}
}

// besidesV2 makes a group of the same path in the hierarchy of version 2, which is the one that tells of pressure, and
// returns its directory. On a host with version 2 alone that is the group itself.
func besidesV2(t *testing.T, g *cgroupview.Group) string {
	t.Helper()
	if g.Hierarchy.Version == 2 {
		return g.Dir.Raw()
	}
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range h.Hierarchies() {
		if in.Version != 2 || in.Root != "/" {
			continue
		}
		dir := filepath.Join(in.Mount, g.Path.Raw())
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Skip(err)
		}
		t.Cleanup(func() {
			proctest.Until(t, dir+" to be empty", func() bool {
				err := os.Remove(dir)
				return err == nil || os.IsNotExist(err)
			})
		})
		if _, err := os.Stat(filepath.Join(dir, "cpu.pressure")); err != nil {
			t.Skip(err) // the kernel was started without
		}
		return dir
	}
	t.Skip("no hierarchy of version 2 here")
	return ""
}

// TestHealthThrashing: a file that is a little larger than all memory that its reader may have.
func TestHealthThrashing(t *testing.T) {
	const limit = 16 << 20
	name := filepath.Join(t.TempDir(), "file")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	block := make([]byte, 1<<20)
	for i := range block {
		block[i] = byte(rand.Int())
	}
	for range limit * 3 / 2 >> 20 {
		if _, err := file.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	// What is in the page cache already costs its reader nothing.
	if err := errors.Join(file.Sync(), unix.Fadvise(int(file.Fd()), 0, 0, unix.FADV_DONTNEED)); err != nil {
		t.Fatal(err)
	}
	// Reading around has the kernel fill much that is given away at once, and wait as it gives away. The file is a hole:
	// how busy the disk is does not matter.
	hole := filepath.Join(t.TempDir(), "hole")
	if err := errors.Join(os.WriteFile(hole, nil, 0o600), os.Truncate(hole, 1<<30)); err != nil {
		t.Fatal(err)
	}
	target, g := healthGroup(t, "memory", fmt.Sprintf("memory.limit_in_bytes=%d|memory.max=%[1]d", limit))
	v2 := besidesV2(t, g)
	groups := []string{filepath.Join(g.Dir.Raw(), "cgroup.procs"), filepath.Join(v2, "cgroup.procs")}
	// The kernel adds up the waiting of each 2 s since the group was made. All begin at once, so that the first 2 s are
	// enough, and end when they have waited for long enough: this is the test that takes most of a processor.
	var ends []func()
	onOneProcessor(t, func() {
		ends = append(ends, proctest.StartPages(t, proctest.ReadPages, name, groups...))
		for range 3 {
			ends = append(ends, proctest.StartPages(t, proctest.ReadAround, hole, groups...))
		}
	})
	f := awaitFinding(t, "thrashing", target)
	if f.Value < 100 || !strings.Contains(f.Evidence[0], "major page faults") {
		t.Errorf("%+v", f)
	}
	const enough = 1_400_000 // µs: 14 % of 10 s, of which some are forgotten where they do not fall into the same 2 s
	proctest.Until(t, "tasks to have waited for memory", func() bool {
		some, _, _ := strings.Cut(readFile(t, v2+"/memory.pressure"), "\n")
		_, total, _ := strings.Cut(some, " total=")
		waited, err := strconv.Atoi(total)
		return err == nil && waited >= enough
	})
	for _, end := range ends {
		end()
	}
	isPressure(t, awaitFinding(t, "memory-waiting", target, "--over", "0.05"), v2, "memory.pressure", 0.1)
}

// onOneProcessor has what is started run on one processor. What never rests takes no more of them then, and its
// processes wait for one another all the sooner.
func onOneProcessor(t *testing.T, start func()) {
	t.Helper()
	runtime.LockOSThread() // which processors are used is a property of a thread, and of what it starts
	defer runtime.UnlockOSThread()
	var mine, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		t.Fatal(err)
	}
	one.Set(firstOf(&mine))
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := unix.SchedSetaffinity(0, &mine); err != nil {
			t.Fatal(err)
		}
	}()
	start()
}

func firstOf(processors *unix.CPUSet) int {
	for n := 0; ; n++ {
		if processors.IsSet(n) {
			return n
		}
	}
}

// isPressure checks a finding that comes from a file of pressure of a group.
func isPressure(t *testing.T, f findingSeen, dir, file string, least float64) {
	t.Helper()
	if f.Value < least || f.Value > 1 || f.Group == nil || *f.Group != dir || len(f.ByHand) == 0 ||
		!strings.HasSuffix(f.ByHand[0], "/"+file) {
		t.Errorf("%+v", f)
	}
}

// TestHealthWaitsForADisk: each block comes from the disk, which gives this group two of them a second.
func TestHealthWaitsForADisk(t *testing.T) {
	name := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(name, make([]byte, 16<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	var on unix.Stat_t
	if err := unix.Stat(name, &on); err != nil {
		t.Fatal(err)
	}
	disk := fmt.Sprintf("%d:%d", unix.Major(on.Dev), unix.Minor(on.Dev))
	if _, err := os.Stat("/sys/dev/block/" + disk + "/queue"); err != nil {
		t.Skipf("%s is not on a whole disk, which alone can be told how much to give: %v", name, err)
	}
	target, g := healthGroup(t, "blkio")
	v2 := besidesV2(t, g)
	limit := filepath.Join(g.Dir.Raw(), "blkio.throttle.read_bps_device")
	if err := os.WriteFile(limit, []byte(disk+" 8192"), 0); err != nil {
		t.Skip(err)
	}
	runInside(t, g, fmt.Sprintf("echo $$ > %s/cgroup.procs; dd if=%s of=/dev/null bs=4k iflag=direct", v2, name))
	isPressure(t, awaitFinding(t, "io-waiting", target), v2, "io.pressure", 0.3)
	// Before the cleanups kill: what waits for the disk ends when it has got what it waits for.
	os.WriteFile(limit, []byte(disk+" 0"), 0)
}

// TestHealthWaitsForAProcessor: two that never rest on one processor, of which they get little: they take it for as
// long as the kernel needs to add up 10 s of waiting.
func TestHealthWaitsForAProcessor(t *testing.T) {
	target, g := healthGroup(t, "cpu", "cpu.cfs_quota_us=3000|cpu.max=3000 100000")
	v2 := besidesV2(t, g)
	var mine unix.CPUSet
	if err := unix.SchedGetaffinity(0, &mine); err != nil {
		t.Fatal(err)
	}
	runInside(t, g, fmt.Sprintf("echo $$ > %s/cgroup.procs; "+
		"for i in 1 2; do taskset -c %d sh -c 'while :; do :; done' & done; wait", v2, firstOf(&mine)))
	isPressure(t, awaitFinding(t, "cpu-waiting", target), v2, "cpu.pressure", 0.25)
}

// TestHealthOfTheHost counts what was killed anywhere since it was started: this makes sure that there is one.
func TestHealthOfTheHost(t *testing.T) {
	_, g := healthGroup(t, "memory", "memory.limit_in_bytes=8388608|memory.max=8388608",
		"memory.memsw.limit_in_bytes=8388608|memory.swap.max=0")
	runInside(t, g, "exec tail /dev/zero").Wait()
	f := awaitFinding(t, "host-oom-killed")
	out, err := exec.Command("sh", "-c", f.ByHand[0]).Output()
	if err != nil || !strings.Contains(string(out), "oom_kill ") {
		t.Errorf("%s: %s %v", f.ByHand[0], out, err)
	}
	if f.Value < 1 {
		t.Errorf("%+v", f)
	}
}
