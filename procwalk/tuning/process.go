package tuning

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"

	"golang.org/x/sys/unix"
)

// process is one process, through its open folder in proc: once it has ended, the folder finds neither it nor its
// threads, whoever has their numbers then.
type process struct {
	root   string
	folder *procwalk.Folder
	id     procwalk.ID
	ours   bool // its numbers are ours: the system calls are about the same
}

// open opens a process of proc's root; procwalk.ErrGone if it has ended.
func open(root string, id procwalk.ID) (*process, error) {
	f, err := procwalk.OpenFolder(root, id)
	if err != nil {
		return nil, err
	}
	return &process{root, f, id, procroot.Ours(root) == nil}, nil
}

func (p *process) close() { p.folder.Close() }

// mayChange reports why the system calls would not be about this process.
func (p *process) mayChange() error {
	if !p.ours {
		return fault.New(fault.Unsupported, "this is not the proc file system of our own PIDs")
	}
	return nil
}

// threadsMax bounds how many threads of one process are changed.
const threadsMax = 1 << 16

// rounds bounds how often threads are looked for that were started while the others were changed.
const rounds = 20

// eachThread calls do for every thread, and again for those that were started meanwhile: they have what the thread had
// that started them. A thread that ends is passed over.
func (p *process) eachThread(do func(tid int, s procwalk.Stat) error) error {
	seen := map[int]bool{}
	for range rounds {
		tids, more, err := p.folder.Numbers("task", threadsMax)
		if err != nil {
			return err
		}
		if more {
			return fmt.Errorf("it has more than %d threads", threadsMax)
		}
		fresh := false
		for _, tid := range tids {
			if seen[tid] {
				continue
			}
			seen[tid], fresh = true, true
			s, err := p.folder.ThreadStat(tid)
			if hasEnded(err) {
				continue
			}
			if err == nil {
				err = do(tid, s)
			}
			if err != nil && !hasEnded(err) {
				return err
			}
		}
		if !fresh {
			return nil
		}
	}
	return errors.New("it starts threads faster than they are changed")
}

// hasEnded reports whether an error says that a thread has ended.
func hasEnded(err error) bool {
	return errors.Is(err, unix.ESRCH) || errors.Is(err, procwalk.ErrGone) || errors.Is(err, procwalk.ErrNone) ||
		errors.Is(err, procwalk.ErrUnsupported) // its folder is away, and the process is there
}

// ofThread reads a setting of one thread.
func (p *process) ofThread(name string, tid int, s *procwalk.Stat) (string, error) {
	switch name {
	case Nice:
		return strconv.Itoa(s.Nice), nil
	case CPUs:
		st := p.folder.StatusOf("task/" + strconv.Itoa(tid) + "/status")
		return st.CpusAllowedList.Raw(), st.Err
	}
	if err := p.mayChange(); err != nil {
		return "", err
	}
	return getThread(name, tid)
}

// getThread is what whoever has the number has.
//
// Source: getpriority(2), which the kernel answers with 20 - nice.
func getThread(name string, tid int) (string, error) {
	switch name {
	case Nice:
		n, err := unix.Getpriority(unix.PRIO_PROCESS, tid)
		return strconv.Itoa(20 - n), err
	case CPUs:
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(tid, &set); err != nil {
			return "", err
		}
		var list []string
		for n := range maxCPU {
			if set.IsSet(n) {
				list = append(list, strconv.Itoa(n))
			}
		}
		return strings.Join(list, ","), nil
	}
	n, _, errno := unix.Syscall(unix.SYS_IOPRIO_GET, 1, uintptr(tid), 0) // IOPRIO_WHO_PROCESS
	if errno != 0 {
		return "", errno
	}
	return ioPrioText(int(n)), nil
}

// setThread changes a setting of one thread.
func setThread(name string, tid int, value string) error {
	switch name {
	case Nice:
		n, _ := strconv.Atoi(value)
		return unix.Setpriority(unix.PRIO_PROCESS, tid, n)
	case CPUs:
		list, err := spec.ParseList(value, maxCPU)
		if err != nil {
			return err
		}
		var set unix.CPUSet
		for _, n := range list {
			set.Set(n)
		}
		return unix.SchedSetaffinity(tid, &set)
	}
	n, err := parseIOPrio(value)
	if err != nil {
		return err
	}
	if _, _, errno := unix.Syscall(unix.SYS_IOPRIO_SET, 1, uintptr(tid), uintptr(n)); errno != 0 {
		return errno
	}
	return nil
}

