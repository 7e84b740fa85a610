package enter

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A process with several threads, and every Go program is one, may not join a user or time namespace. A raw clone has
// one thread only; nothing of the Go runtime works in it, so what follows allocates nothing, grows no stack, stores no
// pointer and calls only functions that do not either. The three functions below are what syscall.forkExec uses for
// the same purpose; the linker lets other packages use them by name.
//
// Source: src/syscall/exec_linux.go and src/runtime/proc.go of Go; setns(2).

//go:linkname beforeFork syscall.runtime_BeforeFork
func beforeFork()

//go:linkname afterFork syscall.runtime_AfterFork
func afterFork()

//go:linkname afterForkInChild syscall.runtime_AfterForkInChild
func afterForkInChild()

// step says how far the child came. It goes up the report pipe with a number: an errno if the step failed.
type step uint64

const (
	stepNone step = iota
	stepWait
	stepLabel
	stepSetns
	stepRoot
	stepDir
	stepGroups
	stepGID
	stepUID
	stepBounding
	stepCaps
	stepNoNewPrivs
	stepClose
	stepClone
	stepSession
	stepTTY
	stepProc
	stepExec
	// These report something other than a failure.
	tellDirOutside // the target's working directory is not below its root
	tellPID        // the number is the PID of the second child
	tellTry        // the number is the index of the program tried next
)

// report is one record on the report pipe. Records are far below PIPE_BUF, so they are never torn.
type report struct {
	Step   step
	Number uint64
}

const reportSize = int(unsafe.Sizeof(report{}))

// none stands for a descriptor that is not there.
const none = ^uintptr(0)

const maxPrograms = 32

// program is one thing that may be executed: a path, or with fd a file that has none.
type program struct {
	path *byte
	fd   uintptr
	argv **byte
}

// child is all that the child needs, made before it is. Its pointers are never written by the child.
type child struct {
	goR     uintptr // one byte comes when the cgroups are joined
	goW     uintptr // its other end, closed so that the child notices the parent's end
	reportW uintptr
	pauseR  uintptr // tests only: the second child waits for a byte before it executes anything

	labelPath, label *byte // the LSM's label for the program, or nil
	labelLen         uintptr

	pidfd, flags uintptr // what to join
	rootfd       uintptr // directory that becomes the root, or none
	dirfd        uintptr // directory to work in, or none
	dir          *byte   // path to work in, looked up below the new root, or nil
	probe        bool    // only try to join
	freshProc    bool    // private mounts with a /proc of the joined pid namespace

	creds    bool // whether to change ids at all
	groups   *uint32
	ngroups  uintptr
	setgrps  bool
	uid, gid uintptr
	limit    bool // as the container: capabilities, no_new_privs
	bounding uint64
	prm, inh uint64
	ambient  uint64
	nnp      bool
	lastCap  uintptr

	tty      bool
	keep     [3]uintptr // descriptors above 2 that stay open until execve, in order; none if unused
	programs [maxPrograms]program
	nprog    int
	envv     **byte

	// The rest is written by the child.
	rec     report
	caps    [6]uint32
	capHdr  [2]uint32
	sigact  [4]uint64
	buf     [4096]byte
	dot     [2]byte
	slash   [2]byte
	empty   [1]byte
	procDir [6]byte
	procFS  [5]byte
}

// fork clones the calling process. In the parent it returns the child's PID; in the child it does not return. The
// calling thread must be locked: the child is told when it ends.
//
// The first child joins everything and takes the target's credentials on. It is in our pid namespace still, so that
// nobody inside can see it. Only the second one, its sibling (CLONE_PARENT), is born in the target's pid namespace; by
// then nothing is left to do but to make a session and to execute the program.
//
//go:norace
//go:nocheckptr
//go:noinline
func fork(c *child) (pid uintptr, e syscall.Errno) {
	beforeFork()
	pid, _, e = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		afterFork()
		return pid, e
	}
	afterForkInChild()
	first(c)
	pid, _, e = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD)|unix.CLONE_PARENT, 0, 0, 0, 0, 0)
	if e != 0 {
		fail(c, stepClone, e)
	}
	if pid != 0 {
		tell(c, tellPID, uint64(pid))
		exit()
	}
	second(c)
	return 0, 0
}

