// Package rowstest makes snapshots of hosts that do not exist, for tests and benchmarks of what is drawn.
package rowstest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Boot is when every fixture's host was started.
func Boot() time.Time { return time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC) }

// Proc describes a process; what is zero is ordinary.
type Proc struct {
	PID, PPID  int
	PGID, SID  int    // 0: the PID
	Start      uint64 // ticks; 0: the PID
	Comm, Args string // Args: apart by blanks; "": none
	State      byte   // 0: S
	UID        uint32
	TTY        uint32
	Ticks      uint64 // CPU time
	RSS        uint64 // pages
	Threads    int    // 0: 1
	Nice       int
	Kernel     bool
	Inside     int    // PID in its own namespace; 0: in that of the host
	PIDNS      uint64 // inode
	Cgroup     string
}

// Snapshot makes a table of processes, uptime seconds after boot.
func Snapshot(uptime int, list ...Proc) *procwalk.Snapshot {
	s := &procwalk.Snapshot{
		Host: procwalk.Machine{BootTime: Boot(), TicksPerSec: 100, PageSize: 4096, CPUs: 2, MemTotal: 8 << 30,
			Release: "6.18.0", HostName: "testhost"},
		Taken: Boot().Add(time.Duration(uptime) * time.Second), Uptime: time.Duration(uptime) * time.Second,
		Processes: make([]procwalk.Process, 0, len(list)),
	}
	for _, p := range list {
		s.Processes = append(s.Processes, process(p))
	}
	slices.SortFunc(s.Processes, func(a, b procwalk.Process) int { return a.PID - b.PID })
	return s
}

func process(d Proc) procwalk.Process {
	p := procwalk.Process{Stat: procwalk.Stat{
		PID: d.PID, PPID: d.PPID, PGRP: d.PGID, Session: d.SID, Comm: text.New(d.Comm), State: d.State, StartTime: d.Start,
		TTYNr: d.TTY, TPGID: -1, UTime: d.Ticks, RSS: d.RSS, NumThreads: max(d.Threads, 1), Nice: d.Nice,
		VSize: d.RSS * 4096 * 3,
	}}
	if p.State == 0 {
		p.State = 'S'
	}
	if p.PGRP == 0 && !d.Kernel {
		p.PGRP = d.PID
	}
	if p.Session == 0 && !d.Kernel {
		p.Session = d.PID
	}
	if p.StartTime == 0 {
		p.StartTime = uint64(d.PID)
	}
	if d.Kernel {
		p.Flags |= procwalk.KernelThreadFlag
	}
	pids := []int{d.PID}
	if d.Inside != 0 {
		pids = append(pids, d.Inside)
	}
	p.Status = &procwalk.Status{UID: d.UID, EUID: d.UID, NSpid: pids, Threads: p.NumThreads}
	raw := ""
	if d.Args != "" {
		raw = strings.ReplaceAll(d.Args, " ", "\x00") + "\x00"
	}
	p.Cmdline = &procwalk.Cmdline{Raw: text.New(raw)}
	p.NS = &procwalk.Namespaces{}
	for t := range p.NS.Inode {
		p.NS.Inode[t] = 4026531835 + uint64(t)
	}
	if d.PIDNS != 0 {
		p.NS.Inode[procwalk.PID] = d.PIDNS
	}
	group := d.Cgroup
	if group == "" {
		group = "/"
	}
	p.Cgroups = &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Path: text.New(group)}}}
	return p
}

// World is a small host with a container, kernel threads, a zombie and names that nobody should trust. later counts
// the seconds since the first snapshot of it; some processes work meanwhile.
func World(later int) *procwalk.Snapshot {
	worked := uint64(later)
	const group = "/docker/0123456789ab0123456789ab0123456789ab0123456789ab0123456789ab0123"
	return Snapshot(100000+later,
		Proc{PID: 1, Comm: "systemd", Args: "/sbin/init splash", RSS: 3200, Ticks: 812},
		Proc{PID: 2, Comm: "kthreadd", Kernel: true},
		Proc{PID: 3, PPID: 2, Comm: "rcu_gp", Kernel: true, State: 'I', Nice: -20},
		Proc{PID: 14, PPID: 2, Comm: "kworker/0:1-events", Kernel: true, State: 'I', Ticks: 40},
		Proc{PID: 220, PPID: 1, Comm: "systemd-journal", Args: "/lib/systemd/systemd-journald", RSS: 9000,
			Ticks: 900 + 3*worked},
		Proc{PID: 410, PPID: 1, Comm: "dbus-daemon", Args: "/usr/bin/dbus-daemon --system", UID: 100, RSS: 1200},
		Proc{PID: 500, PPID: 1, Comm: "sshd", Args: "sshd: /usr/sbin/sshd -D [listener]", RSS: 2000},
		Proc{PID: 700, PPID: 500, Comm: "sshd", Args: "sshd: ada [priv]", RSS: 2400},
		Proc{PID: 705, PPID: 700, PGID: 700, SID: 700, Comm: "sshd", Args: "sshd: ada@pts/0", UID: 1000, RSS: 1800},
		Proc{PID: 706, PPID: 705, Comm: "bash", Args: "-bash", UID: 1000, RSS: 1300, TTY: 136 << 8, Ticks: 12},
		Proc{PID: 801, PPID: 706, PGID: 801, SID: 706, Comm: "vim", Args: "vim notes.txt", UID: 1000, RSS: 4000,
			TTY: 136 << 8, State: 'T'},
		Proc{PID: 802, PPID: 706, PGID: 802, SID: 706, Comm: "make", Args: "make -j2 all", UID: 1000, RSS: 700,
			TTY: 136 << 8},
		Proc{PID: 803, PPID: 802, PGID: 802, SID: 706, Comm: "cc1", Args: "cc1 -O2 -quiet main.c", UID: 1000, RSS: 30000,
			TTY: 136 << 8, State: 'R', Ticks: 50 + 90*worked},
		Proc{PID: 804, PPID: 802, PGID: 802, SID: 706, Comm: "sh", UID: 1000, TTY: 136 << 8, State: 'Z'},
		Proc{PID: 900, PPID: 1, Comm: "dockerd", Args: "/usr/sbin/dockerd -H fd://", RSS: 20000, Threads: 14,
			Ticks: 3000 + worked},
		Proc{PID: 950, PPID: 1, Comm: "containerd-shim",
			Args: "/usr/bin/containerd-shim-runc-v2 -namespace moby -id 0123456789ab", RSS: 3000, Threads: 10, PGID: 950},
		Proc{PID: 970, PPID: 950, Comm: "memcached", Args: "memcached -m 64", UID: 101, RSS: 1500, Threads: 10, Inside: 1,
			PIDNS: 4026532201, Cgroup: group, Ticks: 77 + 5*worked},
		Proc{PID: 990, PPID: 950, Comm: "sh", Args: "sh -c sleep\t1;date", RSS: 200, Inside: 7, PIDNS: 4026532201,
			Cgroup: group},
		Proc{PID: 1200, PPID: 1, Comm: "\x1b]0;evil\a\n\u202e", Args: "\x1b[2J\x1b[H[red]x[:::http://evil]y \u202egpj.exe",
			UID: 1001, RSS: 100},
		Proc{PID: 1201, PPID: 1, Comm: "日本語プロセス", Args: "日本語プロセス --名前=値 e\u0301a\u0301", UID: 1001, RSS: 100},
	)
}

