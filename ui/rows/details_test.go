package rows

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// aContainer is a process as a container has it, read from a tree that looks like a /proc, with its snapshot.
func aContainer(t *testing.T) (*procwalk.Process, *procwalk.Snapshot, *detail.Detail) {
	t.Helper()
	tree := proctest.New(t)
	tree.Add(proctest.Proc{PID: 1, Comm: "init", Args: []string{"/sbin/init"}})
	tree.Add(proctest.Proc{PID: 2, Comm: "kthreadd", Kernel: true})
	tree.Add(proctest.Proc{PID: 42, PPID: 1, Start: 500000, Comm: "evil\x1b[2J",
		Args: []string{"app", "--name=\x1b]0;x\a", ""}, UID: 1000,
		UTime: 250, STime: 50, NSpid: []int{42, 7, 1}, NS: map[string]uint64{"pid": 77, "mnt": 78},
		Environ:     []string{"SECRET=hunter2", "N\u202e=1", "bare secret"},
		CgroupLines: []string{"4:memory:/docker/abc\x1b", "0::/gone (deleted)"},
		Status: map[string]string{"CapEff": "00000000a80425fb", "CapBnd": "000001fffeffffff", "CapAmb": "0000000000000400",
			"NoNewPrivs": "1",
			"Seccomp":    "2", "Seccomp_filters": "3", "SigIgn": "0000000000001000", "SigCgt": "0000000200000401",
			"Uid": "1000\t0\t0\t0"},
		Threads: []proctest.Thread{{TID: 43, Comm: "t\nx", UTime: 10}},
		FDs:     map[int]string{0: "/dev/null", 3: "socket:[9]", 4: "/tmp/\x1bx (deleted)"},
		Exe:     "/app (deleted)",
		Files: map[string]string{"uid_map": "         0     100000      65536\n", "oom_score_adj": "-1000\n",
			"attr/current": "docker-default (enforce)\n"},
	})
	w, err := procwalk.NewWalker(tree.Root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.Close() })
	snap, err := w.Snapshot(context.Background(),
		procwalk.Request{Want: procwalk.WantStatus | procwalk.WantCmdline | procwalk.WantCgroup | procwalk.WantNS})
	if err != nil {
		t.Fatal(err)
	}
	p := snap.Find(42)
	if p == nil {
		t.Fatal("process 42 is not in the snapshot")
	}
	return p, snap, detail.NewReader(tree.Root).Read(context.Background(), p.ID())
}

// find returns the values of the lines with this label.
func find(sections []Section, title, label string) string {
	var values []string
	for _, s := range sections {
		for _, l := range s.Lines {
			if s.Title == title && l.Label == label {
				values = append(values, l.Value)
			}
		}
	}
	return strings.Join(values, "|")
}

