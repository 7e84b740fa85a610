package psfmt

import (
	"time"

	"testing"

	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/text"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// names and ttys stand in for the files of a host.
type names map[uint32]string

func (n names) Name(id uint32) string { return n[id] }

type ttys map[uint32]string

func (t ttys) Name(p *procwalk.Process) string {
	if name, ok := t[p.TTYNr]; ok {
		return name
	}
	return "?"
}

// process makes a row; change adjusts it.
func process(pid, ppid int, comm, cmdline string, change func(*procwalk.Process)) procwalk.Process {
	p := procwalk.Process{
		Stat: procwalk.Stat{PID: pid, PPID: ppid, PGRP: pid, Session: pid, TPGID: -1, Comm: text.New(comm), State: 'S',
			NumThreads: 1, Priority: 20, StartTime: uint64(pid) * 100, VSize: 10 << 20, RSS: 500, RSSLim: 1<<64 - 1},
		Status:  &procwalk.Status{HasMemory: true, VmSize: 10 << 20, VmRSS: 2 << 20, NSpid: []int{pid}},
		Cmdline: &procwalk.Cmdline{Raw: text.New(cmdline)},
		NS:      &procwalk.Namespaces{},
		Cgroups: &procwalk.Cgroups{},
	}
	if change != nil {
		change(&p)
	}
	return p
}

// snapshot makes a host that has been up for 100 days, of rows by ascending PID.
func snapshot(rows ...procwalk.Process) *procwalk.Snapshot {
	taken := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	return &procwalk.Snapshot{
		Host: procwalk.Machine{BootTime: taken.Add(-100 * 24 * time.Hour), TicksPerSec: 100, PageSize: 4096, CPUs: 4,
			MemTotal: 4 << 30, PIDMax: 4194304},
		Taken: taken, Uptime: 100 * 24 * time.Hour, Processes: rows,
	}
}

const day = 24 * 3600 * 100 // ticks

// fixture has one process of each kind.
func fixture() *procwalk.Snapshot {
	kernel := func(p *procwalk.Process) {
		p.Flags, p.VSize, p.RSS, p.PGRP, p.Session = 0x200000, 0, 0, 0, 0
		p.Status = &procwalk.Status{}
	}
	return snapshot(
		process(1, 0, "systemd", "/sbin/init\x00splash\x00",
			func(p *procwalk.Process) { p.StartTime = 0; p.UTime = 12345; p.STime = 54321 }),
		process(2, 0, "kthreadd", "", kernel),
		process(3, 2, "kworker/0:0H-events_highpri", "",
			func(p *procwalk.Process) { kernel(p); p.PPID = 2; p.Nice = -20; p.State = 'I' }),
		process(100, 1, "sshd", "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups",
			func(p *procwalk.Process) { p.StartTime = 60 * day }),
		process(200, 100, "bash", "-bash\x00", func(p *procwalk.Process) {
			p.TTYNr, p.TPGID, p.StartTime = 0x8801, 201, 99*day
			p.Status.UID, p.Status.EUID = 1000, 1000
		}),
		process(201, 200, "vim", "vim\x00a file\x00", func(p *procwalk.Process) {
			p.TTYNr, p.TPGID, p.Session, p.State, p.StartTime = 0x8801, 201, 200, 'T', 100*day-3600*100
			p.Status.EUID = 1000
		}),
		process(202, 200, "top", "top\x00", func(p *procwalk.Process) {
			p.TTYNr, p.TPGID, p.Session, p.State, p.UTime, p.StartTime = 0x8801, 201, 200, 'R', 99*6000, 99*day
			p.Status.EUID = 1000
		}),
		process(300, 1, "daemon", "", func(p *procwalk.Process) {
			p.State, p.StartTime = 'Z', 50*day
			p.Status = &procwalk.Status{EUID: 998}
		}),
		process(301, 1, "memcached", "memcached\x00-m\x0064\x00", func(p *procwalk.Process) {
			p.NumThreads, p.Nice, p.StartTime = 10, 5, 99*day+100
			p.Status.VmLck, p.Status.VmRSS, p.Status.VmSize, p.Status.EUID = 4096, 1<<30, 5<<30, 123456789
			p.Status.NSpid = []int{301, 7}
			p.Cgroups.Lines = []procwalk.CgroupLine{{Hierarchy: 0, Path: text.New("/system.slice/docker-abc.scope")}}
			p.NS.Inode[procwalk.Mnt] = 4026532000
		}),
		process(302, 301, "evil\x1b[2J\n\xff", "x\x1b]0;t\a\x00new\nline\x00\xff\xfe\x00\u202egnp.exe\x00",
			func(p *procwalk.Process) { p.StartTime = 99*day + 200 }),
		process(303, 301, "日本語", "日本語\x00é\u200b\x00", func(p *procwalk.Process) { p.StartTime = 99*day + 300 }),
		process(304, 301, "empty", "\x00\x00", func(p *procwalk.Process) { p.StartTime = 99*day + 400 }),
		process(4000000, 999, "orphan", "orphan\x00", func(p *procwalk.Process) {
			p.StartTime = 99*day +
				500
			p.TTYNr = 0x7f
			p.Session = 5
		}),
	)
}

func options() *Options {
	return &Options{
		UTF8: true, Users: names{0: "root", 1000: "ann", 998: "a-very-long-user-name"}, Groups: names{0: "root"},
		TTYs:      ttys{0x8801: "pts/1"},
		Container: func(p *procwalk.Process) text.Text { return text.New(map[int]string{301: "web\x1b"}[p.PID]) },
	}
}
