package nsview

import (
	"context"
	"slices"
	"strconv"
	"unsafe"

	"bones/procwalk"
	"bones/procwalk/fields"

	"golang.org/x/sys/unix"
)

// Lean groups the processes as Groups does, having read as little as that takes: the eight links of each process, and
// more only about the one that stands for each namespace. The other rows of its snapshot hold nothing but PID and NS,
// and the namespaces for children are not looked at. It is for a command that prints the table once, and uses one
// processor: two are done sooner, but spend a tenth more on each other.
func (r *Reader) Lean(ctx context.Context) (*View, error) {
	pids, err := listNumbers(r.rootfd, ".")
	if err != nil {
		return nil, err
	}
	slices.Sort(pids)
	rows := make([]procwalk.Process, len(pids))
	namespaces := make([]procwalk.Namespaces, len(pids))
	for i, pid := range pids {
		if i%64 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if r.leanRow(pid, &namespaces[i]) {
			rows[i].PID, rows[i].NS = pid, &namespaces[i]
		}
	}
	s := &procwalk.Snapshot{Processes: present(rows)}
	v := Groups(s)
	// Those that stand for a namespace are read again, whole, through one descriptor: their number may be another's
	// by now, and a leader may have ended. Then another leads, hence the loop; it ends, since rows only get fewer.
	whole := map[int]bool{}
	for {
		leaders := map[int32]bool{}
		for i := range v.Namespaces {
			if l := v.Namespaces[i].Leader(); l >= 0 && !whole[s.Processes[l].PID] {
				leaders[l] = true
			}
		}
		if len(leaders) == 0 {
			return v, nil
		}
		reread := slices.Clone(s.Processes)
		for l := range leaders {
			p := r.leader(reread[l].PID)
			whole[p.PID] = true
			reread[l] = p
		}
		s = &procwalk.Snapshot{Processes: present(reread)}
		v = Groups(s)
	}
}

// present drops the rows of processes that have ended, which have no NS.
func present(rows []procwalk.Process) []procwalk.Process {
	return slices.DeleteFunc(rows, func(p procwalk.Process) bool { return p.NS == nil })
}

// leanRow reads the links of one process and reports whether it is still there.
func (r *Reader) leanRow(pid int, ns *procwalk.Namespaces) bool {
	var name [32]byte
	path := append(strconv.AppendInt(name[:0], int64(pid), 10), "/ns\x00"...)
	dir := openDir(r.rootfd, path)
	if dir < 0 {
		return false
	}
	defer unix.Close(dir)
	for t := range procwalk.NSTypes {
		ns.Inode[t], ns.Err[t] = nsInode(dir, linkNames[t], t)
	}
	if ns.Err[procwalk.Mnt] != unix.ENOENT && ns.Err[procwalk.Mnt] != unix.ESRCH {
		for t := range procwalk.NSTypes {
			if ns.Err[t] == unix.ENOENT {
				ns.Err[t] = procwalk.ErrUnsupported
			}
		}
		return true
	}
	// It has ended, but may not be gone: a zombie still has two of the links, and threads may live on.
	process, err := openAt(r.rootfd, strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return false
	}
	defer unix.Close(process)
	tids, err := listNumbers(process, "task")
	if err != nil {
		return false
	}
	for _, tid := range tids {
		if tid != pid && ns.Inode[procwalk.Mnt] == 0 {
			r.standIn(process, tid, ns)
		}
	}
	for t := range procwalk.NSTypes {
		if gone(ns.Err[t]) {
			ns.Err[t] = procwalk.ErrGone
		}
	}
	return true
}

// standIn takes from a thread the links that its ended leader no longer has.
func (r *Reader) standIn(process, tid int, ns *procwalk.Namespaces) {
	task, err := openAt(process, "task/"+strconv.Itoa(tid)+"/ns", unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return
	}
	defer unix.Close(task)
	for t := range procwalk.NSTypes {
		if ns.Err[t] != nil {
			ns.Inode[t], ns.Err[t] = nsInode(task, linkNames[t], t)
		}
	}
}

// leader reads links and stat of one process through one descriptor of its directory; without NS it has ended.
func (r *Reader) leader(pid int) procwalk.Process {
	p := procwalk.Process{Stat: procwalk.Stat{PID: pid}}
	dir, err := openAt(r.rootfd, strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return p
	}
	defer unix.Close(dir)
	var ns procwalk.Namespaces
	if !r.leanRow(pid, &ns) {
		return p
	}
	// If the process behind dir lives after that, the number was its while the links were read.
	b, err := readFileAt(dir, "stat", 4<<10)
	if err != nil || procwalk.ParseStat(b, &p.Stat) != nil {
		return p
	}
	p.NS = &ns
	return p
}

// linkNames are the names below ns/, ended as the kernel wants them.
var linkNames = func() (names [procwalk.NSTypes][]byte) {
	for t := range procwalk.NSTypes {
		names[t] = append([]byte(t.String()), 0)
	}
	return names
}()

// openDir opens a directory by a path that ends in NUL, without allocating; below 0 is a failure.
func openDir(dir int, path []byte) int {
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&path[0])),
		unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return -1
	}
	return int(fd)
}

// nsInode reads the number from a link such as "mnt:[4026531841]" without allocating, and without telling the
// scheduler: the kernel answers from memory.
func nsInode(dir int, name []byte, t procwalk.NSType) (uint64, error) {
	var b [64]byte
	n, _, errno := unix.RawSyscall6(unix.SYS_READLINKAT, uintptr(dir), uintptr(unsafe.Pointer(&name[0])),
		uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	kind, inode, ok := fields.InodeLink(b[:n])
	if !ok || string(kind) != t.String() {
		return 0, unix.EINVAL
	}
	return inode, nil
}
