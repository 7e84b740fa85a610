package cgroupview

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"bones/cgroupview/patience"
	"bones/procwalk/procroot"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// killAtOnce lets the kernel kill all of a v2 group, and waits until it is empty. It is written again as long as there
// is something: a process may have been moved in. ErrUnsupported before Linux 5.14.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cgroup.kill.
func (k *KillAll) killAtOnce(ctx context.Context, g *Group) error {
	p := patience.New()
	for {
		if err := g.Put("cgroup.kill", "1"); err != nil {
			return err
		}
		for range 4 {
			some, err := k.host.Populated(g)
			if err != nil || !some {
				return err
			}
			if !p.Allows(ctx, 1) {
				return k.host.notEmptied(g, nil)
			}
		}
	}
}

// rounds kills a group one process after the other, again and again until nothing is found.
type rounds struct {
	host  *FileSystem
	group *Group

	frozen  bool // every process in it stands still: none can end, and no PID be used again, before it is thawed
	left    int  // processes that the last round has found
	hidden  int  // those of them that are in pid namespaces not seen from here, and cannot be sent anything
	refused error
	sent    bool // a process was sent SIGKILL
	numbers bool // this kernel sends signals to numbers alone: only what is frozen is killed
	waited  bool // for what may not be killed, in vain, with another group: nothing is gained by that again

	thawed map[string]bool // groups that had been frozen on their own: a frozen process of version 1 does not end
}

// ownFreeze is the file that says whether a group is frozen on its own.
func ownFreeze(g *Group) string {
	if g.Hierarchy.Version == 2 {
		return "cgroup.freeze"
	}
	return "freezer.self_freezing"
}

// run empties the group.
func (r *rounds) run(ctx context.Context) error {
	thaw := r.freeze(ctx)
	err := r.round()
	// Also after an error: what was frozen to be killed must not stay frozen.
	if err := errors.Join(err, thaw()); err != nil {
		return err
	}
	r.frozen = false
	p := patience.New()
	for empty := 0; empty < 2; { // twice: what was moved from group to group during one look may have been missed
		thaw := func() error { return nil }
		if r.numbers { // what came later is killed as the first were
			thaw = r.freeze(ctx)
		}
		err := r.round()
		if err := errors.Join(err, thaw()); err != nil {
			return err
		}
		r.frozen = false
		if r.left == 0 {
			empty++
			continue
		}
		empty = 0
		if outer := r.frozenAround(); outer != "" {
			return fmt.Errorf("every process was sent SIGKILL, but the group %s around is frozen, and they end only once it "+
				"is thawed: %w",
				outer, r.host.notEmptied(r.group, r.refused))
		}
		p.Limit = patience.Patient
		if r.refused != nil || r.hidden == r.left {
			p.Limit = patience.Impatient // nothing that is done here changes that
			if r.waited {
				p.Limit = 0
			}
		}
		if !p.Allows(ctx, r.left) {
			r.waited = r.waited || p.Limit == patience.Impatient
			return r.notEmptied()
		}
	}
	return nil
}

// notEmptied says what is left of the group, and what became of the others.
func (r *rounds) notEmptied() error {
	err := r.host.notEmptied(r.group, r.refused)
	if err != nil && r.refused != nil && r.sent {
		return fmt.Errorf("all that may be killed was killed, but %w", err)
	}
	return err
}

// freeze makes the processes stand still, so that they do not fork faster than they are killed. Where that cannot be,
// the rounds do without. It returns what thaws them.
func (r *rounds) freeze(ctx context.Context) (thaw func() error) {
	if !canFreeze(r.group) {
		return func() error { return nil }
	}
	f := Freeze{host: r.host, group: r.group, frozen: true}
	file, value := f.file()
	if own, err := (&reader{buf: make([]byte, 16)}).file(r.group, ownFreeze(r.group)); err == nil &&
		string(own) == "1\n" {
		r.frozen = r.group.Hierarchy.Version == 1 // of version 2 a frozen process ends: it stays as it was
		if r.group.Hierarchy.Version == 2 {
			return func() error { return nil }
		}
		r.thawed[r.group.Path.Raw()] = true
	}
	if r.group.Put(file, value) != nil {
		return func() error { return nil }
	}
	// A task that waits in the kernel does not freeze; it cannot fork meanwhile either.
	for deadline := time.Now().Add(time.Second); time.Now().Before(deadline) &&
		ctx.Err() == nil; time.Sleep(time.Millisecond) {
		if done, err := f.done(); done || err != nil {
			r.frozen = done
			break
		}
	}
	return func() error {
		f.frozen = false
		file, value := f.file()
		if err := r.group.Put(file, value); !errors.Is(err, ErrGone) {
			return err
		}
		return nil
	}
}

// round looks at each group once, kills what is in it, and counts it.
func (r *rounds) round() error {
	r.left, r.hidden, r.refused = 0, 0, nil
	v1 := r.group.Hierarchy.Version == 1 && r.group.Hierarchy.Has("freezer")
	buf := make([]byte, 16)
	err := r.host.descend(r.group, func(d *descent) error {
		if err := r.signal(d); err != nil && !absent(err) {
			return d.failed("cgroup.procs", err)
		}
		// A group below that is frozen on its own stays so when the one around it is thawed.
		if v1 && !r.frozen {
			if b, err := readAt(d.dir, "freezer.self_freezing", buf); err == nil && string(b) == "1\n" {
				if err := thawHere(d); err != nil {
					return err
				}
				r.thawed[d.Path()] = true
			}
		}
		return nil
	})
	if errors.Is(err, ErrGone) {
		r.left = 0
		return nil
	}
	return err
}

