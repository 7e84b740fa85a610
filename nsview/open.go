package nsview

import (
	"context"
	"fmt"
	"os"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// tries is how many processes of a namespace are asked for it before giving up: most can be opened through the first,
// but that one may have ended meanwhile, be a zombie, or not let itself be looked into.
const tries = 8

// Open opens a namespace of a view through whatever holds it. The file is of exactly that namespace.
func (r *Reader) Open(ctx context.Context, v *View, k Key) (*os.File, error) {
	n := v.Find(k)
	if n == nil {
		return nil, ErrNoWay
	}
	fd, err := r.open(ctx, v, n)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), k.String()), nil
}

// Way returns a path by which a namespace of a view can be opened by hand; empty if there is none.
func (v *View) Way(k Key) string {
	n := v.Find(k)
	if n == nil {
		return ""
	}
	for _, rows := range []struct {
		of   []int32
		name string
	}{{n.Members, n.Type.String()}, {n.ForChildren, n.Type.String() + "_for_children"}} {
		if len(rows.of) > 0 {
			return fmt.Sprintf("/proc/%d/ns/%s", v.Snapshot.Processes[rows.of[0]].PID, rows.name)
		}
	}
	for _, h := range n.Holders {
		switch {
		case h.Kind == ByThread && !h.Next:
			return fmt.Sprintf("/proc/%d/task/%d/ns/%s", h.ID.PID, h.TID, n.Type)
		case h.Kind == ByFD:
			return fmt.Sprintf("/proc/%d/fd/%d", h.ID.PID, h.FD)
		case h.Kind == ByBind && h.ID.PID > 0:
			return fmt.Sprintf("/proc/%d/root%s", h.ID.PID, h.Path.Raw())
		}
	}
	return ""
}

// OpenFile opens the namespace that a file of ours is of: one on which it is mounted, as `ip netns` does below
// /run/netns, or a link in a ns directory of /proc.
func (r *Reader) OpenFile(path string) (*os.File, Key, error) {
	fd, err := r.reopen(unix.AT_FDCWD, path)
	if err != nil {
		return nil, Key{}, err
	}
	k, err := r.keyOf(fd)
	if err != nil {
		unix.Close(fd)
		return nil, Key{}, err
	}
	return os.NewFile(uintptr(fd), path), k, nil
}

// open opens a namespace through whatever holds it. The descriptor is of exactly that namespace: whatever is opened
// is compared with the key.
func (r *Reader) open(ctx context.Context, v *View, n *Namespace) (int, error) {
	return r.openThrough(ctx, v, n, 0)
}

func (r *Reader) openThrough(ctx context.Context, v *View, n *Namespace, depth int) (int, error) {
	if !r.live {
		return -1, ErrNoWay
	}
	first := ErrNoWay
	note := func(err error) {
		if first == ErrNoWay && !errorIs(err, procwalk.ErrGone, unix.ENOENT) {
			first = errRefused(err)
		}
	}
	for _, row := range n.Members[:min(len(n.Members), tries)] {
		fd, err := r.openLink(v.Snapshot.Processes[row].ID(), 0, n.Type.String(), n.Key)
		if err == nil {
			return fd, nil
		}
		note(err)
	}
	for _, row := range n.ForChildren[:min(len(n.ForChildren), tries)] {
		fd, err := r.openLink(v.Snapshot.Processes[row].ID(), 0, n.Type.String()+"_for_children", n.Key)
		if err == nil {
			return fd, nil
		}
		note(err)
	}
	for _, h := range n.Holders[:min(len(n.Holders), tries)] {
		fd, err := within(ctx, patience, func() (int, error) { return r.openHeld(ctx, v, n.Key, h, depth) }, closeFD)
		if err == nil {
			return fd, nil
		}
		note(err)
	}
	return -1, first
}

// openLink opens /proc/PID/ns/NAME, or that of a thread.
func (r *Reader) openLink(id procwalk.ID, tid int, name string, k Key) (int, error) {
	dir, err := r.openProcess(id)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	path := "ns/" + name
	if tid != 0 {
		path = "task/" + strconv.Itoa(tid) + "/" + path
	}
	fd, err := openAt(dir, path, unix.O_RDONLY)
	return r.checked(fd, err, k)
}

