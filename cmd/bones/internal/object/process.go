package object

import (
	"errors"
	"io/fs"
	"strings"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/psfmt"
	"bones/procwalk/text"
)

// Process is a process or, with --threads, a thread, as `bones ps --json` and `bones top --json` print it. What is not
// known is null, and Errors tells why under the name of the field.
type Process struct {
	PID        int               `json:"pid"`           // on this host; of a thread, that of its process
	TID        int               `json:"tid,omitempty"` // number of the thread; left out of a process
	PPID       int               `json:"ppid"`          // PID on this host of the parent; 0: none that is seen here
	PGID       int               `json:"pgid"`          // number of the process group
	SID        int               `json:"sid"`           // number of the session
	TTY        *string           `json:"tty"`           // without /dev/; null without an error: no controlling terminal
	TPGID      *int              `json:"tpgid"`         // process group in the terminal's foreground; null: no terminal
	Stat       string            `json:"stat"`          // as ps prints it in the column STAT
	UID        *uint32           `json:"uid"`           // effective, on this host; null: see errors
	User       *text.Text        `json:"user"`          // its name, or the number where it has none; null: see errors
	Start      string            `json:"start"`         // RFC 3339, in UTC, whole seconds
	StartTicks uint64            `json:"start_ticks"`   // since boot, in 1/100 s; with PID it names a process for good
	CPUSeconds float64           `json:"cpu_seconds"`   // in user and in kernel mode, without its children's
	VSZBytes   uint64            `json:"vsz_bytes"`     // size of the address space, in bytes
	RSSBytes   *uint64           `json:"rss_bytes"`     // resident memory, in bytes; null: see errors
	Threads    int               `json:"threads"`       // how many there are, at least 1
	Comm       text.Text         `json:"comm"`          // /proc/PID/comm
	Args       []text.Text       `json:"args"`          // null: see errors; empty: none, as kernel threads and zombies have
	NS         map[string]uint64 `json:"ns"`            // inode of each namespace, by its type; null: see errors
	NSPIDs     []int             `json:"ns_pids"`       // its PID in each pid namespace, outermost first; null: see errors
	PIDInside  *int              `json:"pid_inside"`    // the last of them: the PID that it sees itself; null: see errors
	Cgroups    []Cgroup          `json:"cgroups"`       // one for each hierarchy; null: see errors
	Container  *ProcessContainer `json:"container"`     // null: none, or a sandbox, which no engine knows
	Errors     map[string]string `json:"errors"`        // by the name of a field; ns.TYPE for one namespace
}

// Cgroup is a control group in one hierarchy: one line of /proc/PID/cgroup, or a group that was looked at.
type Cgroup struct {
	Version     int         `json:"version"`     // of the hierarchy: 1 or 2
	Controllers []text.Text `json:"controllers"` // of the hierarchy; empty: it has none, as systemd's own
	Path        text.Text   `json:"path"`        // below the root of the hierarchy
}

// ProcessContainer is the container that a process belongs to.
type ProcessContainer struct {
	ID      text.Text  `json:"id"`      // as its engine has it
	Runtime text.Text  `json:"runtime"` // docker, podman, containerd, ...
	Name    *text.Text `json:"name"`    // null: it has none, or it is not known
}

// ProcessWant is what a snapshot must hold of each process for NewProcess.
const ProcessWant = procwalk.WantBrief | procwalk.WantRSS | procwalk.WantCmdline | procwalk.WantCgroup |
	procwalk.WantNS

var errNotRead = errors.New("not read")

// NewProcess makes the object of a process as package psfmt lists it. x tells the containers; nil: they are not known.
func NewProcess(l *psfmt.Listed, x *inventory.Inventory) *Process {
	o := &Process{PID: l.PID, TID: l.TID, PPID: l.PPID, PGID: l.PGRP, SID: l.Session, Stat: l.Stat,
		Start: l.Start.Format(time.RFC3339), StartTicks: l.StartTime, CPUSeconds: l.CPUSeconds, VSZBytes: l.VSize,
		Threads: max(l.NumThreads, 1), Comm: l.Comm, Errors: map[string]string{}}
	if l.TTYNr != 0 {
		if l.TTYErr == nil {
			tty := l.TTY
			o.TTY = &tty
		} else {
			o.failed(l.TTYErr, "tty")
		}
		if l.TPGID > 0 {
			o.TPGID = &l.TPGID
		}
	}
	switch status := l.Status; {
	case status == nil:
		o.failed(errNotRead, "uid", "user", "rss_bytes", "ns_pids", "pid_inside")
	case status.Err != nil:
		o.failed(status.Err, "uid", "user", "rss_bytes", "ns_pids", "pid_inside")
	default:
		user := l.User
		o.UID, o.User, o.RSSBytes, o.NSPIDs = &status.EUID, &user, &status.VmRSS, status.NSpid
		if n := len(status.NSpid); n > 0 {
			o.PIDInside = &status.NSpid[n-1]
		}
	}
	o.args(l.Cmdline)
	o.namespaces(l.NS)
	o.cgroups(l.Cgroups)
	if x != nil {
		o.Container = NewProcessContainer(x, l.Process)
	}
	return o
}

func (o *Process) args(c *procwalk.Cmdline) {
	switch {
	case c == nil:
		o.failed(errNotRead, "args")
	case c.Err != nil:
		o.failed(c.Err, "args")
	default:
		o.Args = List(c.Args())
		if c.Truncated {
			o.failed(errors.New("longer than what is read of a command line; cut"), "args")
		}
	}
}

func (o *Process) namespaces(ns *procwalk.Namespaces) {
	if ns == nil {
		o.failed(errNotRead, "ns")
		return
	}
	o.NS = map[string]uint64{}
	for t := range procwalk.NSTypes {
		if err := ns.Err[t]; err != nil {
			o.failed(err, "ns."+t.String())
		} else if n := ns.Inode[t]; n != 0 {
			o.NS[t.String()] = n
		}
	}
}

func (o *Process) cgroups(c *procwalk.Cgroups) {
	switch {
	case c == nil:
		o.failed(errNotRead, "cgroups")
	case c.Err != nil:
		o.failed(c.Err, "cgroups")
	default:
		o.Cgroups = []Cgroup{}
		for _, l := range c.Lines {
			g := Cgroup{Version: 1, Controllers: []text.Text{}, Path: l.Path}
			if l.V2() {
				g.Version = 2
			}
			for name := range strings.SplitSeq(l.Controllers.Raw(), ",") {
				if name != "" {
					g.Controllers = append(g.Controllers, text.New(name))
				}
			}
			o.Cgroups = append(o.Cgroups, g)
		}
	}
}

// failed tells in one line why fields are not known.
func (o *Process) failed(err error, fields ...string) {
	why := fault.Line(err)
	if errors.Is(err, fs.ErrPermission) {
		why = "not permitted: " + why
	}
	for _, f := range fields {
		o.Errors[f] = why
	}
}

// NewProcessContainer makes the object of the container that a process is in; nil for none, and for a sandbox, which
// no engine knows.
func NewProcessContainer(x *inventory.Inventory, p *procwalk.Process) *ProcessContainer {
	c, ok := x.Of(p)
	if !ok || c.Sandbox() {
		return nil
	}
	return &ProcessContainer{ID: c.ID, Runtime: text.New(string(c.Runtime)), Name: OrNull(c.Name)}
}
