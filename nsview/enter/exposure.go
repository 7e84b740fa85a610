package enter

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// A program that has our files and lives in the target's pid namespace shows them to whoever may trace it: such a
// process opens /proc/PID/root and is at the host's root directory, or /proc/PID/exe and overwrites the host's program
// once it has ended. What the program itself may do has nothing to do with that: what counts is what those may do who
// see it, which are all processes of that pid namespace and of those below it, each of them with all its threads.
//
// Source: ptrace(2), "Ptrace access mode checking"; proc_pid_root(5).

// exposedPasses is how often the processes are listed at most, until a list has nobody new.
const exposedPasses = 16

// tracer is a process that may trace what bones would start.
type tracer struct {
	pid int
	why string
}

// hostFilesSafe refuses, with an error that says who and what would help, to put a program with our files where the
// target or one of its neighbours may trace it. joinsUser says that the program would be in the target's user
// namespace.
func (t *target) hostFilesSafe(joinsUser bool) error {
	space, err := t.nsFile("ns/pid")
	if err != nil {
		return goneOr(err)
	}
	return t.safeIn(space, joinsUser)
}

// safeIn does so for a pid namespace.
func (t *target) safeIn(space nsFile, joinsUser bool) error {
	if joinsUser {
		return errors.New("in its user namespace, root there could trace a program with our files, and reach them through " +
			"/proc/PID/root; " + tracedHelp)
	}
	found, err := t.findTracer(space)
	if err != nil {
		return fmt.Errorf("bones does not know who there may trace a program with our files: %w; "+tracedHelp, err)
	}
	if found != nil {
		return found.refusal()
	}
	return nil
}

// tracedHelp is what keeps our files from those who may trace.
const tracedHelp = "join mnt too, or leave pid out"

// refusal says who it is that could reach our files.
func (f *tracer) refusal() error {
	return fmt.Errorf("PID %d there %s, and could reach the host's files through /proc/PID/root of the program; "+
		tracedHelp,
		f.pid, f.why)
}

// findTracer looks at everybody in a pid namespace and below it. Processes that are made meanwhile are
// looked at in the next pass, so that nobody is missed who hides behind a new PID; when the passes are used up and
// there is still somebody new, that is an error.
func (t *target) findTracer(space nsFile) (_ *tracer, err error) {
	self := &target{root: t.root}
	if self.dir, err = unix.Open(t.root+"/self", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return nil, err
	}
	defer self.close()
	ours, err := self.credentials()
	if err != nil {
		return nil, err
	}
	users, err := self.nsFile("ns/user")
	if err != nil {
		return nil, err
	}
	seen := map[procwalk.ID]bool{}
	for range exposedPasses {
		pids, err := listPIDs(t.root)
		if err != nil {
			return nil, err
		}
		fresh := false
		for _, pid := range pids {
			m := member{root: t.root, pid: pid, space: space, users: users, ours: ours}
			found, isNew, err := m.tracer(seen)
			if err != nil && !errors.Is(goneOr(err), procwalk.ErrGone) {
				return nil, fmt.Errorf("PID %d: %w", pid, err)
			}
			if found != nil {
				return found, nil
			}
			fresh = fresh || isNew
		}
		if !fresh {
			return nil, nil
		}
	}
	return nil, errors.New("processes come and go there faster than bones can look at them")
}

// listPIDs returns the processes that a proc file system shows.
func listPIDs(root string) ([]int, error) {
	dir, err := os.Open(root)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(-1)
	if err != nil {
		return nil, err
	}
	var pids []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}

// member is a process of which it is asked whether it sees and may trace what bones would start.
type member struct {
	root  string
	pid   int
	space nsFile      // the pid namespace where that would be
	users nsFile      // our user namespace
	ours  credentials // and what we are there
}

