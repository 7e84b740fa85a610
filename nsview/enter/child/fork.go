// Package child is what happens between bones and a program inside: the two processes that join the namespaces and
// become the user. Nothing of the Go runtime works in them.
package child

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

// Stage says how far a child came. It is told with a number: an errno if the step failed.
type Stage uint64

// What a child can be at, in order.
const (
	StepNone Stage = iota
	StepWait
	StepLabel
	StepSetns
	StepRoot
	StepDir
	StepGroups
	StepGID
	StepUID
	StepBounding
	StepCaps
	StepNoNewPrivs
	StepClose
	StepClone
	StepSession
	StepTTY
	StepProc
	StepExec
	// These report something other than a failure.
	TellDirOutside // the target's working directory is not below its root
	TellSecond     // the pidfd of the second child comes along
	TellTry        // the number is the index of the program tried next
)

// Report is one record of a child. Records are far below PIPE_BUF, so they are never torn.
//
// The first child, whom nobody inside can see, sends them over a socket of its own, where the kernel says who sent
// what. The second one has a pipe: whoever may trace it inside can write to that, so nothing that comes from there
// names a process.
type Report struct {
	Step   Stage
	Number uint64
}

// ReportSize is the length of a record, in bytes.
const ReportSize = int(unsafe.Sizeof(Report{}))

// None stands for a descriptor that is not there.
const None = ^uintptr(0)

// MaxPrograms is how many things may be tried: what a name in PATH can be, and what is lent.
const MaxPrograms = environment.MaxPrograms + 2

// MaxSpaces is how many namespaces are joined one by one.
const MaxSpaces = int(procwalk.NSTypes)

// Program is one thing that may be executed: a path, or with FD a file that has none.
type Program struct {
	Path *byte
	FD   uintptr
	Argv **byte
}

// OpenNamespace is an open namespace, and the CLONE_NEW* of its type.
type OpenNamespace struct{ FD, Flag uintptr }

