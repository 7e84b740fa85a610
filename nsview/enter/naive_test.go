package enter

import (
	"fmt"
	"os"
	"runtime"
	"syscall"
	"unsafe"

	"bones/nsview"
	"bones/nsview/enter/child"

	"golang.org/x/sys/unix"
)

// naive enters a process as a first attempt would, and as the attacks of attacks_test.go want it: it joins the
// namespaces and executes the program, from the binary on disk, with every descriptor that happens to be open, on the
// caller's terminal and in the caller's directory. If pauseR is not none, the process inside waits for a byte first,
// after telling on readyW that it is there.
func naive(pid int, pauseR, readyW uintptr, argv []string) (syscall.WaitStatus, error) {
	pidfd, err := unix.PidfdOpen(pid, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(pidfd)
	t := &target{root: "/proc"}
	if t.dir, err = unix.Open(fmt.Sprintf("/proc/%d", pid), unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0); err != nil {
		return 0, err
	}
	defer t.close()
	types, err := t.differing(AllTypes())
	if err != nil {
		return 0, err
	}
	flags := 0
	for _, typ := range types {
		flags |= nsview.CloneFlag(typ)
	}
	cwd, err := unix.Open(".", unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, err
	}
	defer unix.Close(cwd)
	env, err := syscall.SlicePtrFromStrings(os.Environ())
	if err != nil {
		return 0, err
	}
	words, err := syscall.SlicePtrFromStrings(argv)
	if err != nil {
		return 0, err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	first, errno := naiveFork(uintptr(pidfd), uintptr(flags), uintptr(cwd), pauseR, readyW, &words[0], &env[0])
	if errno != 0 {
		return 0, errno
	}
	return syscall.WaitStatus(reap(int(first))), nil
}

// What a process that is made so may call: see the package child.

const none = child.None

//go:linkname beforeFork syscall.runtime_BeforeFork
func beforeFork()

//go:linkname afterFork syscall.runtime_AfterFork
func afterFork()

//go:linkname afterForkInChild syscall.runtime_AfterForkInChild
func afterForkInChild()

//go:norace
//go:nosplit
func raw(trap, a1, a2, a3 uintptr) syscall.Errno {
	_, _, e := syscall.RawSyscall(trap, a1, a2, a3)
	return e
}

//go:norace
//go:nosplit
func exit() {
	for {
		raw(unix.SYS_EXIT_GROUP, 125, 0, 0)
	}
}

//go:norace
//go:nocheckptr
//go:noinline
func naiveFork(pidfd, flags, cwd, pauseR, readyW uintptr, argv, envv **byte) (pid uintptr, e syscall.Errno) {
	var buf [1]byte
	var status [1]uint32
	beforeFork()
	pid, _, e = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 || pid != 0 {
		afterFork()
		return pid, e
	}
	afterForkInChild()
	if flags != 0 && raw(unix.SYS_SETNS, pidfd, flags, 0) != 0 {
		exit()
	}
	raw(unix.SYS_FCHDIR, cwd, 0, 0)
	pid, _, e = syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 {
		exit()
	}
	if pid == 0 {
		if pauseR != none {
			raw(unix.SYS_WRITE, readyW, uintptr(unsafe.Pointer(&buf)), 1)
			raw(unix.SYS_READ, pauseR, uintptr(unsafe.Pointer(&buf)), 1)
		}
		raw(unix.SYS_EXECVE, uintptr(unsafe.Pointer(*argv)), uintptr(unsafe.Pointer(argv)), uintptr(unsafe.Pointer(envv)))
		exit()
	}
	syscall.RawSyscall6(unix.SYS_WAIT4, pid, uintptr(unsafe.Pointer(&status)), 0, 0, 0, 0)
	for {
		raw(unix.SYS_EXIT_GROUP, uintptr(status[0]>>8&0xff), 0, 0)
	}
}