// tracer returns what the process may do to us, nil if nothing. isNew reports that it lives in the pid namespace and
// was not in seen before.
func (m member) tracer(seen map[procwalk.ID]bool) (found *tracer, isNew bool, err error) {
	dir, err := unix.Open(m.root+"/"+strconv.Itoa(m.pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, false, err
	}
	p := &target{root: m.root, dir: dir}
	defer p.close()
	creds, err := p.credentials()
	if err != nil || creds.Levels == 1 {
		return nil, false, err // it lives in our own pid namespace
	}
	stat, err := p.stat()
	if err != nil {
		return nil, false, err
	}
	start := stat.StartTime
	lives := p // of a process whose leader has ended, a thread that has not
	if stat.State == 'Z' || stat.State == 'X' {
		if lives, _, err = find(m.root, m.pid); err != nil {
			return nil, false, err
		}
		defer lives.close()
	}
	id := procwalk.ID{PID: m.pid, Start: start}
	if seen[id] {
		return nil, false, nil
	}
	inside, err := lives.within("ns/pid", m.space)
	if err != nil {
		return nil, false, err
	}
	seen[id] = true
	if !inside {
		return nil, false, nil
	}
	power, err := m.power(p, lives)
	if power == "" || err != nil {
		return nil, true, err
	}
	return &tracer{m.pid, power}, true, nil
}

// power says by what the process may trace us, or is empty. Each thread has capabilities of its own. Those that a
// thread may get by executing a program count as held: the bounding set is what a set-user-ID program may give.
func (m member) power(p, lives *target) (string, error) {
	users, err := lives.nsFile("ns/user")
	if err != nil {
		return "", err
	}
	if users != m.users {
		// In a user namespace below ours no capability counts for what is in ours, and being the same user does not
		// either: the kernel then asks for CAP_SYS_PTRACE in ours. In one above ours all count.
		if below, err := lives.within("ns/user", m.users); below || err != nil {
			return "", err
		}
	}
	threads, err := listPIDs(m.root + "/" + strconv.Itoa(m.pid) + "/task")
	if err != nil {
		return "", err
	}
	for _, tid := range threads {
		fd, err := unix.Openat(p.dir, "task/"+strconv.Itoa(tid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			if errors.Is(goneOr(err), procwalk.ErrGone) {
				continue
			}
			return "", err
		}
		thread := &target{root: m.root, dir: fd}
		c, err := thread.credentials()
		thread.close()
		switch {
		case errors.Is(err, procwalk.ErrGone):
			continue
		case err != nil:
			return "", err
		}
		if why := c.traces(m.ours); why != "" {
			return why, nil
		}
	}
	return "", nil
}

// traces says by what a thread of our user namespace may trace a program that has what we may have, or is empty.
func (c credentials) traces(ours credentials) string {
	held := c.Eff | c.Prm | c.Amb
	can := held | c.Inh | c.Bnd
	switch {
	case held>>unix.CAP_SYS_PTRACE&1 != 0:
		return "has CAP_SYS_PTRACE"
	case can>>unix.CAP_SYS_PTRACE&1 != 0:
		return "may gain CAP_SYS_PTRACE (bounding or inheritable set)"
	case (ours.Prm|ours.Bnd)&^can == 0:
		return "may have every capability that bones has"
	}
	return ""
}

// nsFile is the identity of a namespace: the device and inode of its file.
type nsFile struct{ dev, ino uint64 }

func (t *target) nsFile(name string) (nsFile, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(t.dir, name, &st, 0); err != nil {
		return nsFile{}, err
	}
	return nsFile{st.Dev, st.Ino}, nil
}

// maxDepth is how deep pid and user namespaces can be nested, and one more.
//
// Source: user_namespaces(7), pid_namespaces(7): 32.
const maxDepth = 33

// within reports whether the process's namespace is the given one or below it.
//
// Source: ioctl_ns(2), NS_GET_PARENT since Linux 4.9.
func (t *target) within(name string, space nsFile) (bool, error) {
	fd, err := unix.Openat(t.dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false, err
	}
	for range maxDepth {
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err != nil {
			unix.Close(fd)
			return false, err
		}
		if (nsFile{st.Dev, st.Ino}) == space {
			unix.Close(fd)
			return true, nil
		}
		parent, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.NS_GET_PARENT, 0)
		unix.Close(fd)
		switch errno {
		case 0:
			fd = int(parent)
		case unix.EPERM: // above is what we cannot see: the outermost was reached
			return false, nil
		default:
			return false, errno
		}
	}
	unix.Close(fd)
	return false, nil
}

// joins reports whether a program would be in a namespace of this type that is the target's and not ours.
func (e *Enter) joins(typ procwalk.NSType) bool { return slices.Contains(e.joined, typ) }