// checked gives fd back if it is of the namespace k.
func (r *Reader) checked(fd int, err error, k Key) (int, error) {
	if err != nil {
		return -1, err
	}
	got, err := r.keyOf(fd)
	if err == nil && got != k {
		err = ErrNoWay
	}
	if err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// openHeld opens a namespace through a holder.
func (r *Reader) openHeld(ctx context.Context, v *View, k Key, h Holder, depth int) (int, error) {
	switch h.Kind {
	case ByThread:
		name := k.Type.String()
		if h.Next {
			name += "_for_children"
		}
		return r.openLink(h.ID, h.TID, name, k)
	case ByFD:
		dir, err := r.openProcess(h.ID)
		if err != nil {
			return -1, err
		}
		defer unix.Close(dir)
		fd, err := r.reopen(dir, "fd/"+strconv.Itoa(h.FD))
		return r.checked(fd, err, k)
	case BySocket:
		fd, err := r.netOfSocket(h.ID, h.FD)
		return r.checked(fd, err, k)
	case ByBind:
		fd, err := r.openBind(ctx, v, h, depth)
		return r.checked(fd, err, k)
	case ByChild:
		child := v.Find(h.Child)
		if child == nil || depth > 40 { // user and pid namespaces go 32 deep
			return -1, ErrNoWay
		}
		fd, err := r.openThrough(ctx, v, child, depth+1)
		if err != nil {
			return -1, err
		}
		defer unix.Close(fd)
		request := uint(unix.NS_GET_USERNS)
		if k.Type == child.Type {
			request = unix.NS_GET_PARENT
		}
		related, err := unix.IoctlRetInt(fd, request)
		return r.checked(related, err, k)
	}
	return -1, ErrNoWay
}

// reopen opens a file that may be anything: it is first looked at without opening it, and opened only if it is a
// namespace. Opening a FIFO would hang, opening a device may do something.
func (r *Reader) reopen(dir int, name string) (int, error) {
	path, err := openAt(dir, name, unix.O_PATH)
	if err != nil {
		return -1, err
	}
	defer unix.Close(path)
	return r.reopenPath(path)
}

// reopenPath does so for an O_PATH descriptor.
func (r *Reader) reopenPath(path int) (int, error) {
	if err := r.isNamespace(path); err != nil {
		return -1, err
	}
	for {
		fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(path), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// isNamespace reports with ErrNoWay that fd is not of a namespace, by its device: there is one file system for all of
// them. Neither a FUSE server nor one on the network is asked, as fstatfs would do.
func (r *Reader) isNamespace(fd int) error {
	dev, err := deviceOf(fd, "", unix.AT_EMPTY_PATH)
	if err == nil && dev != r.nsfs {
		err = ErrNoWay
	}
	return err
}

// device is the number of a file system. The zero value is that of none.
type device struct{ major, minor uint32 }

// deviceOf asks which file system a file is on. The error is ErrNoWay where it is no regular file, as those of
// namespaces are.
//
// Source: statx(2), since Linux 4.11.
func deviceOf(dir int, name string, flags int) (device, error) {
	var st unix.Statx_t
	err := unix.Statx(dir, name, flags|unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE, &st)
	switch {
	case err != nil:
		return device{}, fault.NoCall("statx", "4.11", err)
	case st.Mode&unix.S_IFMT != unix.S_IFREG:
		return device{}, ErrNoWay
	}
	return device{st.Dev_major, st.Dev_minor}, nil
}

// CloneFlag returns the bit of a type, CLONE_NEW*, as clone(2), unshare(2), setns(2) and NS_GET_NSTYPE have it.
func CloneFlag(t procwalk.NSType) int { return cloneFlags[t] }

var cloneFlags = [procwalk.NSTypes]int{
	procwalk.Cgroup: unix.CLONE_NEWCGROUP, procwalk.IPC: unix.CLONE_NEWIPC, procwalk.Mnt: unix.CLONE_NEWNS,
	procwalk.Net: unix.CLONE_NEWNET, procwalk.PID: unix.CLONE_NEWPID, procwalk.Time: unix.CLONE_NEWTIME,
	procwalk.User: unix.CLONE_NEWUSER, procwalk.UTS: unix.CLONE_NEWUTS,
}

// keyOf asks the kernel which namespace fd is of. Kernels before 4.11 do not know NS_GET_NSTYPE: the name of the link
// tells instead, except where it was opened through a bind mount.
//
// Source: ioctl_ns(2).
func (r *Reader) keyOf(fd int) (Key, error) {
	if err := r.isNamespace(fd); err != nil {
		return Key{}, err
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return Key{}, err
	}
	flag, err := unix.IoctlRetInt(fd, unix.NS_GET_NSTYPE)
	if err == nil {
		for t, f := range cloneFlags {
			if f == flag {
				return Key{procwalk.NSType(t), st.Ino}, nil
			}
		}
		return Key{}, procwalk.ErrUnsupported
	}
	link, linkErr := readlinkAt(unix.AT_FDCWD, "/proc/self/fd/"+strconv.Itoa(fd))
	if linkErr == nil {
		if k, ok := ParseLink(string(link)); ok {
			return k, nil
		}
	}
	return Key{}, err
}
