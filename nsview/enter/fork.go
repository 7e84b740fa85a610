package enter

import (
	"syscall"
	"unsafe"

	"bones/nsview/enter/environment"
	"bones/procwalk"

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

// step says how far a child came. It is told with a number: an errno if the step failed.
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
	tellSecond     // the pidfd of the second child comes along
	tellTry        // the number is the index of the program tried next
)

// report is one record of a child. Records are far below PIPE_BUF, so they are never torn.
//
// The first child, whom nobody inside can see, sends them over a socket of its own, where the kernel says who sent
// what. The second one has a pipe: whoever may trace it inside can write to that, so nothing that comes from there
// names a process.
type report struct {
	Step   step
	Number uint64
}

const reportSize = int(unsafe.Sizeof(report{}))

// none stands for a descriptor that is not there.
const none = ^uintptr(0)

// maxPrograms is how many things may be tried: what a name in PATH can be, and what is lent.
const maxPrograms = environment.MaxPrograms + 2

// maxSpaces is how many namespaces are joined one by one.
const maxSpaces = int(procwalk.NSTypes)

// program is one thing that may be executed: a path, or with fd a file that has none.
type program struct {
	path *byte
	fd   uintptr
	argv **byte
}

// space is an open namespace, and the CLONE_NEW* of its type.
type space struct{ fd, flag uintptr }

// child is all that the child needs, made before it is. Its pointers are never written by the child.
type child struct {
	goR     uintptr // one byte comes when the cgroups are joined
	goW     uintptr // its other end, closed so that the child notices the parent's end
	socket  uintptr // what the first child tells
	reportW uintptr // what the second child tells
	pauseR  uintptr // tests only: the second child waits for a byte before it executes anything

	labelPath, label *byte // the LSM's label for the program, or nil
	labelLen         uintptr

	pidfd, flags uintptr          // what to join at once
	spaces       [maxSpaces]space // what to join one by one
	nspaces      int
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
	keep     [4]uintptr // descriptors above 2 that stay open until execve, in order; none if unused
	programs [maxPrograms]program
	nprog    int
	envv     **byte

	// The rest is written by the child.
	tellTo  uintptr // socket or reportW
	rec     report
	second  int32 // the pidfd of the second child
	handing unix.Msghdr
	iov     unix.Iovec
	rights  struct { // as handing.Control wants it: 4 bytes behind the header, and up to the next word
		header unix.Cmsghdr
		fd     int32
		_      int32
	}
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
	pid, _, e = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD)|unix.CLONE_PARENT|unix.CLONE_PIDFD, 0,
		uintptr(unsafe.Pointer(&c.second)), 0, 0, 0)
	if e != 0 {
		fail(c, stepClone, e)
	}
	if pid != 0 {
		handOver(c)
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
	c.tellTo = c.socket
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
	joinEach(c)
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

// second runs in the target's pid namespace, where the target may see it.
//
//go:norace
//go:nocheckptr
//go:nosplit
func second(c *child) {
	var e syscall.Errno
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
	raw(unix.SYS_CLOSE, c.socket, 0, 0)
	c.tellTo = c.reportW
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
			now = raw6x(unix.SYS_EXECVEAT, c.programs[i].fd, uintptr(unsafe.Pointer(&c.empty)),
				uintptr(unsafe.Pointer(c.programs[i].argv)), uintptr(unsafe.Pointer(c.envv)), unix.AT_EMPTY_PATH)
		} else {
			now = raw(unix.SYS_EXECVE, uintptr(unsafe.Pointer(c.programs[i].path)),
				uintptr(unsafe.Pointer(c.programs[i].argv)), uintptr(unsafe.Pointer(c.envv)))
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR {
			e = now // a program that is there but does not run is the better message
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR && now != syscall.EACCES && now != syscall.ENOEXEC &&
			now != syscall.ELOOP {
			break
		}
	}
	fail(c, stepExec, e)
}

// newChild returns a child that joins and changes nothing yet.
func newChild() *child {
	c := &child{
		goR: none, socket: none, reportW: none, pauseR: none, pidfd: none, rootfd: none, dirfd: none,
		keep: [4]uintptr{none, none, none, none}, lastCap: unix.CAP_LAST_CAP,
		dot: [2]byte{'.'}, slash: [2]byte{'/'},
	}
	copy(c.procDir[:], "/proc\x00")
	copy(c.procFS[:], "proc\x00")
	c.iov.Base = (*byte)(unsafe.Pointer(&c.rec))
	c.iov.SetLen(reportSize)
	c.rights.header.Level, c.rights.header.Type = unix.SOL_SOCKET, unix.SCM_RIGHTS
	c.rights.header.SetLen(unix.CmsgLen(4))
	c.handing.Iov, c.handing.Iovlen = &c.iov, 1
	c.handing.Control = (*byte)(unsafe.Pointer(&c.rights))
	c.handing.SetControllen(unix.CmsgSpace(4))
	return c
}
