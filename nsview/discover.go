package nsview

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/fields"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Discover looks for everything that keeps a namespace, in all places where that can be seen: threads, the mounts of
// every mount namespace, the descriptors and sockets of every process, and the relations of what it finds. The view
// that it returns holds namespaces that no process is in, too.
//
// It takes system calls in proportion to threads, mounts and descriptors, and says in View.Missed where it could not
// look. What it cannot see: a descriptor on its way through a socket, and one of a thread that has a descriptor table
// of its own.
func (r *Reader) Discover(ctx context.Context, v *View) (*View, error) {
	v, err := r.Threads(ctx, v)
	if err != nil {
		return nil, err
	}
	d := v.draft()
	for row := range v.Snapshot.Processes {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		p := &v.Snapshot.Processes[row]
		if p.KernelThread() || p.PID == r.self || p.State == 'Z' && p.NumThreads < 2 {
			continue
		}
		found, err := progressing(ctx, patience, func(step func()) ([]found, error) {
			return r.descriptors(p.ID(), step)
		}, nil)
		if err != nil {
			// Not permitted, or hanging in a file system of its own.
			d.missed(Missed{What: "descriptors", Row: int32(row), Err: err})
		}
		for _, f := range found {
			d.hold(f.key, f.holder)
		}
	}
	// Binds can be in mount namespaces that are known only by a bind, and so on.
	for i := 0; i < len(d.v.Namespaces); i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if d.v.Namespaces[i].Type == procwalk.Mnt {
			r.binds(ctx, d, i)
		}
	}
	return r.Relate(ctx, d.view())
}

type found struct {
	key    Key
	holder Holder
}

// descriptors looks through the descriptors of a process for namespaces and for sockets of other network namespaces.
// An error may come beside some that were found. It calls step for each: there may be a million of them.
func (r *Reader) descriptors(id procwalk.ID, step func()) ([]found, error) {
	dir, err := r.openProcess(id)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	fds, err := listNumbers(dir, "fd")
	if err != nil {
		return nil, err
	}
	own, _ := linkKey(dir, "net")
	var all []found
	var unknown error // why it cannot be told whether some are of namespaces
	pidfd := -1
	defer func() {
		if pidfd >= 0 {
			unix.Close(pidfd)
		}
	}()
	for _, fd := range fds {
		step()
		name := "fd/" + strconv.Itoa(fd)
		link, err := readlinkAt(dir, name)
		if err != nil {
			continue
		}
		target := string(link)
		kind, _, _ := fields.InodeLink(link)
		h := Holder{Kind: ByFD, ID: id, FD: fd, Path: text.New(target)}
		switch {
		case strings.HasPrefix(target, "/"):
			// Opened through a bind mount, or from a mount that is mounted nowhere: the link gives a path.
			k, err := r.namespaceFile(dir, name)
			if err == nil {
				all = append(all, found{k, h})
			}
			if errors.Is(err, fault.Unsupported) {
				unknown = err
			}
		case string(kind) == "socket":
			if pidfd == -1 {
				if pidfd, err = r.pidfd(dir, id); err != nil {
					pidfd = -2 // no use asking again
				}
			}
			if k, err := r.netKeyOfSocket(pidfd, fd); err == nil && k != own {
				h.Kind, h.Path = BySocket, text.Text{}
				all = append(all, found{k, h})
			}
		default:
			if k, ok := ParseLink(target); ok {
				all = append(all, found{k, h})
			}
		}
	}
	return all, unknown
}

// namespaceFile finds out whether a descriptor of another process is of a namespace. It is asked for what is known
// without waiting for a server, and opened only if it is. The error is ErrNoWay if it is of none.
func (r *Reader) namespaceFile(dir int, name string) (Key, error) {
	dev, err := deviceOf(dir, name, 0)
	if err == nil && dev != r.nsfs {
		err = ErrNoWay
	}
	if err != nil {
		return Key{}, err
	}
	fd, err := r.reopen(dir, name)
	if err != nil {
		return Key{}, err
	}
	defer unix.Close(fd)
	return r.keyOf(fd)
}

// pidfd opens a pidfd of exactly the process that dir is of.
func (r *Reader) pidfd(dir int, id procwalk.ID) (int, error) {
	if !r.live || r.self == 0 {
		return -1, procwalk.ErrUnsupported // PIDs of this /proc are not ours
	}
	fd, err := unix.PidfdOpen(id.PID, 0)
	if err != nil {
		return -1, err
	}
	// If the process behind dir lives now, the number was its when the pidfd was opened.
	if _, err := startTime(dir); err != nil {
		unix.Close(fd)
		return -1, err
	}
	return fd, nil
}

