package inventory

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// pretended is the process table with one process in other groups than it is in.
type pretended struct {
	procwalk.Source
	pid  int
	path string
}

func (p pretended) Snapshot(ctx context.Context, r procwalk.Request) (*procwalk.Snapshot, error) {
	s, err := p.Source.Snapshot(ctx, r)
	if err != nil {
		return nil, err
	}
	for i := range s.Processes {
		if row := &s.Processes[i]; row.PID == p.pid && row.Cgroups != nil {
			moved := &procwalk.Cgroups{}
			for _, l := range row.Cgroups.Lines {
				l.Path = text.New(p.path)
				moved.Lines = append(moved.Lines, l)
			}
			row.Cgroups = moved
		}
	}
	return s, nil
}

// TestBeside: files of groups stay open, but not those descriptors that the program keeps for others.
func TestBeside(t *testing.T) {
	proctest.Need(t, proctest.Cgroups)
	h, err := cgroupview.Open(cgroupview.Config{Proc: "/proc", Root: "/sys/fs/cgroup"})
	if err != nil {
		t.Fatal(err)
	}
	path := fmt.Sprintf("/bones-beside-%d/%s", os.Getpid(), strings.Repeat("b", 64))
	for _, x := range h.Hierarchies() {
		if dir := x.Mount + path; !x.ReadOnly && os.MkdirAll(dir, 0o755) == nil {
			t.Cleanup(func() { os.Remove(dir); os.Remove(filepath.Dir(dir)) })
		}
	}
	w, err := procwalk.NewWalker("/proc", procwalk.Keep())
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	for _, beside := range []int{0, 1 << 30} {
		live := NewLive(LiveConfig{Processes: pretended{w, os.Getpid(), path}, ProcRoot: "/proc",
			CgroupRoot: "/sys/fs/cgroup", Descriptors: 1000, Beside: beside})
		defer live.Close()
		m, err := live.Moment(t.Context(), Ask{Usage: true})
		if err != nil {
			t.Fatal(err)
		}
		read := false
		for _, u := range m.Usage {
			read = read || u.Process.PID == os.Getpid() && len(u.Groups.List) > 0
		}
		var held []string
		fds, _ := filepath.Glob("/proc/self/fd/*")
		for _, fd := range fds {
			if to, _ := os.Readlink(fd); strings.Contains(to, path) {
				held = append(held, to)
			}
		}
		room := int(min(limit.Cur, 1<<30)) - len(m.Snapshot.Processes) - spareFiles - beside
		if !read || len(held) > 0 != (room > 0) {
			t.Errorf("beside %d others: the groups are read: %v, and %d files stay open: %v", beside, read, len(held), held)
		}
		live.Close()
	}
}