// Child is all that the child needs, made before it is. Its pointers are never written by the child.
type Child struct {
	GoR     uintptr // one byte comes when the cgroups are joined
	GoW     uintptr // its other end, closed so that the child notices the parent's end
	Socket  uintptr // what the first child tells
	ReportW uintptr // what the second child tells
	PauseR  uintptr // tests only: the second child waits for a byte before it executes anything

	LabelPath, Label *byte // the LSM's label for the program, or nil
	LabelLen         uintptr

	PIDFD, Flags uintptr                  // what to join at once
	Spaces       [MaxSpaces]OpenNamespace // what to join one by one
	NSpaces      int
	Root         uintptr // directory that becomes the root, or None
	DirFD        uintptr // directory to work in, or None
	Dir          *byte   // path to work in, looked up below the new root, or nil
	Probe        bool    // only try to join
	FreshProc    bool    // private mounts with a /proc of the joined pid namespace

	SetIDs                 bool // whether to change ids at all
	Groups                 *uint32
	NGroups                uintptr
	SetGroups              bool
	UID, GID               uintptr
	Limit                  bool // as the container: capabilities, no_new_privs
	Bounding               uint64
	Permitted, Inheritable uint64
	Ambient                uint64
	NoNewPrivs             bool
	LastCap                uintptr

	TTY       bool
	Keep      [4]uintptr // descriptors above 2 that stay open until execve, in order; None if unused
	Programs  [MaxPrograms]Program
	NPrograms int
	Env       **byte

	// The rest is written by the child.
	tellTo  uintptr // socket or reportW
	rec     Report
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

// Fork clones the calling process. In the parent it returns the child's PID; in the child it does not return. The
// calling thread must be locked: the child is told when it ends.
//
// The first child joins everything and takes the target's credentials on. It is in our pid namespace still, so that
// nobody inside can see it. Only the second one, its sibling (CLONE_PARENT), is born in the target's pid namespace; by
// then nothing is left to do but to make a session and to execute the program.
//
//go:norace
//go:nocheckptr
//go:noinline
func Fork(c *Child) (pid uintptr, e syscall.Errno) {
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
		fail(c, StepClone, e)
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
func first(c *Child) {
	var e syscall.Errno
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
	raw(unix.SYS_CLOSE, c.GoW, 0, 0)
	c.tellTo = c.Socket
	if e = waitByte(c, c.GoR); e != 0 {
		fail(c, StepWait, e)
	}
	// A keyring of the caller's session would go along and could be read inside. Where it cannot be replaced there
	// are no keyrings, or the quota is used up; both are harmless for a keyring that is only possessed.
	raw(unix.SYS_KEYCTL, unix.KEYCTL_JOIN_SESSION_KEYRING, 0, 0)
	raw(unix.SYS_UMASK, 0o022, 0, 0)
	defaultSignals(c)
	if c.Label != nil {
		setLabel(c)
	}
	if c.Flags != 0 {
		if e = raw(unix.SYS_SETNS, c.PIDFD, c.Flags, 0); e != 0 {
			fail(c, StepSetns, e)
		}
	}
	joinEach(c)
	if c.Probe {
		exit()
	}
	if c.Root != None {
		if e = raw(unix.SYS_FCHDIR, c.Root, 0, 0); e == 0 {
			e = raw(unix.SYS_CHROOT, uintptr(unsafe.Pointer(&c.dot)), 0, 0)
		}
		if e != 0 {
			fail(c, StepRoot, e)
		}
	}
	enterDir(c)
	if !c.FreshProc {
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
func second(c *Child) {
	var e syscall.Errno
	raw(unix.SYS_PRCTL, unix.PR_SET_DUMPABLE, 0, 0)
	raw(unix.SYS_CLOSE, c.Socket, 0, 0)
	c.tellTo = c.ReportW
	if c.FreshProc {
		mountProc(c)
		become(c)
	}
	raw(unix.SYS_PRCTL, unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGHUP), 0)
	// A session of its own, so that /dev/tty is not the caller's terminal.
	if e = raw(unix.SYS_SETSID, 0, 0, 0); e != 0 {
		fail(c, StepSession, e)
	}
	if c.TTY {
		if e = raw(unix.SYS_IOCTL, 0, unix.TIOCSCTTY, 0); e != 0 {
			fail(c, StepTTY, e)
		}
	}
	if c.PauseR != None {
		waitByte(c, c.PauseR)
	}
	e = syscall.ENOENT
	for i := 0; i < c.NPrograms && i < MaxPrograms; i++ {
		tell(c, TellTry, uint64(i))
		var now syscall.Errno
		if c.Programs[i].FD != None {
			now = raw6x(unix.SYS_EXECVEAT, c.Programs[i].FD, uintptr(unsafe.Pointer(&c.empty)),
				uintptr(unsafe.Pointer(c.Programs[i].Argv)), uintptr(unsafe.Pointer(c.Env)), unix.AT_EMPTY_PATH)
		} else {
			now = raw(unix.SYS_EXECVE, uintptr(unsafe.Pointer(c.Programs[i].Path)),
				uintptr(unsafe.Pointer(c.Programs[i].Argv)), uintptr(unsafe.Pointer(c.Env)))
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR {
			e = now // a program that is there but does not run is the better message
		}
		if now != syscall.ENOENT && now != syscall.ENOTDIR && now != syscall.EACCES && now != syscall.ENOEXEC &&
			now != syscall.ELOOP {
			break
		}
	}
	fail(c, StepExec, e)
}

// New returns a child that joins and changes nothing yet.
func New() *Child {
	c := &Child{
		GoR: None, Socket: None, ReportW: None, PauseR: None, PIDFD: None, Root: None, DirFD: None,
		Keep: [4]uintptr{None, None, None, None}, LastCap: unix.CAP_LAST_CAP,
		dot: [2]byte{'.'}, slash: [2]byte{'/'},
	}
	copy(c.procDir[:], "/proc\x00")
	copy(c.procFS[:], "proc\x00")
	c.iov.Base = (*byte)(unsafe.Pointer(&c.rec))
	c.iov.SetLen(ReportSize)
	c.rights.header.Level, c.rights.header.Type = unix.SOL_SOCKET, unix.SCM_RIGHTS
	c.rights.header.SetLen(unix.CmsgLen(4))
	c.handing.Iov, c.handing.Iovlen = &c.iov, 1
	c.handing.Control = (*byte)(unsafe.Pointer(&c.rights))
	c.handing.SetControllen(unix.CmsgSpace(4))
	return c
}