//go:norace
//go:nocheckptr
//go:nosplit
func first(c *child) {
	var e syscall.Errno
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
	raw(unix.SYS_CLOSE, c.goW, 0, 0)
	if e = waitByte(c, c.goR); e != 0 {
		fail(c, stepWait, e)
	}
	// A keyring of the caller's session would go along and could be read inside. Where it cannot be replaced there
	// are no keyrings, or the quota is used up; both are harmless for a keyring that is only possessed.
	raw(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0)
	raw(unix.SYS_UMASK, 0o022, 0, 0)
	defaultSignals(c)
	if c.label != nil {
		setLabel(c)
	}
	if c.flags != 0 {
		if e = raw(unix.SYS_SETNS, c.pidfd, c.flags, 0); e != 0 {
			fail(c, stepSetns, e)
		}
	}
	if c.probe {
		exit()
	}
	if c.rootfd != none {
		if e = raw(unix.SYS_FCHDIR, c.rootfd, 0, 0); e == 0 {
			e = raw(unix.SYS_CHROOT, uintptr(unsafe.Pointer(&c.dot)), 0, 0)
		}
		if e != 0 {
			fail(c, stepRoot, e)
		}
	}
	enterDir(c)
	if !c.freshProc {
		become(c)
	}
	closeRest(c)
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
}

// enterDir goes to the working directory, and makes sure that it is below the root: a directory outside is a way out.
//
//go:norace
//go:nocheckptr
//go:nosplit
func enterDir(c *child) {
	var e syscall.Errno
	switch {
	case c.dir != nil:
		e = raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(c.dir)), 0, 0)
	case c.dirfd != none:
		e = raw(unix.SYS_FCHDIR, c.dirfd, 0, 0)
	default:
		return
	}
	if e != 0 {
		fail(c, stepDir, e)
	}
	e = raw(unix.SYS_GETCWD, uintptr(unsafe.Pointer(&c.buf)), uintptr(len(c.buf)), 0)
	if e == 0 && c.buf[0] == '/' {
		return
	}
	if c.dir != nil {
		if e == 0 {
			e = syscall.EXDEV
		}
		fail(c, stepDir, e)
	}
	if e = raw(unix.SYS_CHDIR, uintptr(unsafe.Pointer(&c.slash)), 0, 0); e != 0 {
		fail(c, stepDir, e)
	}
	tell(c, tellDirOutside, 0)
}

//go:norace
//go:nocheckptr
//go:nosplit
func setLabel(c *child) {
	fd, _, e := syscall.RawSyscall6(unix.SYS_OPENAT, uintptr(atFDCWD), uintptr(unsafe.Pointer(c.labelPath)), unix.O_WRONLY|unix.O_CLOEXEC, 0, 0, 0)
	if e == 0 {
		e = raw(unix.SYS_WRITE, fd, uintptr(unsafe.Pointer(c.label)), c.labelLen)
		raw(unix.SYS_CLOSE, fd, 0, 0)
	}
	if e != 0 {
		fail(c, stepLabel, e)
	}
}

// become takes the ids and limits on, in the order in which each step still has the privilege it needs.
//
//go:norace
//go:nocheckptr
//go:nosplit
func become(c *child) {
	var e syscall.Errno
	if c.limit {
		for i := uintptr(0); i <= c.lastCap; i++ {
			if c.bounding>>i&1 != 0 {
				continue
			}
			held, _, _ := syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAPBSET_READ, i, 0, 0, 0, 0)
			if held != 1 {
				continue
			}
			if e = raw(unix.SYS_PRCTL, unix.PR_CAPBSET_DROP, i, 0); e != 0 {
				fail(c, stepBounding, e)
			}
		}
		raw(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0)
	}
	if c.setgrps {
		if e = raw(unix.SYS_SETGROUPS, c.ngroups, uintptr(unsafe.Pointer(c.groups)), 0); e != 0 {
			fail(c, stepGroups, e)
		}
	}
	if c.creds {
		if e = raw(unix.SYS_SETRESGID, c.gid, c.gid, c.gid); e != 0 {
			fail(c, stepGID, e)
		}
		if e = raw(unix.SYS_SETRESUID, c.uid, c.uid, c.uid); e != 0 {
			fail(c, stepUID, e)
		}
	}
	if c.limit {
		setCaps(c)
	}
	if c.nnp {
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0); e != 0 {
			fail(c, stepNoNewPrivs, e)
		}
	}
}

