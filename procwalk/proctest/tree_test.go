package proctest

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// keys returns what stands before the first colon of each line.
func keys(s string) []string {
	var list []string
	for line := range strings.Lines(s) {
		key, _, _ := strings.Cut(line, ":")
		list = append(list, key)
	}
	return list
}

// The fake files have the lines of the real ones, in their order. This kernel may have more, or lack what is new or
// another architecture's.
func TestFormLikeTheKernels(t *testing.T) {
	tree := New(t)
	tree.Add(Proc{PID: 42, Comm: "form", Args: []string{"form"}})
	for _, name := range []string{"status", "io", "smaps_rollup"} {
		realText, err := os.ReadFile("/proc/self/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fake, err := os.ReadFile(filepath.Join(tree.Dir(42), name))
		if err != nil {
			t.Fatal(err)
		}
		real := keys(string(realText))
		at := 0
		for _, key := range keys(string(fake))[1:] { // the first line of smaps_rollup is a range
			i := slices.Index(real, key)
			if i < 0 && !slices.Contains([]string{"Kthread", "Seccomp_filters", "THP_enabled", "SpeculationIndirectBranch"},
				key) {
				t.Errorf("%s: this kernel has no line %q", name, key)
			} else if i < at {
				t.Errorf("%s: line %q stands elsewhere", name, key)
			} else {
				at = i
			}
		}
	}
	realStat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	want := len(strings.Fields(string(realStat)))
	if got := len(strings.Fields(Proc{PID: 42}.StatLine())); got != want {
		t.Errorf("stat has %d fields, the kernel's %d", got, want)
	}
	realLimits, err := os.ReadFile("/proc/self/limits")
	if err != nil {
		t.Fatal(err)
	}
	if a, b, _ := strings.Cut(string(realLimits), "\n"); b == "" || !strings.HasPrefix(limitsText, a+"\n") {
		t.Errorf("limits begins with another head: %q", a)
	}
}

func TestTreeContents(t *testing.T) {
	tree := New(t)
	tree.Add(Proc{PID: 7, PPID: 1, Comm: "a)\nb", Args: []string{"x", "", "y"}, State: 'Z', Start: 99,
		NS: map[string]uint64{"pid": 5}, Missing: []string{"ns/time", "io"}, Threads: []Thread{{TID: 8, Comm: "t"}},
		FDs: map[int]string{3: "pipe:[17]"}, NSpid: []int{7, 1}, Status: map[string]string{"Umask": "0077", "Ngid": "-"}})
	read := func(name string) string {
		b, err := os.ReadFile(filepath.Join(tree.Dir(7), name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	if got := read("stat"); !strings.HasPrefix(got, "7 (a)\nb) Z 1 7 7 0 -1 ") || strings.Fields(got[8:])[19] != "99" {
		t.Errorf("stat: %q", got)
	}
	status := read("status")
	for _, want := range []string{"Name:\ta)\\nb\n", "NSpid:\t7\t1\n", "Umask:\t0077\n", "Threads:\t2\n"} {
		if !strings.Contains(status, want) {
			t.Errorf("status lacks %q", want)
		}
	}
	if strings.Contains(status, "Ngid") || strings.Contains(status, "VmSize") {
		t.Error("status has a line that was left out, or memory for a zombie")
	}
	if got := read("cmdline"); got != "x\x00\x00y\x00" {
		t.Errorf("cmdline: %q", got)
	}
	for name, want := range map[string]string{
		"ns/pid": "pid:[5]", "ns/pid_for_children": "pid:[5]", "ns/user": "user:[4026531837]", "fd/3": "pipe:[17]",
	} {
		if got, err := os.Readlink(filepath.Join(tree.Dir(7), name)); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, name := range []string{"ns/time", "io", "exe"} {
		if _, err := os.Lstat(filepath.Join(tree.Dir(7), name)); err == nil {
			t.Errorf("%s is there", name)
		}
	}
	if got := read("task/8/comm"); got != "t\n" {
		t.Errorf("comm of the thread: %q", got)
	}
}

func TestShapes(t *testing.T) {
	tree := New(t)
	tree.Cycle(10, 11, 12)
	tree.Chain(1000, 50)
	tree.Orphans(2000, 5, 999999)
	tree.Host(9)
	parent := func(pid int) int {
		b, err := os.ReadFile(filepath.Join(tree.Dir(pid), "stat"))
		if err != nil {
			t.Fatal(err)
		}
		ppid, err := strconv.Atoi(strings.Fields(string(b))[3])
		if err != nil {
			t.Fatal(err)
		}
		return ppid
	}
	for pid, want := range map[int]int{10: 12, 11: 10, 12: 11, 1000: 0, 1049: 1048, 2004: 999999} {
		if got := parent(pid); got != want {
			t.Errorf("the parent of %d is %d, want %d", pid, got, want)
		}
	}
	if got, err := os.Readlink(filepath.Join(tree.Dir(1049), "ns/mnt")); err != nil || got != "mnt:[4026531832]" {
		t.Errorf("ns/mnt of a filled process: %q, %v", got, err)
	}
}

func BenchmarkFill10000(b *testing.B) {
	for b.Loop() {
		New(b).Host(10_000)
	}
}

// TestWhatFillSharesIsWrittenApart: processes of Fill have files in common; what is written to one of them is that
// one's own, and who comes after the first has gone is whole.
func TestWhatFillSharesIsWrittenApart(t *testing.T) {
	tree := New(t)
	some := func(first int) {
		tree.Fill(3, func(i int) Proc { return Proc{PID: first + i, PPID: 1, Args: []string{"sleep", "9"}} })
	}
	some(10)
	tree.Write("11/cmdline", "changed\x00")
	for pid := range 3 {
		tree.Remove(10 + pid)
		some(20 + 10*pid)
	}
	tree.Write("20/cgroup", "0::/changed\n")
	for pid, want := range map[string]string{"20": "sleep\x009\x00", "21": "sleep\x009\x00", "42": "sleep\x009\x00"} {
		if b, err := os.ReadFile(tree.Path(pid, "cmdline")); err != nil || string(b) != want {
			t.Errorf("cmdline of %s: %q, %v", pid, b, err)
		}
		if b, err := os.ReadFile(tree.Path(pid, "cgroup")); err != nil || (string(b) == "0::/changed\n") != (pid == "20") {
			t.Errorf("cgroup of %s: %q, %v", pid, b, err)
		}
	}
}