func TestDetails(t *testing.T) {
	p, snap, d := aContainer(t)
	sections := Details(p, snap, d, DetailOptions{})
	var titles []string
	for _, s := range sections {
		titles = append(titles, s.Title)
		if len(s.Lines) == 0 {
			t.Errorf("%s is empty", s.Title)
		}
	}
	if got, want := strings.Join(titles, ", "),
		"Identity, Command, Users, Security, Namespaces, Cgroups, Memory, CPU, Limits, I/O, Threads, Open files, "+
			"Environment, Network"; got != want {
		t.Errorf("sections %s", got)
	}
	for _, c := range []struct{ title, label, want string }{
		{"Identity", "PID", "42"},
		{"Identity", "PID inside", "7, 1 (from the outer pid namespace to its own)"},
		{"Identity", "Parent", "1 init"},
		{"Identity", "State", "S sleeping"},
		{"Identity", "Terminal", "none"},
		{"Identity", "Login user", "none: not started from a login"},
		{"Command", "Name", `evil\x1b[2J`},
		{"Command", "Argument 1", `--name=\x1b]0;x\x07`},
		{"Command", "Argument 2", ""},
		{"Command", "Program", "/app (deleted)"},
		{"Command", "Mounts", "2"},
		{"Users", "User", "real 1000, effective 0, saved 0, of the file system 0"},
		{"Users", "Group", "0"},
		{"Users", "User map", "0 to 65535 inside are 100000 to 165535 outside"},
		{"Users", "Group map", "every ID maps to itself"},
		{"Security", "Effective", "CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE NET_RAW " +
			"SYS_CHROOT MKNOD AUDIT_WRITE SETFCAP"},
		{"Security", "Bounding", "all but SYS_RESOURCE"},
		{"Security", "Ambient", "NET_BIND_SERVICE"},
		{"Security", "Inheritable", "none"},
		{"Security", "Seccomp", "filter (3)"},
		{"Security", "No new privileges", "yes: set-user-ID programs gain nothing"},
		{"Security", "Label", "docker-default (enforce)"},
		{"Security", "Signals ignored", "PIPE"},
		{"Security", "Signals caught", "HUP SEGV RTMIN"},
		{"Security", "When memory runs out", "score 666, adjusted by -1000: never killed"},
		{"Namespaces", "pid", "77  its own, or its container's"},
		{"Namespaces", "net", "4026531833  the host's own"},
		{"Cgroups", "v1 memory", `/docker/abc\x1b`},
		{"Cgroups", "v2", "/gone (deleted)"},
		{"Memory", "Resident", "1.0M (1048576)"},
		{"Memory", "Its share (PSS)", "512K (524288)"},
		{"CPU", "Time", "2.5s in its program, 500ms in the kernel"},
		{"CPU", "Scheduling", "OTHER (normal), nice 0 (priority 20)"},
		{"CPU", "May run on", "processors 0-1, memory nodes 0"},
		{"Limits", "Max open files", "1024 files, at most 524288 files"},
		{"Limits", "Max locked memory", "8.0M (8388608), also at most"},
		{"Limits", "Max cpu time", "unlimited, also at most"},
		{"Threads", "Threads", "2"},
		{"Threads", "43", `S t\nx, CPU 100ms, last on 0`},
		{"Open files", "3", "socket socket:[9], read and write"},
		{"Open files", "4", `file /tmp/\x1bx (deleted), read and write`},
		{"Environment", "SECRET", masked},
		{"Environment", `N\u202e`, masked},
		{"Environment", "(no name)", masked},
		{"Network", "All but lo", "in 977K (1000000), out 488K (500000)"},
	} {
		if got := find(sections, c.title, c.label); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.title, c.label, got, c.want)
		}
	}
	if started := find(sections, "Identity", "Started"); !strings.HasPrefix(started,
		snap.StartedAt(p).Format("2006-01-02 15:04:05")+" (1 d 2 h ago; ") {
		t.Errorf("started %q", started)
	}
}

// No byte that somebody else chose reaches the screen as it is, and no secret does unless it is asked for.
func TestDetailsAreSafe(t *testing.T) {
	p, snap, d := aContainer(t)
	for _, reveal := range []bool{false, true} {
		secret := false
		for _, s := range Details(p, snap, d, DetailOptions{Reveal: reveal}) {
			for _, l := range s.Lines {
				for _, r := range s.Title + l.Label + l.Value {
					if r != ' ' && text.Deceptive(r) || r < 0x20 || r == 0x7f {
						t.Errorf("%s, %q: %q holds %U", s.Title, l.Label, l.Value, r)
					}
				}
				secret = secret || strings.Contains(l.Value, "hunter2") || strings.Contains(l.Value, "bare secret") ||
					strings.Contains(l.Label, "bare secret")
			}
		}
		if secret != reveal {
			t.Errorf("reveal %v, and secrets shown: %v", reveal, secret)
		}
	}
}

func TestDetailsOfLittle(t *testing.T) {
	p := &procwalk.Process{Stat: procwalk.Stat{PID: 9, Comm: text.New("x"), State: 'Z'}}
	for name, d := range map[string]*detail.Detail{"no details": nil, "gone": {Err: procwalk.ErrGone}, "empty": {}} {
		sections := Details(p, nil, d, DetailOptions{})
		if got := find(sections, "Identity", "PID"); got != "9" {
			t.Errorf("%s: PID %q", name, got)
		}
		if name == "gone" && (sections[0].Title != "Note" || sections[0].Lines[0].Value != "the process has ended") {
			t.Errorf("gone: %+v", sections[0])
		}
	}
	Details(p, &procwalk.Snapshot{}, nil, DetailOptions{})
}