// setCaps leaves of our capabilities those that the target has.
//
// Source: capget(2), capabilities(7).
//
//go:norace
//go:nocheckptr
//go:nosplit
func setCaps(c *child) {
	c.capHdr[0], c.capHdr[1] = unix.LINUX_CAPABILITY_VERSION_3, 0
	e := raw(unix.SYS_CAPGET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0)
	if e != 0 {
		fail(c, stepCaps, e)
	}
	// caps is effective, permitted, inheritable for capabilities 0 to 31, then the same for the rest.
	have := uint64(c.caps[1]) | uint64(c.caps[4])<<32
	prm := have & c.prm
	inh := have & c.inh
	c.caps[0], c.caps[1], c.caps[2] = uint32(prm), uint32(prm), uint32(inh)
	c.caps[3], c.caps[4], c.caps[5] = uint32(prm>>32), uint32(prm>>32), uint32(inh>>32)
	if e = raw(unix.SYS_CAPSET, uintptr(unsafe.Pointer(&c.capHdr)), uintptr(unsafe.Pointer(&c.caps)), 0); e != 0 {
		fail(c, stepCaps, e)
	}
	_, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0, 0)
	if e != 0 && e != syscall.EINVAL { // EINVAL: before Linux 4.3, nothing to clear
		fail(c, stepCaps, e)
	}
	ambient := c.ambient & prm & inh
	for i := uintptr(0); i <= c.lastCap; i++ {
		if ambient>>i&1 == 0 {
			continue
		}
		if _, _, e = syscall.RawSyscall6(unix.SYS_PRCTL, unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_RAISE, i, 0, 0, 0); e != 0 {
			fail(c, stepCaps, e)
		}
	}
}

// closeRest closes every descriptor above 2 but those in keep, which close themselves at execve.
//
// Source: close_range(2).
//
//go:norace
//go:nocheckptr
//go:nosplit
func closeRest(c *child) {
	from := uintptr(3)
	for i := 0; i < len(c.keep); i++ {
		k := c.keep[i]
		if k == none {
			continue
		}
		if from < k {
			if e := raw(unix.SYS_CLOSE_RANGE, from, k-1, 0); e != 0 {
				fail(c, stepClose, e)
			}
		}
		from = k + 1
	}
	if e := raw(unix.SYS_CLOSE_RANGE, from, 0xffffffff, 0); e != 0 {
		fail(c, stepClose, e)
	}
}

// defaultSignals undoes what the caller ignores (nohup) or blocks.
//
//go:norace
//go:nocheckptr
//go:nosplit
func defaultSignals(c *child) {
	for s := uintptr(1); s <= 64; s++ {
		raw6(unix.SYS_RT_SIGACTION, s, uintptr(unsafe.Pointer(&c.sigact)), 0, 8)
	}
	raw6(unix.SYS_RT_SIGPROCMASK, unix.SIG_SETMASK, uintptr(unsafe.Pointer(&c.sigact)), 0, 8)
}