// netKeyOfSocket asks for the network namespace of a socket of another process.
func (r *Reader) netKeyOfSocket(pidfd, number int) (Key, error) {
	fd, err := netOf(pidfd, number)
	if err != nil {
		return Key{}, err
	}
	defer unix.Close(fd)
	return r.keyOf(fd)
}

// netOf opens the network namespace of a socket. It needs a copy of the descriptor, which takes the right to trace the
// process, and CAP_NET_ADMIN in the namespace.
//
// Source: pidfd_getfd(2), Linux 5.6; SIOCGSKNS: net/socket.c, Linux 4.10.
func netOf(pidfd, number int) (int, error) {
	if pidfd < 0 {
		return -1, procwalk.ErrUnsupported
	}
	copied, err := unix.PidfdGetfd(pidfd, number, 0)
	if err != nil {
		return -1, err
	}
	defer unix.Close(copied)
	return unix.IoctlRetInt(copied, unix.SIOCGSKNS)
}

// netOfSocket opens the network namespace of one socket of a process.
func (r *Reader) netOfSocket(id procwalk.ID, number int) (int, error) {
	dir, err := r.openProcess(id)
	if err != nil {
		return -1, err
	}
	defer unix.Close(dir)
	pidfd, err := r.pidfd(dir, id)
	if err != nil {
		return -1, err
	}
	defer unix.Close(pidfd)
	return netOf(pidfd, number)
}

// binds looks through the mounts of mount namespace i for namespaces.
func (r *Reader) binds(ctx context.Context, d draft, i int) {
	n := d.v.Namespaces[i]
	mounts, id, tid, err := r.mountsOf(ctx, d.v, &n)
	if err != nil {
		d.missed(Missed{What: "mounts", Row: -1, MntNS: n.Inode, Err: err})
		return
	}
	for _, m := range mounts {
		if m.FSType.Raw() != "nsfs" {
			continue
		}
		if k, ok := ParseLink(m.Root.Raw()); ok {
			d.hold(k, Holder{Kind: ByBind, ID: id, TID: tid, Path: m.Point, MntNS: n.Inode})
		}
	}
}

// mountsOf lists the mounts of a mount namespace, as a process or thread in it sees them, or, if there is none, by
// going there. The ID is zero in that case.
func (r *Reader) mountsOf(ctx context.Context, v *View, n *Namespace) (mounts []mountinfo.Mount, id procwalk.ID,
	tid int, err error) {
	err = ErrNoWay
	for _, row := range n.Members[:min(len(n.Members), tries)] {
		p := &v.Snapshot.Processes[row]
		if mounts, err = r.mountsSeen(p.ID(), 0, n.Inode); err == nil {
			return mounts, p.ID(), 0, nil
		}
	}
	for _, h := range n.Holders {
		if h.Kind != ByThread {
			continue
		}
		if mounts, err = r.mountsSeen(h.ID, h.TID, n.Inode); err == nil {
			return mounts, h.ID, h.TID, nil
		}
	}
	if len(n.Members) > 0 || !r.live {
		return nil, procwalk.ID{}, 0, err
	}
	fd, err := r.open(ctx, v, n)
	if err != nil {
		return nil, procwalk.ID{}, 0, err
	}
	defer unix.Close(fd)
	// There may be no /proc over there: the file is opened through ours.
	mounts, err = joined(ctx, fd, procwalk.Mnt, func() ([]mountinfo.Mount, error) {
		return mountsAt(r.rootfd, "thread-self/mountinfo")
	}, nil)
	return mounts, procwalk.ID{}, 0, err
}

// mountsSeen reads the mountinfo of a process or thread that must be in mount namespace inode. Without a root
// directory (a zombie) there is none.
func (r *Reader) mountsSeen(id procwalk.ID, tid int, inode uint64) ([]mountinfo.Mount, error) {
	dir, err := r.openTask(id, tid)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	list, err := mountsAt(dir, "mountinfo")
	if err != nil {
		return nil, err
	}
	if k, ok := linkKey(dir, "mnt"); ok && k.Inode != inode {
		return nil, ErrNoWay
	}
	return list, nil
}

// openTask opens the directory of a process, or of one of its threads.
func (r *Reader) openTask(id procwalk.ID, tid int) (int, error) {
	dir, err := r.openProcess(id)
	if err != nil || tid == 0 {
		return dir, err
	}
	defer unix.Close(dir)
	return openAt(dir, "task/"+strconv.Itoa(tid), unix.O_PATH|unix.O_DIRECTORY)
}