// ofProcess reads a setting that all threads have in common.
func (p *process) ofProcess(name string) (string, error) {
	if name == OOM {
		b, _, err := p.folder.Read("oom_score_adj", 32)
		return strings.TrimSpace(string(b)), err
	}
	b, _, err := p.folder.Read("limits", 64<<10)
	if err != nil {
		return "", err
	}
	list, err := detail.ParseLimits(b)
	if err != nil {
		return "", err
	}
	l := findLimit(name)
	at := slices.IndexFunc(list, func(x detail.ResourceLimit) bool { return x.Name == l.inLimits })
	if at < 0 {
		return "", fault.New(fault.Unsupported, "this kernel has no such limit")
	}
	return limitText(list[at].Soft) + ":" + limitText(list[at].Hard), nil
}

// setProcess changes a setting that all threads have in common, and returns what it was.
func (p *process) setProcess(name, value string) (was string, err error) {
	if was, err = p.ofProcess(name); err != nil {
		return "", err
	}
	if name == OOM {
		// Through the folder: the kernel refuses it once the process has ended.
		fd, err := unix.Openat(p.folder.FD(), "oom_score_adj", unix.O_WRONLY|unix.O_CLOEXEC, 0)
		if err != nil {
			return "", p.folder.Explain(err)
		}
		defer unix.Close(fd)
		_, err = unix.Write(fd, []byte(value))
		return was, err
	}
	softWas, hardWas, _ := strings.Cut(was, ":")
	soft, hard, _ := strings.Cut(value, ":")
	next := unix.Rlimit{}
	next.Cur, _ = limitNumber(pick(soft, softWas), false)
	next.Max, _ = limitNumber(pick(hard, hardWas), false)
	if next.Cur > next.Max {
		return "", fmt.Errorf("it is %s, and the soft limit may not be above the hard one; SOFT:HARD sets both", was)
	}
	if _, err := p.folder.ThreadStat(p.id.PID); err != nil {
		return "", err
	}
	number := findLimit(name).number
	var before unix.Rlimit
	return was, p.change(numbered{p.id.PID, p.id.Start, func() (string, error) {
		var l unix.Rlimit
		if err := unix.Prlimit(p.id.PID, number, nil, &l); err != nil {
			return "", err
		}
		if before == (unix.Rlimit{}) {
			before = l
		}
		return fmt.Sprintf("%d:%d", l.Cur, l.Max), nil
	}, func(value string) error {
		to := &next
		if value != fmt.Sprintf("%d:%d", next.Cur, next.Max) {
			to = &before
		}
		return unix.Prlimit(p.id.PID, number, to, nil)
	}, false}, fmt.Sprintf("%d:%d", next.Cur, next.Max))
}

func pick(asked, was string) string {
	if asked != "" {
		return asked
	}
	return was
}

// explain says what the kernel's no means.
func explain(name string, err error) error {
	why := func(kind fault.Kind, why, hint string) error {
		return &fault.Error{Kind: kind, What: name, Why: why, Hint: hint, Err: err}
	}
	denied := errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES)
	switch {
	case errors.Is(err, procwalk.ErrGone), errors.Is(err, unix.ESRCH):
		return procwalk.ErrGone
	case denied && name == Nice:
		return why(fault.NotPermitted, "not permitted: it is another user's process, or the value is lower than before",
			"CAP_SYS_NICE would help")
	case denied && name == CPUs:
		return why(fault.NotPermitted, "not permitted: it is another user's process", "CAP_SYS_NICE would help")
	case denied && name == IOPrio:
		return why(fault.NotPermitted, "not permitted: it is another user's process, or realtime",
			"CAP_SYS_NICE or CAP_SYS_ADMIN would help")
	case denied && name == OOM:
		return why(fault.NotPermitted, "not permitted: it is another user's process, or the value is lower than it ever was",
			"CAP_SYS_RESOURCE would help")
	case denied && name == "nofile":
		return why(fault.NotPermitted, "not permitted: the hard limit is higher than before, or than fs.nr_open",
			"CAP_SYS_RESOURCE, or a higher fs.nr_open, would help")
	case denied:
		return why(fault.NotPermitted,
			"not permitted: it is another user's process, or the hard limit is higher than before",
			"CAP_SYS_RESOURCE would help")
	case name == CPUs && errors.Is(err, unix.EINVAL):
		return why(fault.Broken, "none of these processors is online and in cpuset.cpus.effective of its control group, "+
			"or the kernel ties this thread to its own", "bones cgroup PID cpuset.cpus.effective shows them")
	}
	return fmt.Errorf("%s: %w", name, err)
}
