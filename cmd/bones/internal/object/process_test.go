package object_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"
	"time"

	"bones/cmd/bones/internal/object"
	"bones/procwalk"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"
)

// users and terminals are those of a host that is not there.
type users struct{}

func (users) Name(uint32) string { return "ann" }

type terminals struct{}

func (terminals) Name(p *procwalk.Process) string {
	if p.TTYNr == 1 {
		return "?"
	}
	return "pts/1"
}

// whole is a process of which everything is known.
func whole(pid int) procwalk.Process {
	return procwalk.Process{
		Stat: procwalk.Stat{PID: pid, PPID: 1, PGRP: 2, Session: 3, TPGID: 4, TTYNr: 5, Comm: text.New("web\x1b"),
			State: 'S', NumThreads: 6, StartTime: 700, UTime: 150, STime: 75, VSize: 10 << 20},
		Status:  &procwalk.Status{VmRSS: 2 << 20, EUID: 1000, NSpid: []int{pid, 7}},
		Cmdline: &procwalk.Cmdline{Raw: text.New("web\x00-x\x00")},
		NS:      &procwalk.Namespaces{Inode: [procwalk.NSTypes]uint64{procwalk.Net: 4026531840}},
		Cgroups: &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Hierarchy: 3, Controllers: text.New("cpu,cpuacct"),
			Path: text.New("/docker/x")}}},
	}
}

// TestProcess: everything that is known of a process stands in its object, and of what is not known the reason.
func TestProcess(t *testing.T) {
	thread, unread, stuck, bare := whole(20), whole(30), whole(40), whole(50)
	thread.TID = 21
	unread.Status = &procwalk.Status{Err: procwalk.ErrGone}
	unread.NS.Err[procwalk.User] = fs.ErrPermission
	unread.TTYNr = 1
	unread.Cgroups = &procwalk.Cgroups{Err: procwalk.ErrGone}
	stuck.Cmdline = &procwalk.Cmdline{Err: procwalk.ErrStuck}
	bare.Status, bare.Cmdline, bare.NS, bare.Cgroups, bare.TTYNr = nil, nil, nil, nil, 0
	kernel := whole(60)
	kernel.Cmdline = &procwalk.Cmdline{}
	s := &procwalk.Snapshot{Host: procwalk.Machine{BootTime: time.Unix(1e9, 0), TicksPerSec: 100},
		Taken: time.Unix(2e9, 0), Processes: []procwalk.Process{whole(10), thread, unread, stuck, bare, kernel}}
	by := map[int]*object.Process{}
	var list []*object.Process
	psfmt.List(s, &psfmt.Options{Users: users{}, TTYs: terminals{}}, func(l *psfmt.Listed) bool {
		o := object.NewProcess(l, rowstest.Moment(s).Inventory)
		by[o.PID], list = o, append(list, o)
		return true
	})
	isWhole(t, list...)
	o := by[10]
	if got := fmt.Sprintln(o.PID, o.TID, o.PPID, o.PGID, o.SID, *o.TTY, *o.TPGID, o.Stat, *o.UID, *o.User,
		o.Start, o.StartTicks, o.CPUSeconds, o.VSZBytes, *o.RSSBytes, o.Threads, o.Args, o.NS, o.NSPIDs, *o.PIDInside,
		o.Cgroups, o.Container.ID, *o.Container.Name, o.Container.Runtime,
		o.Errors); got != "10 0 1 2 3 pts/1 4 Sl 1000 ann "+
		"2001-09-09T01:46:47Z 700 2.25 10485760 2097152 6 [web -x] map[net:4026531840] [10 7] 7 [{1 [cpu cpuacct] "+
		"/docker/x}] 0123456789ab cache docker map[]\n" || o.Comm.Raw() != "web\x1b" {
		t.Errorf("%s", got)
	}
	for _, field := range []string{"uid", "user", "rss_bytes", "ns_pids", "pid_inside", "tty", "cgroups"} {
		if by[30].Errors[field] == "" {
			t.Errorf("%s is not known, and nothing says why: %v", field, by[30].Errors)
		}
	}
	if o := by[30]; o.UID != nil || o.User != nil || o.RSSBytes != nil || o.TTY != nil || o.Cgroups != nil ||
		o.Errors["ns.user"] != "not permitted: "+fs.ErrPermission.Error() {
		t.Errorf("what is not known is null: %+v", o)
	}
	if o := by[40]; o.Args != nil || o.Errors["args"] != text.Sanitise(procwalk.ErrStuck.Error()) {
		t.Errorf("stuck arguments: %+v", o)
	}
	if o := by[50]; len(o.Errors) != 8 || o.Args != nil || o.NS != nil || o.Errors["ns"] != "not read" {
		t.Errorf("what was not read: %+v", o)
	}
	if o := by[60]; o.Args == nil || len(o.Args) > 0 || len(o.Errors) > 0 {
		t.Errorf("a kernel thread has no arguments, and that is no error: %+v", o)
	}
	cut := whole(70)
	cut.Cmdline.Truncated = true
	if o := object.NewProcess(&psfmt.Listed{Process: &cut, TTYErr: errors.New("why")}, nil); o.Errors["args"] == "" ||
		o.Args == nil || o.Container != nil || o.Errors["tty"] != "why" {
		t.Errorf("cut arguments: %+v", o)
	}
}
