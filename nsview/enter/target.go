package enter

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"bones/procwalk"
	"bones/procwalk/bounded"
	"bones/procwalk/crash"
	"bones/procwalk/fields"
	"bones/procwalk/idmap"
	"bones/procwalk/procroot"

	"golang.org/x/sys/unix"
)

// target is an open /proc/PID, or one of its threads. What is read through it is of one process, also when its PID is
// used again.
type target struct {
	id     procwalk.ID
	root   string // of the proc file system
	dir    int    // O_PATH descriptor of /proc/PID, or of /proc/PID/task/TID
	thread int    // of a process whose leader has ended, the thread that is read: no pidfd stands for its namespaces
}

// openTarget opens /proc/PID and makes sure that it is who was meant. Of a process whose leader has ended it is a
// thread that lives.
func openTarget(root string, id procwalk.ID) (*target, error) {
	if err := procroot.Ours(root); err != nil {
		return nil, fmt.Errorf("%w: %s is not the proc file system of our own PIDs, and a process can only be entered by "+
			"those: %w", procwalk.ErrUnsupported, root, err)
	}
	t, start, err := find(root, id.PID)
	if err != nil {
		return nil, err
	}
	if start != id.Start {
		t.close()
		return nil, fmt.Errorf("%w; PID %d is another process now", procwalk.ErrGone, id.PID)
	}
	return t, nil
}

