package roots

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// TestRootsAreRemembered: the root of a process is found out once, and again when it has run, in its turn, and each
// time as long as it is young.
func TestRootsAreRemembered(t *testing.T) {
	proc := filepath.Join(t.TempDir(), "proc")
	hosts, own := t.TempDir(), t.TempDir()
	root := func(pid int, dir string) {
		t.Helper()
		at := filepath.Join(proc, fmt.Sprint(pid))
		os.MkdirAll(at, 0o755)
		os.Remove(filepath.Join(at, "root"))
		stat := fmt.Sprintf("%d (x) S 1 1 1 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 100", pid)
		for range 30 {
			stat += " 0"
		}
		if err := os.WriteFile(filepath.Join(at, "stat"), []byte(stat+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(dir, filepath.Join(at, "root")); err != nil {
			t.Fatal(err)
		}
	}
	root(1, hosts)
	const pid = 5
	for _, c := range []struct {
		name   string
		passes uint64
		uptime time.Duration
		change func(*procwalk.Process)
		seen   bool
	}{
		{"nothing", 1, time.Hour, func(*procwalk.Process) {}, false},
		{"its turn", relook + pid - 1, time.Hour, func(*procwalk.Process) {}, true},
		{"a page fault", 1, time.Hour, func(p *procwalk.Process) { p.MinFlt++ }, true},
		{"processor time", 1, time.Hour, func(p *procwalk.Process) { p.STime++ }, true},
		{"another program", 1, time.Hour, func(p *procwalk.Process) { p.Comm = text.New("sh") }, true},
		{"another mount namespace", 1, time.Hour, func(p *procwalk.Process) {
			p.NS = &procwalk.Namespaces{}
			p.NS.Inode[procwalk.Mnt] = 7
		}, true},
		{"another process", 1, time.Hour, func(p *procwalk.Process) { p.PID = pid + 1 }, true},
		{"it is young", 1, 3 * time.Second, func(*procwalk.Process) {}, true},
	} {
		root(pid, hosts)
		root(pid+1, hosts)
		r := New(proc, "")
		r.passes = c.passes
		s := &procwalk.Snapshot{Uptime: c.uptime, Host: procwalk.Machine{TicksPerSec: 100}}
		p := procwalk.Process{Stat: procwalk.Stat{PID: pid, StartTime: 100, Comm: text.New("x")},
			NS: &procwalk.Namespaces{}}
		if another, known := r.Another(s, &p); another || !known {
			t.Fatalf("%s: at first another root: %v, known: %v", c.name, another, known)
		}
		r.Next()
		root(pid, own)
		root(pid+1, own)
		c.change(&p)
		if another, known := r.Another(s, &p); another != c.seen || !known {
			t.Errorf("%s: another root is seen: %v, known: %v, want %v", c.name, another, known, c.seen)
		}
		r.Next()
		r.Next()
		if len(r.known) != 0 {
			t.Errorf("%s: %d roots are remembered of processes that have gone", c.name, len(r.known))
		}
	}
}

// TestSnapshotsAreLetGo: between passes the Finder holds no snapshot, which others may be done with.
func TestSnapshotsAreLetGo(t *testing.T) {
	proc := filepath.Join(t.TempDir(), "proc")
	if err := os.MkdirAll(filepath.Join(proc, "1", "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	row := func(pid int, root uint32) procwalk.Process {
		spaces := procwalk.Namespaces{}.WithRoot(root)
		return procwalk.Process{Stat: procwalk.Stat{PID: pid}, NS: &spaces}
	}
	r := New(proc, "")
	s := &procwalk.Snapshot{Processes: []procwalk.Process{row(1, 3), row(2, 4), row(5, 3)}}
	for range 2 {
		for i, want := range []bool{false, true, false} {
			if another, known := r.Another(s, &s.Processes[i]); another != want || !known {
				t.Errorf("PID %d: another root: %v, known: %v", s.Processes[i].PID, another, known)
			}
		}
		if r.Next(); r.of != nil {
			t.Error("it holds a snapshot")
		}
	}
}
