package nsview

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Threads looks into every process of the view that has more than one thread for threads that are in another
// namespace than their process, and returns a view in which they are holders. A thread may unshare or join every
// type but user and pid; its next child's pid and time namespace may differ too.
//
// It takes eight readlinks for each thread. The error is the context's; threads that end meanwhile are left out,
// and what could not be looked into is in View.Missed.
func (r *Reader) Threads(ctx context.Context, v *View) (*View, error) {
	d := v.draft()
	for row := range v.Snapshot.Processes {
		p := &v.Snapshot.Processes[row]
		if p.NumThreads < 2 || p.NS == nil || p.PID == r.self {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		r.threadsOf(d, int32(row))
	}
	return d.view(), nil
}

// ThreadsOf does the same for one process.
func (r *Reader) ThreadsOf(v *View, p *procwalk.Process) *View {
	d := v.draft()
	if row, ok := v.Snapshot.Position(p.PID); ok && p.NumThreads > 1 && p.NS != nil {
		r.threadsOf(d, int32(row))
	}
	return d.view()
}

func (r *Reader) threadsOf(d draft, row int32) {
	p := &d.v.Snapshot.Processes[row]
	missed := func(err error) { d.missed(Missed{What: "threads", Row: row, Err: err}) }
	dir, err := r.openProcess(p.ID())
	if err != nil {
		missed(err)
		return
	}
	defer unix.Close(dir)
	tids, err := listNumbers(dir, "task")
	if err != nil {
		missed(err)
		return
	}
	slices.Sort(tids)
	for _, tid := range tids {
		if tid == p.PID {
			continue
		}
		r.thread(d, p, dir, tid)
	}
}

func (r *Reader) thread(d draft, p *procwalk.Process, dir, tid int) {
	task, err := openAt(dir, "task/"+strconv.Itoa(tid), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(task)
	h := Holder{Kind: ByThread, ID: p.ID(), TID: tid}
	for t := range procwalk.NSTypes {
		if k, ok := linkKey(task, t.String()); ok && k.Inode != p.NS.Inode[t] && p.NS.Inode[t] != 0 {
			d.hold(k, h)
		}
	}
	h.Next = true
	for _, next := range []struct {
		link string
		own  uint64
	}{{"pid_for_children", p.NS.PIDForChildren}, {"time_for_children", p.NS.TimeForChildren}} {
		if k, ok := linkKey(task, next.link); ok && k.Inode != next.own && next.own != 0 && k.Inode != p.NS.Inode[k.Type] {
			d.hold(k, h)
		}
	}
}

func linkKey(dir int, name string) (Key, bool) {
	link, err := readlinkAt(dir, "ns/"+name)
	if err != nil {
		return Key{}, false
	}
	return ParseLink(string(link))
}

// errRefused wraps what kept us from opening a namespace, so that a command can say what would help.
func errRefused(err error) error {
	if errors.Is(err, unix.EACCES) || errors.Is(err, unix.EPERM) {
		return &fault.Error{Kind: fault.NotPermitted, Err: err, Hint: "needs CAP_SYS_PTRACE over the process"}
	}
	return err
}