// second runs in the target's pid namespace, where the target may see it.
//
//go:norace
//go:nocheckptr
//go:nosplit
func second(c *child) {
	var e syscall.Errno
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
	if c.freshProc {
		mountProc(c)
		become(c)
	}
	raw(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGHUP), 0)
	// A session of its own, so that /dev/tty is not the caller's terminal.
	if e = raw(unix.SYS_SETSID, 0, 0, 0); e != 0 {
		fail(c, stepSession, e)
	}
	if c.tty {
		if e = raw(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 0); e != 0 {
			fail(c, stepTTY, e)
		}
	}
	if c.pauseR != none {
		waitByte(c, c.pauseR)
	}
	e = syscall.ENOENT
	for i := 0; i < c.nprog && i < maxPrograms; i++ {
		tell(c, tellTry, uint64(i))
		var now syscall.Errno
		if c.programs[i].fd != none {
			now = raw6x(unix.SYS_EXECVEAT, c.programs[i].fd, uintptr(unsafe.Pointer(&c.empty)), uintptr(unsafe.Pointer(c.programs[i].argv)), uintptr(unsafe.Pointer(c.envv)), unix.AT_EMPTY_PATH)
		} else {
			now = raw(unix.SYS_EXECVE, uintptr(unsafe.Pointer(c.programs[i].path)), uintptr(unsafe.Pointer(c.programs[i].argv)), uintptr(unsafe.Pointer(c.envv)))
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR {
			e = now // a program that is there but does not run is the better message
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR && now != syscall.EACCES && now != syscall.ENOEXEC && now != syscall.ELOOP {
			break
		}
	}
	fail(c, stepExec, e)
}

// mountProc makes the mounts private to this process and puts a /proc of the joined pid namespace over the host's.
//
//go:norace
//go:nocheckptr
//go:nosplit
func mountProc(c *child) {
	e := raw(unix.SYS_UNSHARE, unix.CLONE_NEWNS, 0, 0)
	if e == 0 {
		e = raw6x(unix.SYS_MOUNT, uintptr(unsafe.Pointer(&c.empty)), uintptr(unsafe.Pointer(&c.slash)), 0, unix.MS_REC|unix.MS_PRIVATE, 0)
	}
	if e == 0 {
		e = raw6x(unix.SYS_MOUNT, uintptr(unsafe.Pointer(&c.procFS)), uintptr(unsafe.Pointer(&c.procDir)), uintptr(unsafe.Pointer(&c.procFS)), unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, 0)
	}
	if e != 0 {
		fail(c, stepProc, e)
	}
}

// waitByte waits until a byte comes. Without one, because whoever was to send it has ended, the child ends too.
//
//go:norace
//go:nocheckptr
//go:nosplit
func waitByte(c *child, fd uintptr) syscall.Errno {
	for {
		n, _, e := syscall.RawSyscall(unix.SYS_READ, fd, uintptr(unsafe.Pointer(&c.buf)), 1)
		switch {
		case e == syscall.EINTR:
		case e != 0:
			return e
		case n == 0:
			exit()
		default:
			return 0
		}
	}
}

//go:norace
//go:nocheckptr
//go:nosplit
func tell(c *child, s step, number uint64) {
	c.rec.Step, c.rec.Number = s, number
	raw(unix.SYS_WRITE, c.reportW, uintptr(unsafe.Pointer(&c.rec)), uintptr(reportSize))
}

//go:norace
//go:nosplit
func fail(c *child, s step, e syscall.Errno) {
	tell(c, s, uint64(e))
	exit()
}

//go:norace
//go:nosplit
func exit() {
	for {
		raw(unix.SYS_EXIT_GROUP, 125, 0, 0)
	}
}

//go:norace
//go:nosplit
func raw(trap, a1, a2, a3 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall(trap, a1, a2, a3)
	return e
}

//go:norace
//go:nosplit
func raw6(trap, a1, a2, a3, a4 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(trap, a1, a2, a3, a4, 0, 0)
	return e
}

//go:norace
//go:nosplit
func raw6x(trap, a1, a2, a3, a4, a5 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall6(trap, a1, a2, a3, a4, a5, 0)
	return e
}

// atFDCWD is AT_FDCWD as a register holds it.
const atFDCWD = ^uintptr(99)

// newChild returns a child that joins and changes nothing yet.
func newChild() *child {
	c := &child{
		goR: none, reportW: none, pauseR: none, pidfd: none, rootfd: none, dirfd: none,
		keep: [3]uintptr{none, none, none}, lastCap: unix.CAP_LAST_CAP,
		dot: [2]byte{'.'}, slash: [2]byte{'/'},
	}
	copy(c.procDir[:], "/proc\x00")
	copy(c.procFS[:], "proc\x00")
	return c
}