// Many makes n processes in a tree about four levels deep, some of which work between two values of later.
func Many(n, later int) *procwalk.Snapshot {
	list := make([]Proc, 0, n)
	for i := 1; i <= n; i++ {
		parent := 0
		if i > 1 {
			parent = 1 + (i-2)/7
		}
		list = append(list, Proc{PID: i, PPID: parent, Comm: fmt.Sprint("worker-", i%50),
			Args: fmt.Sprint("/usr/bin/worker --number ", i, " --config /etc/worker.conf"),
			UID:  uint32(i % 5), RSS: uint64(i*7919%5000 + 10), Ticks: uint64(i) + uint64(i%3*later)})
	}
	return Snapshot(100000+later, list...)
}

// Chain makes n processes of which each is the child of the one before.
func Chain(n int) *procwalk.Snapshot {
	list := make([]Proc, 0, n)
	for i := 1; i <= n; i++ {
		list = append(list, Proc{PID: i, PPID: i - 1, Comm: "link", Args: fmt.Sprint("link ", i), RSS: 10})
	}
	return Snapshot(5000, list...)
}

// Random makes a table with anything in it: strange parents, hostile names, missing parts. Identities repeat between
// calls, and so do PIDs with another start.
func Random(r *rand.Rand, most int) *procwalk.Snapshot {
	seen := map[int]bool{}
	var list []Proc
	for range r.IntN(most + 1) {
		pid := 1 + r.IntN(3*most)
		if seen[pid] {
			continue
		}
		seen[pid] = true
		list = append(list, Proc{PID: pid, PPID: r.IntN(3 * most), Start: uint64(1 + r.IntN(2)), Comm: RandomText(r, 15),
			Args:  RandomText(r, 200),
			State: byte(r.IntN(256)), UID: r.Uint32N(4), TTY: r.Uint32N(1 << 20), RSS: r.Uint64N(1 << 50),
			Ticks: r.Uint64() >> r.IntN(64), Nice: r.IntN(40) - 20,
			Kernel: r.IntN(5) == 0, Inside: r.IntN(3), Cgroup: RandomText(r, 80)})
	}
	s := Snapshot(1+r.IntN(1000000), list...)
	for i := range s.Processes {
		p := &s.Processes[i]
		if r.IntN(8) == 0 {
			p.Status = nil
		}
		if r.IntN(8) == 0 {
			p.Cmdline = nil
		} else if r.IntN(8) == 0 {
			p.Cmdline = &procwalk.Cmdline{Err: procwalk.ErrStuck}
		}
		if r.IntN(8) == 0 {
			p.NS = nil
		}
		if r.IntN(8) == 0 {
			p.Cgroups = nil
		}
	}
	return s
}

// RandomText makes at most n bytes or so of what names should not be made of.
func RandomText(r *rand.Rand, n int) string {
	pieces := []string{"a", "bash", " ", "\x00", "\n", "\x1b[2J", "\x1b]0;t\a", "\u009b", "\u202e", "\u200b", "[red]",
		"[:::http://e]", "日本", "e\u0301", "\u0301\u0301\u0301\u0301\u0301\u0301",
		"\xff", "\xe2\x82", "\U0001F600", "\U0001F468\u200d\U0001F469", "\U0001F1E9\U0001F1EA", "\ufe0f", "\\", "\t", "\r",
		"\u1100\u1161\u11a8", "\U000e0041", "%s", "\u3164", "한", "க்ஷி"}
	var b strings.Builder
	for range r.IntN(n/4 + 1) {
		b.WriteString(pieces[r.IntN(len(pieces))])
	}
	return b.String()
}