// The words tell apart what went wrong, for every field.
func TestDetailsSayWhy(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{procwalk.ErrGone, "the process has ended"},
		{procwalk.ErrStuck, "no answer in time: the process, or a file system, holds it up"},
		{procwalk.ErrUnsupported, "this kernel does not have it"},
		{procwalk.ErrNone, "none (a kernel thread, or ended already)"},
		{fmt.Errorf("x: %w", unix.EACCES), "not permitted (it takes the same user, or " + fault.ToTrace + ")"},
		{fmt.Errorf("x: %w", &fault.Error{Kind: fault.NotPermitted, Hint: "needs CAP_SYS_ADMIN", Err: unix.EPERM}),
			"not permitted (needs CAP_SYS_ADMIN)"},
		{&fs.PathError{Op: "open", Path: "/x", Err: os.ErrPermission},
			"not permitted (it takes the same user, or " + fault.ToTrace + ")"},
		{unix.EIO, "failed: EIO (input/output error)"},
		{errors.New("odd\x1b"), `failed: odd\x1b`},
		{context.Canceled, "bones did not read that far"},
	} {
		if got, _ := InWords(c.err); got != c.want {
			t.Errorf("%v: %q", c.err, got)
		}
		p := &procwalk.Process{Stat: procwalk.Stat{PID: 9}, NS: &procwalk.Namespaces{}}
		for i := range p.NS.Err {
			p.NS.Err[i] = c.err
		}
		d := &detail.Detail{Status: &procwalk.Status{Err: c.err}, Cmdline: &procwalk.Cmdline{Err: c.err},
			Cgroups: &procwalk.Cgroups{Err: c.err},
			IO:      &procwalk.IO{Err: c.err}}
		d.Exe.Err, d.Cwd.Err, d.Root.Err, d.Limits.Err, d.Mounts.Err, d.FDs.Err, d.Smaps.Err = c.err, c.err, c.err, c.err,
			c.err, c.err, c.err
		d.Environ.Err, d.Threads.Err, d.OOMScoreAdj.Err, d.Net.Err, d.UIDMap.Err, d.Schedstat.Err = c.err, c.err, c.err,
			c.err, c.err, c.err
		sections := Details(p, nil, d, DetailOptions{})
		for title, label := range map[string]string{"Users": "User", "Security": "Capabilities",
			"Memory": "Its share (PSS)", "Namespaces": "pid",
			"Limits": "Limits", "I/O": "I/O", "Threads": "Threads", "Open files": "Open files", "Environment": "Environment",
			"Network": "Network", "Cgroups": ""} {
			if got := find(sections, title, label); got != c.want {
				t.Errorf("%v: %s says %q", c.err, title, got)
			}
		}
	}
}

func TestDetailsAreBounded(t *testing.T) {
	long := strings.Repeat("é", 1<<20)
	d := &detail.Detail{Cmdline: &procwalk.Cmdline{Raw: text.New(strings.Repeat("a\x00", 60_000) + long)}}
	for range 5000 {
		d.Environ.Value.Vars = append(d.Environ.Value.Vars, detail.Var{Name: text.New(long[:20_000]), Value: text.New(long)})
	}
	p := &procwalk.Process{Stat: procwalk.Stat{PID: 9}}
	bytes, lines := 0, 0
	for _, s := range Details(p, nil, d, DetailOptions{Reveal: true}) {
		for _, l := range s.Lines {
			lines++
			bytes += len(l.Label) + len(l.Value)
			if len(l.Value) > 4*valueMax+64 || len(l.Label) > 600 {
				t.Fatalf("a label of %d and a value of %d bytes", len(l.Label), len(l.Value))
			}
		}
	}
	if lines > 2000 {
		t.Errorf("%d lines, %d bytes", lines, bytes)
	}
}

func TestCapSet(t *testing.T) {
	for _, c := range []struct {
		set, known uint64
		want       string
	}{
		{0, 0, "none"},
		{0x1ffffffffff, 0, "all"},
		{0x3fffffffff, 0x3fffffffff, "all"}, // an older kernel
		{0x3fffffffff, 0, "all but PERFMON BPF CHECKPOINT_RESTORE"},
		{1 << 40, 0, "CHECKPOINT_RESTORE"},
		{1<<41 | 1, 0, "CHOWN 41"},
		{1<<63 | 0x1ffffffffff, 0, capList(0x1ffffffffff) + " 63"},
		{1 << 21, 0, "SYS_ADMIN"},
	} {
		if got := CapSet(c.set, c.known); got != c.want {
			t.Errorf("%#x of %#x: %s", c.set, c.known, got)
		}
	}
	if CapName(12) != "NET_ADMIN" || CapName(-1) != "-1" || CapName(39) != "BPF" || unix.CAP_LAST_CAP < 40 {
		t.Error("capabilities are mixed up")
	}
}

func TestSignalSet(t *testing.T) {
	for mask, want := range map[uint64]string{
		0: "none", 1: "HUP", 1<<8 | 1<<14: "KILL TERM", 1<<64 - 1: "all", 1<<64 - 1 - 1<<8 - 1<<18: "all but KILL STOP",
		1 << 33: "RTMIN", 1 << 63: "RTMAX", 1 << 31: "32",
	} {
		if got := SignalSet(mask); got != want {
			t.Errorf("%#x: %s, want %s", mask, got, want)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0 s", 59 * time.Second: "59 s",
		61 * time.Second:            "1 min 1 s",
		2*time.Hour + 3*time.Minute: "2 h 3 min", 50 * time.Hour: "2 d 2 h"} {
		if got := age(d); got != want {
			t.Errorf("%v: %s", d, got)
		}
	}
}