// find opens whoever has this PID, which may also be the number of a thread.
func find(root string, pid int) (t *target, start uint64, err error) {
	dir, err := unix.Open(root+"/"+strconv.Itoa(pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, 0, goneOr(err)
	}
	t = &target{root: root, dir: dir}
	s, err := t.stat()
	if err != nil {
		t.close()
		return nil, 0, err
	}
	t.id = procwalk.ID{PID: pid, Start: s.StartTime}
	if s.State == 'Z' || s.State == 'X' {
		if err := t.takeThread(); err != nil {
			t.close()
			return nil, 0, err
		}
	}
	return t, s.StartTime, nil
}

// takeThread goes from a process whose leader has ended to a thread of it that lives.
func (t *target) takeThread() error {
	tids, err := listPIDs(fmt.Sprintf("/proc/self/fd/%d/task", t.dir))
	if err != nil {
		tids, err = listPIDs(t.root + "/" + strconv.Itoa(t.id.PID) + "/task")
	}
	if err != nil {
		return goneOr(err)
	}
	for _, tid := range tids {
		dir, err := unix.Openat(t.dir, "task/"+strconv.Itoa(tid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
		if err != nil {
			continue
		}
		one := target{dir: dir}
		if s, err := one.stat(); err != nil || s.State == 'Z' || s.State == 'X' {
			one.close()
			continue
		}
		t.close()
		t.dir, t.thread = dir, tid
		return nil
	}
	return fmt.Errorf("%w: it is a zombie", procwalk.ErrGone)
}

func (t *target) close() { unix.Close(t.dir) }

// Identify returns the identity of the process, or thread, that has this PID now.
func Identify(root string, pid int) (procwalk.ID, error) {
	t, start, err := find(root, pid)
	if err != nil {
		return procwalk.ID{}, err
	}
	defer t.close()
	return procwalk.ID{PID: pid, Start: start}, nil
}

// goneOr makes ErrGone of the two ways in which /proc says that a process has ended.
func goneOr(err error) error {
	if errors.Is(err, unix.ESRCH) || errors.Is(err, unix.ENOENT) {
		return procwalk.ErrGone
	}
	return err
}

// read returns a file of /proc/PID, which must not be longer than limit bytes.
func (t *target) read(name string, limit int64) ([]byte, error) {
	fd, err := unix.Openat(t.dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	f := os.NewFile(uintptr(fd), name)
	defer f.Close()
	b, err := bounded.ReadAll(f, limit)
	if errors.Is(err, bounded.ErrTooLong) {
		err = fmt.Errorf("%s: %w", name, err)
	}
	if err != nil {
		return nil, err
	}
	return b, nil
}

// stat reads the line of numbers.
func (t *target) stat() (s procwalk.Stat, err error) {
	b, err := t.read("stat", 8<<10)
	if err != nil {
		return s, goneOr(err)
	}
	return s, procwalk.ParseStat(b, &s)
}

// link reads a link of /proc/PID.
func (t *target) link(name string) (string, error) {
	buf := make([]byte, 4096)
	n, err := unix.Readlinkat(t.dir, name, buf)
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// differing returns the types of namespace in which the target is elsewhere than we are, among those asked for.
func (t *target) differing(types []procwalk.NSType) ([]procwalk.NSType, error) {
	var list []procwalk.NSType
	for _, typ := range types {
		ours, err := os.Readlink(t.root + "/self/ns/" + typ.String())
		if errors.Is(err, unix.ENOENT) {
			continue // this kernel does not have the type
		}
		if err != nil {
			return nil, err
		}
		theirs, err := t.link("ns/" + typ.String())
		switch {
		case errors.Is(err, unix.EACCES), errors.Is(err, unix.EPERM):
			return nil, lacking("seeing its namespaces",
				"CAP_SYS_PTRACE, and joining them CAP_SYS_ADMIN, in the user namespace that owns them", err)
		case err != nil:
			return nil, goneOr(err)
		}
		if theirs != ours {
			list = append(list, typ)
		}
	}
	return list, nil
}

// credentials are what the target may do, as numbers of our own user namespace.
type credentials struct {
	UID, GID           uint32
	Groups             []uint32
	Inh, Prm, Eff, Bnd uint64
	Amb                uint64
	NoNewPrivs         bool
	Levels             int // of pid namespaces that it has a PID in, from ours on down; 0: the kernel does not tell
}

// credentials reads them from status.
//
// Source: proc_pid_status(5). The effective ids count.
func (t *target) credentials() (credentials, error) {
	var c credentials
	b, err := t.read("status", 1<<20) // 65,536 groups of up to 11 characters
	if err != nil {
		return c, goneOr(err)
	}
	for _, key := range []string{"Uid", "Gid", "CapInh", "CapPrm", "CapEff", "CapBnd"} {
		if _, told := fields.Value(b, key); !told { // its value would be 0, which is root's number
			return c, fmt.Errorf("status has no line %s", key)
		}
	}
	st := procwalk.ParseStatus(b)
	return credentials{UID: st.EUID, GID: st.EGID, Groups: st.Groups, Inh: st.CapInh, Prm: st.CapPrm, Eff: st.CapEff,
		Bnd: st.CapBnd, Amb: st.CapAmb, NoNewPrivs: st.NoNewPrivs, Levels: len(st.NSpid)}, st.Err
}

// idMap reads uid_map or gid_map, as seen from our user namespace.
func (t *target) idMap(name string) (idmap.Map, error) {
	b, err := t.read(name, idmap.MaxSize)
	if err != nil {
		return nil, goneOr(err)
	}
	m, err := idmap.Parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// environLimit bounds the environment that is looked at, in bytes: no execve takes more.
//
// Source: execve(2), three quarters of _STK_LIM.
const environLimit = 6 << 20

// environ reads the target's environment as it was at its start. A process can hold the lock on its own memory for
// ever; then the read is given up, and its thread stays until our process ends.
func (t *target) environ(patience time.Duration) ([]string, error) {
	type answer struct {
		b   []byte
		err error
	}
	dir, err := unix.FcntlInt(uintptr(t.dir), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return nil, err
	}
	got := make(chan answer, 1)
	crash.Go(func() {
		own := target{dir: dir}
		defer own.close()
		b, err := own.read("environ", environLimit)
		got <- answer{b, err}
	})
	select {
	case a := <-got:
		if a.err != nil {
			return nil, goneOr(a.err)
		}
		var list []string
		for s := range fields.Environ(a.b) {
			if strings.IndexByte(s, '=') > 0 {
				list = append(list, s)
			}
		}
		return list, nil
	case <-time.After(patience):
		return nil, procwalk.ErrStuck
	}
}
