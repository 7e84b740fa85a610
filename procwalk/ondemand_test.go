package procwalk

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

func TestFolder(t *testing.T) {
	tree := proctest.New(t)
	threads := []proctest.Thread{{TID: 9, Comm: "nine", UTime: 5}, {TID: 8}}
	for tid := 10; tid < 30; tid++ {
		threads = append(threads, proctest.Thread{TID: tid})
	}
	tree.Add(proctest.Proc{PID: 7, Start: 70, Comm: "seven", Args: []string{"a", "b"},
		Threads: threads,
		FDs:     map[int]string{0: "/dev/null", 3: "pipe:[1]"}, Files: map[string]string{"long": strings.Repeat("x",
			10_000)}})
	tree.Add(proctest.Proc{PID: 2, Start: 20, Kernel: true})
	for _, id := range []ID{{7, 71}, {8, 70}} {
		if _, err := OpenFolder(tree.Root, id); err != ErrGone {
			t.Errorf("%v: %v", id, err)
		}
	}
	f, err := OpenFolder(tree.Root, ID{7, 70})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, c := range []struct{ max, want int }{{20_000, 10_000}, {10_000, 10_000}, {9_999, 9_999}, {5_000, 5_000},
		{1, 1}, {0, 0}} {
		b, truncated, err := f.Read("long", c.max)
		if err != nil || len(b) != c.want || truncated != (c.max < 10_000) {
			t.Errorf("at most %d: %d bytes, truncated %v, %v", c.max, len(b), truncated, err)
		}
	}
	if n, more, err := f.Numbers("task", 100); err != nil || more || !slices.Equal(n, listed(t, tree.Root+"/7/task")) {
		t.Errorf("threads %v, more %v, %v: not in the kernel's order", n, more, err)
	}
	if n, more, err := f.Numbers("fd", 1); err != nil || !more || len(n) != 1 {
		t.Errorf("descriptors %v, more %v, %v", n, more, err)
	}
	if s, err := f.ThreadStat(9); err != nil || s.UTime != 5 || s.Comm.Raw() != "nine" {
		t.Errorf("thread: %+v, %v", s, err)
	}
	if c := f.Cmdline(); c.Err != nil || len(c.Args()) != 2 {
		t.Errorf("cmdline: %+v", c)
	}
	if s := f.Status(); s.Err != nil || s.TGID != 7 {
		t.Errorf("status: %+v", s)
	}
	if _, _, err := f.Read("nothing", 10); err != ErrUnsupported {
		t.Errorf("a file that is not there: %v", err)
	}
	k, err := OpenFolder(tree.Root, ID{2, 20})
	if err != nil {
		t.Fatal(err)
	}
	defer k.Close()
	if _, err := k.Link("exe"); err != ErrNone {
		t.Errorf("the program of a kernel thread: %v", err)
	}
	own, err := f.Clone()
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	// The process ends, and another gets its PID: neither folder is taken in.
	tree.Add(proctest.Proc{PID: 7, Start: 99})
	for _, f := range []*Folder{f, own} {
		if _, _, err := f.Read("status", 1000); err != ErrGone || f.Alive() {
			t.Errorf("after its end: %v", err)
		}
	}
}

func TestFolderLive(t *testing.T) {
	b, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Skip(err)
	}
	var s Stat
	if err := ParseStat(b, &s); err != nil {
		t.Fatal(err)
	}
	f, err := OpenFolder("/proc", ID{s.PID, s.StartTime})
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if st := f.Status(); st.Err != nil || st.TGID != os.Getpid() {
		t.Errorf("status: %+v", st)
	}
	if io := f.IO(); io.Err != nil || io.RChar == 0 {
		t.Errorf("io: %+v", io)
	}
	if c := f.Cgroups(); c.Err != nil || len(c.Lines) == 0 {
		t.Errorf("cgroup: %+v", c)
	}
	if exe, err := f.Link("exe"); err != nil || exe.Len() == 0 {
		t.Errorf("exe: %v", err)
	}
	if _, _, err := f.Read("attr/no-such", 1); !errors.Is(err, ErrUnsupported) {
		t.Errorf("no such file: %v", err)
	}
}

// listed are the numbers in a directory as the kernel lists them.
func listed(t *testing.T, dir string) (numbers []int) {
	t.Helper()
	f, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	names, err := f.Readdirnames(-1)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		n, err := strconv.Atoi(name)
		if err != nil {
			t.Fatal(err)
		}
		numbers = append(numbers, n)
	}
	return numbers
}
