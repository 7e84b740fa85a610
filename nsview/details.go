package nsview

import (
	"context"

	"bones/procwalk"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Details are what a namespace isolates. Only the part of its type is there.
type Details struct {
	Net    *NetDetails
	UTS    *UTSDetails
	User   *UserDetails
	Mnt    *MntDetails
	PID    *PIDDetails
	IPC    *IPCDetails
	Time   *TimeDetails
	Cgroup *CgroupDetails
	Err    error // why there are none
}

// Details looks into a namespace. For mnt, the mounts are compared with those of host.
func (r *Reader) Details(ctx context.Context, v *View, host Reference, k Key) Details {
	n := v.Find(k)
	if n == nil {
		return Details{Err: procwalk.ErrGone}
	}
	var d Details
	switch k.Type {
	case procwalk.Net:
		d.Net, d.Err = r.net(ctx, v, n)
	case procwalk.UTS:
		d.UTS, d.Err = r.uts(ctx, v, n)
	case procwalk.User:
		d.User, d.Err = r.user(v, n)
	case procwalk.Mnt:
		d.Mnt, d.Err = r.mnt(ctx, v, n, host)
	case procwalk.PID:
		d.PID, d.Err = pidDetails(v, n)
	case procwalk.IPC:
		d.IPC, d.Err = r.ipc(ctx, v, n)
	case procwalk.Time:
		d.Time, d.Err = r.time(v, n)
	case procwalk.Cgroup:
		d.Cgroup, d.Err = r.cgroup(ctx, v, n)
	}
	d.Err = joinErr(d.Err)
	return d
}

// joinErr says what would have helped where joining a namespace was refused.
func joinErr(err error) error {
	if errorIs(err, unix.EPERM) {
		return &fault.Error{Kind: fault.NotPermitted, Err: err,
			Hint: "needs CAP_SYS_ADMIN, here and in the user namespace that owns it"}
	}
	return err
}

// inside runs f on a thread that is in the namespace n.
func inside[T any](ctx context.Context, r *Reader, v *View, n *Namespace, f func() (T, error)) (T, error) {
	return insideDropping(ctx, r, v, n, f, nil)
}

// Inside runs f on a thread that is in a namespace of a view, and throws the thread away. A socket that f opens stays
// in that namespace, from whatever thread it is used later. f must not start goroutines; user, pid and time namespaces
// cannot be joined so. If f does not end in time it is left behind, and what it returns then goes to drop.
func Inside[T any](ctx context.Context, r *Reader, v *View, k Key, f func() (T, error), drop func(T)) (T, error) {
	n := v.Find(k)
	if n == nil {
		var zero T
		return zero, ErrNoWay
	}
	value, err := insideDropping(ctx, r, v, n, f, drop)
	return value, joinErr(err)
}

func insideDropping[T any](ctx context.Context, r *Reader, v *View, n *Namespace, f func() (T, error),
	drop func(T)) (T, error) {
	if own, err := readlinkAt(r.rootfd, "self/ns/"+n.Type.String()); r.live && err == nil &&
		string(own) == n.Key.String() {
		return within(ctx, patience, f, drop) // already there: no privilege needed
	}
	fd, err := r.open(ctx, v, n)
	if err != nil {
		var zero T
		return zero, err
	}
	defer unix.Close(fd)
	return joined(ctx, fd, n.Type, f, drop)
}

// fromMember calls f with the directory of a process of n, of the first one for which f does not fail.
func fromMember[T any](r *Reader, v *View, n *Namespace, f func(dir int, p *procwalk.Process) (T, error)) (T, error) {
	var zero T
	err := error(ErrNoWay)
	for _, row := range n.Members[:min(len(n.Members), tries)] {
		p := &v.Snapshot.Processes[row]
		dir, openErr := r.openProcess(p.ID())
		if openErr != nil {
			err = openErr
			continue
		}
		value, fErr := f(dir, p)
		unix.Close(dir)
		if fErr == nil {
			return value, nil
		}
		err = fErr
	}
	return zero, err
}
