package nsview

import (
	"context"
	"strconv"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// tries is how many processes of a namespace are asked for it before giving up: most can be opened through the first,
// but that one may have ended meanwhile, be a zombie, or not let itself be looked into.
const tries = 8

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
	if got, err := r.keyOf(fd); err != nil || got != k {
		unix.Close(fd)
		return -1, ErrNoWay
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
	if !r.isNamespace(path) {
		return -1, ErrNoWay
	}
	for {
		fd, err := unix.Open("/proc/self/fd/"+strconv.Itoa(path), unix.O_RDONLY|unix.O_NONBLOCK|unix.O_CLOEXEC, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

// isNamespace reports whether fd is of a namespace, by its device: there is one file system for all of them. Neither
// a FUSE server nor one on the network is asked, as fstatfs would do.
func (r *Reader) isNamespace(fd int) bool {
	dev, ok := deviceOf(fd, "", unix.AT_EMPTY_PATH)
	return ok && dev == r.nsfs
}

// device is the number of a file system. The zero value is that of none.
type device struct{ major, minor uint32 }

func deviceOf(dir int, name string, flags int) (device, bool) {
	var st unix.Statx_t
	err := unix.Statx(dir, name, flags|unix.AT_STATX_DONT_SYNC|unix.AT_NO_AUTOMOUNT, unix.STATX_TYPE, &st)
	return device{st.Dev_major, st.Dev_minor}, err == nil && st.Mode&unix.S_IFMT == unix.S_IFREG
}

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
	if !r.isNamespace(fd) {
		return Key{}, ErrNoWay
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
		if k, ok := parseLink(string(link)); ok {
			return k, nil
		}
	}
	return Key{}, err
}