func thawHere(d *descent) error {
	fd, err := openBelow(d.dir, "freezer.state", unix.O_WRONLY)
	if err == nil {
		_, err = unix.Write(fd, []byte("THAWED"))
		unix.Close(fd)
	}
	if err != nil && !absent(err) {
		return d.failed("freezer.state", err)
	}
	return nil
}

// batch bounds how many processes are held by a descriptor at a time.
const batch = 256

// signal sends SIGKILL to what is in the group that is visited.
func (r *rounds) signal(d *descent) error {
	var pids []int
	err := eachProc(d.dir, func(pid int) {
		r.left++
		if pid == 0 {
			r.hidden++
		}
		if pid > 1 && pid != unix.Getpid() {
			pids = append(pids, pid)
		}
	})
	if err != nil {
		return err
	}
	if r.frozen && r.group.Hierarchy.Version == 1 { // of version 2 what is frozen can end
		for _, pid := range pids {
			r.note(pid, unix.Kill(pid, unix.SIGKILL))
		}
		return nil
	}
	for len(pids) > 0 {
		n := min(len(pids), batch)
		if err := r.killHeld(d, pids[:n]); err != nil {
			return err
		}
		pids = pids[n:]
	}
	return nil
}

// killHeld kills processes that may end meanwhile, so that a PID may be another's by now: each is held by a
// descriptor, and then the group is asked again. Whoever is still listed is the one that is held, or has ended; nobody
// else is hit.
func (r *rounds) killHeld(d *descent, pids []int) error {
	fds := make(map[int]int, len(pids))
	defer func() {
		for _, fd := range fds {
			unix.Close(fd)
		}
	}()
	for _, pid := range pids {
		fd, err := holdProcess(pid)
		switch err {
		case nil:
			fds[pid] = fd
		case unix.ESRCH:
		case unix.EMFILE, unix.ENFILE: // the next round takes it
		default:
			r.note(pid, err)
		}
	}
	return eachProc(d.dir, func(pid int) {
		if fd, ok := fds[pid]; ok {
			r.note(pid, unix.PidfdSendSignal(fd, unix.SIGKILL, nil, 0))
		}
	})
}

// holdProcess returns a descriptor through which a process can be sent a signal, and no other that has its PID later:
// a pidfd, and before Linux 5.3 the process's directory in /proc, which pidfd_send_signal takes since 5.1.
//
// Source: pidfd_open(2), pidfd_send_signal(2).
func holdProcess(pid int) (int, error) {
	fd, err := procroot.OpenPID(pid)
	if err != unix.ENOSYS || procroot.Ours("/proc") != nil { // elsewhere the number is another process's
		return fd, err
	}
	fd, err = unix.Open("/proc/"+strconv.Itoa(pid), unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err == unix.ENOENT {
		err = unix.ESRCH
	}
	return fd, err
}

// note keeps the first refusal. That a process has ended is none.
func (r *rounds) note(pid int, err error) {
	r.sent = r.sent || err == nil
	if err == nil || err == unix.ESRCH || r.refused != nil {
		return
	}
	switch err {
	case unix.ENOSYS:
		r.numbers = true
		err = fmt.Errorf("%w: PID %d may end and be another process's before the signal comes; holding it needs "+
			"pidfd_send_signal, Linux 5.1 (ENOSYS), or a group of the freezer", ErrUnsupported, pid)
	case unix.EPERM:
		err = fmt.Errorf("%w: killing PID %d needs CAP_KILL, or the same user: %w", ErrNotPermitted, pid, err)
	}
	r.refused = err
}

// frozenAround is the group around that keeps this one frozen, so that what was killed does not end. On version 2 a
// frozen process ends at a SIGKILL.
func (r *rounds) frozenAround() string {
	if r.group.Hierarchy.Version == 2 {
		return ""
	}
	return text.Line(r.host.frozenAround(r.group))
}

// notEmptied says what is notEmptied of a group that could not be emptied. why is what stood in the way, if that is
// known.
func (h *FileSystem) notEmptied(g *Group, why error) error {
	pids, err := h.members(g)
	if err != nil {
		return err
	}
	if len(pids) == 0 {
		if some, err := h.Populated(g); err != nil || !some {
			return err
		}
		return fmt.Errorf("there are still processes in %s that bones cannot see from here", g.Dir)
	}
	message := fmt.Sprintf("not empty yet: %s in %s", namedPIDs(pids), g.Dir)
	switch {
	case why != nil:
		return fmt.Errorf("%s: %w", message, why)
	case len(pids) == 1 && pids[0]:
		return fmt.Errorf("%s: kill them from the host", message)
	}
	return fmt.Errorf("%s: SIGKILL was sent, and what waits in the kernel (state D in ps) ends when it wakes up", message)
}
