package psfmt

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
)

// Object is a process as the commands print it in JSON. What is not known is null, and Errors tells why under the
// name of the field.
type Object struct {
	PID        int               `json:"pid"`
	TID        int               `json:"tid,omitempty"` // of a thread
	PPID       int               `json:"ppid"`
	PGID       int               `json:"pgid"`
	SID        int               `json:"sid"`
	TTY        *string           `json:"tty"`   // null without an error: no controlling terminal
	TPGID      *int              `json:"tpgid"` // likewise
	Stat       string            `json:"stat"`
	UID        *uint32           `json:"uid"` // effective
	User       *text.Text        `json:"user"`
	Start      string            `json:"start"` // RFC 3339
	StartTicks uint64            `json:"start_ticks"`
	CPUSeconds float64           `json:"cpu_seconds"`
	VSZBytes   uint64            `json:"vsz_bytes"`
	RSSBytes   *uint64           `json:"rss_bytes"`
	Threads    int               `json:"threads"`
	Comm       text.Text         `json:"comm"`
	Args       []text.Text       `json:"args"` // null: unknown; empty: none, as kernel threads and zombies have
	NS         map[string]uint64 `json:"ns"`
	NSPIDs     []int             `json:"ns_pids"`    // outermost first
	PIDInside  *int              `json:"pid_inside"` // the last of them: the PID that it sees itself
	Cgroups    []CgroupObject    `json:"cgroups"`
	Container  *ContainerObject  `json:"container"`
	Errors     map[string]string `json:"errors"`
}

// CgroupObject is one line of /proc/PID/cgroup.
type CgroupObject struct {
	Version     int         `json:"version"`
	Controllers []text.Text `json:"controllers"`
	Path        text.Text   `json:"path"`
}

// ContainerObject says which container a process belongs to.
type ContainerObject struct {
	ID      text.Text  `json:"id"`
	Runtime text.Text  `json:"runtime"`
	Name    *text.Text `json:"name"`
}

// ObjectWant is what a snapshot must hold for Objects.
const ObjectWant = wantSize | wantCmdline | wantCgroup | wantNS

// Objects gives the processes that o shows to yield, one after the other in its order, until it returns false: a table
// of them all would take much more memory than the snapshot. container, which may be nil, tells to which container a
// process belongs; nil for none.
func Objects(s *procwalk.Snapshot, o *Options, container func(*procwalk.Process) *ContainerObject,
	yield func(*Object) bool) {
	c := newContext(s, o)
	more := true
	walk(c, func(p *procwalk.Process) {
		if !more {
			return
		}
		obj := c.object(p)
		if container != nil {
			obj.Container = container(p)
		}
		more = yield(&obj)
	})
}

var errNotRead = errors.New("not read")

func (c *context) object(p *procwalk.Process) Object {
	c.cell = c.cell[:0]
	printStat(c, p)
	obj := Object{
		PID: p.PID, TID: p.TID, PPID: p.PPID, PGID: p.PGRP, SID: p.Session, Stat: string(c.cell),
		Threads:    max(p.NumThreads, 1),
		Start:      c.snap.StartedAt(p).UTC().Format(time.RFC3339),
		StartTicks: p.StartTime, CPUSeconds: float64(cpuTicks(p)) / float64(c.hz), VSZBytes: p.VSize, Comm: p.Comm,
		Errors: map[string]string{},
	}
	fail := func(err error, fields ...string) {
		for _, f := range fields {
			obj.Errors[f] = reason(err)
		}
	}
	if p.TTYNr != 0 {
		if name := c.tty(p); name != "?" {
			obj.TTY = &name
		} else {
			fail(errors.New("no device file with the terminal's number was found"), "tty")
		}
		if p.TPGID > 0 {
			obj.TPGID = &p.TPGID
		}
	}
	switch {
	case p.Status == nil:
		fail(errNotRead, "uid", "user", "rss_bytes", "ns_pids", "pid_inside")
	case p.Status.Err != nil:
		fail(p.Status.Err, "uid", "user", "rss_bytes", "ns_pids", "pid_inside")
	default:
		obj.UID, obj.NSPIDs = &p.Status.EUID, p.Status.NSpid
		if n := len(p.Status.NSpid); n > 0 {
			obj.PIDInside = &p.Status.NSpid[n-1]
		}
		name := text.New(nameOf(c.o.Users, p.Status.EUID))
		obj.User, obj.RSSBytes = &name, &p.Status.VmRSS
	}
	switch {
	case p.Cmdline == nil:
		fail(errNotRead, "args")
	case p.Cmdline.Err != nil:
		fail(p.Cmdline.Err, "args")
	default:
		obj.Args = p.Cmdline.Args()
		if obj.Args == nil {
			obj.Args = []text.Text{}
		}
		if p.Cmdline.Truncated {
			fail(errors.New("longer than what is read of a command line; cut"), "args")
		}
	}
	c.objectNS(p, &obj)
	switch {
	case p.Cgroups == nil:
		fail(errNotRead, "cgroups")
	case p.Cgroups.Err != nil:
		fail(p.Cgroups.Err, "cgroups")
	default:
		obj.Cgroups = []CgroupObject{}
		for _, l := range p.Cgroups.Lines {
			g := CgroupObject{Version: 1, Controllers: []text.Text{}, Path: l.Path}
			if l.V2() {
				g.Version = 2
			}
			for name := range strings.SplitSeq(l.Controllers.Raw(), ",") {
				if name != "" {
					g.Controllers = append(g.Controllers, text.New(name))
				}
			}
			obj.Cgroups = append(obj.Cgroups, g)
		}
	}
	return obj
}

func (c *context) objectNS(p *procwalk.Process, obj *Object) {
	if p.NS == nil {
		obj.Errors["ns"] = reason(errNotRead)
		return
	}
	obj.NS = map[string]uint64{}
	for t := range procwalk.NSTypes {
		if err := p.NS.Err[t]; err != nil {
			obj.Errors["ns."+t.String()] = reason(err)
		} else if n := p.NS.Inode[t]; n != 0 {
			obj.NS[t.String()] = n
		}
	}
}

// reason tells in one line why a field is not known.
func reason(err error) string {
	if errors.Is(err, fs.ErrPermission) {
		return "not permitted: " + text.Sanitise(err.Error())
	}
	return text.Sanitise(err.Error())
}
