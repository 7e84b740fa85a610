package cgroupview

import (
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// Procs returns the processes that are in g itself, ascending. 0 stands for those of other pid namespaces. A threaded
// group has threads, not processes: that is ErrUnsupported.
func (h *FileSystem) Procs(g *Group) ([]int, error) {
	if g.Hierarchy.past != nil {
		return nil, failed(g, "cgroup.procs", errPast) // the process table of then has them
	}
	fd, err := g.open()
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	var pids []int
	if err := eachProc(fd, func(pid int) { pids = append(pids, pid) }); err != nil {
		return nil, failed(g, "cgroup.procs", err)
	}
	slices.Sort(pids)
	return slices.Compact(pids), nil
}

// eachProc calls do with each PID in the cgroup.procs of a directory. The list has no bound of ours: a list that is
// cut off would hide processes, and its last number might be the beginning of another.
func eachProc(dir int, do func(pid int)) error {
	file, err := openBelow(dir, "cgroup.procs", unix.O_RDONLY)
	if err != nil {
		return err
	}
	defer unix.Close(file)
	buf := make([]byte, 32<<10)
	pid, inside := 0, false
	for {
		n, err := unix.Read(file, buf)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		for _, c := range buf[:n] {
			if c >= '0' && c <= '9' {
				if pid > 1<<30/10 {
					return errors.New("cgroup.procs holds something that is not a PID")
				}
				pid, inside = pid*10+int(c-'0'), true
			} else if inside {
				do(pid)
				pid, inside = 0, false
			}
		}
		if n == 0 {
			if inside {
				do(pid)
			}
			return nil
		}
	}
}

// absent reports whether an error of eachProc says that there are no processes: the group was removed, or is a
// threaded one, whose processes are listed in the group around it.
func absent(err error) bool {
	return err == unix.ENOENT || err == unix.ENODEV || err == unix.EOPNOTSUPP
}

// Populated reports whether there are processes in a group or below it. A group that is gone has none.
func (h *FileSystem) Populated(g *Group) (bool, error) {
	if g.Hierarchy.Version == 2 {
		n := (&reader{buf: make([]byte, 256)}).keyed(g, "cgroup.events", "populated")
		switch {
		case n.Err == nil:
			return n.Value == 1, nil
		case errors.Is(n.Err, ErrGone):
			return false, nil
		case !errors.Is(n.Err, ErrUnsupported): // the root has no such file
			return false, n.Err
		}
	}
	found := false
	err := h.descend(g, func(d *descent) error {
		err := eachProc(d.dir, func(int) { found = true })
		switch {
		case found:
			return errEnough
		case err != nil && !absent(err):
			return d.failed("cgroup.procs", err)
		}
		return nil
	})
	if errors.Is(err, ErrGone) {
		return false, nil
	}
	return found, err
}

// members are the processes of a group and of those below it.
func (h *FileSystem) members(g *Group) (map[int]bool, error) {
	found := map[int]bool{}
	err := h.descend(g, func(d *descent) error {
		if err := eachProc(d.dir, func(pid int) { found[pid] = true }); err != nil && !absent(err) {
			return d.failed("cgroup.procs", err)
		}
		return nil
	})
	if errors.Is(err, ErrGone) {
		return nil, nil
	}
	return found, err
}

// threaded returns why a group holds no whole processes, if it is a threaded one: a signal goes to a process, which
// has threads outside of the group as well. nil for other groups.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Threads".
func (h *FileSystem) threaded(g *Group) error {
	r := reader{buf: make([]byte, 64)}
	is := func(g *Group) bool {
		b, err := r.file(g, "cgroup.type")
		return err == nil && string(b) == "threaded\n"
	}
	if g.Hierarchy.Version != 2 || !is(g) {
		return nil
	}
	domain := g
	for is(domain) {
		up, err := h.parent(domain)
		if up == nil || err != nil {
			return fmt.Errorf("%s is a threaded group: it holds threads of processes, not whole processes: %w", g.Dir,
				ErrUnsupported)
		}
		domain = up
	}
	return fmt.Errorf("%s is a threaded group: it holds threads of processes, not whole processes; they belong to the "+
		"group %s around it, "+
		"which can be killed: %w", g.Dir, domain.Path, ErrUnsupported)
}
