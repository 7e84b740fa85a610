package unshare

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"bones/procwalk/capability"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// stage is what StageCommand starts: a process that is in the new user and pid namespace already, makes the
// rest on its own thread and becomes the program, with that thread's namespaces and credentials. It returns only
// when that failed; the reason has gone to the parent by then.
func stage(args []string) int {
	runtime.LockOSThread() // never unlocked: what is unshared is this thread's
	if unix.Gettid() != unix.Getpid() {
		return exitOurs // whoever started us looks for the namespaces at the first thread
	}
	debug.SetGCPercent(-1)
	if len(args) != 2 {
		return exitOurs
	}
	var fds [2]int
	for i, a := range args {
		n, err := parseDecimal(a)
		if err != nil || n < 3 || n > 1<<20 {
			return exitOurs
		}
		fds[i] = int(n)
		unix.CloseOnExec(fds[i])
	}
	orders, reports := os.NewFile(uintptr(fds[0]), "orders"), os.NewFile(uintptr(fds[1]), "reports")
	warmThreads()
	var s *StatusError
	send := reexec.NewEncoder(reports)
	if err := follow(reexec.NewDecoder(orders), send, fds[0]); !errors.As(err, &s) {
		s = &StatusError{Status: exitOurs, Err: err}
	}
	send.Encode(report{Failed: vocabulary.Pack(s), Status: s.Status})
	return s.Status
}

// warmThreads makes the threads that the runtime may want before the exec. A cgroup with a low pids limit, or a
// thread that has unshared its pid namespace, gives no more of them.
func warmThreads() {
	var p [2]int
	if unix.Pipe2(p[:], unix.O_CLOEXEC) != nil {
		return
	}
	const threads = 6
	ready := make(chan struct{})
	for range threads {
		crash.Go(func() {
			ready <- struct{}{}
			unix.Read(p[0], make([]byte, 1))
			ready <- struct{}{}
		})
	}
	for range threads {
		<-ready
	}
	unix.Close(p[1])
	for range threads {
		<-ready
	}
	unix.Close(p[0])
}

func follow(orders *reexec.Decoder, reports *reexec.Encoder, lifeline int) error {
	if err := reports.Encode(report{}); err != nil {
		return err
	}
	var o order
	if err := orders.Decode(&o); err != nil {
		return fmt.Errorf("reading what bones, the parent, asks for: %w", err)
	}
	if err := o.unshare(); err != nil {
		return err
	}
	if o.Wait {
		if err := reports.Encode(report{Unshared: true}); err != nil {
			return err
		}
		if err := orders.Decode(new(order)); err != nil {
			return fmt.Errorf("bones, the parent, has ended: %w", err)
		}
	}
	if err := o.mounts(); err != nil {
		return err
	}
	if err := o.become(lifeline); err != nil {
		return err
	}
	if o.OnlyStdio {
		closeOnExec()
	}
	return o.exec()
}

// unshare makes what is left to make, and sets the clocks and the host name in it.
func (o order) unshare() error {
	if o.Unshare&Time != 0 {
		if err := timeNeedsExec(); err != nil {
			return err
		}
	}
	// One by one for an error that names the type. A failed stage ends, so nothing is half done.
	for _, t := range Types() {
		if o.Unshare&t.Bit == 0 {
			continue
		}
		if err := unix.Unshare(int(t.Bit)); err != nil {
			policy := ""
			if o.User {
				policy = "a security policy forbids it in a user namespace"
			}
			return unmade(t.Flag, err, policy)
		}
	}
	for _, c := range []struct {
		clock  string
		offset *int64
	}{{"monotonic", o.Monotonic}, {"boottime", o.Boottime}} {
		if c.offset == nil {
			continue
		}
		if err := writeOnce("/proc/self/timens_offsets", fmt.Sprintf("%s %d 0", c.clock, *c.offset)); err != nil {
			return fmt.Errorf("setting the %s clock: %w", c.clock, err)
		}
	}
	if len(o.Hostname) > 0 {
		if err := unix.Sethostname([]byte(o.Hostname)); err != nil {
			return fmt.Errorf("setting the host name: %w", err)
		}
	}
	return nil
}

// timeNeedsExec refuses kernels on which only a fork, not an exec, moves a process into its new time namespace: a
// program that we became there would have the old clocks, and could start no thread.
//
// Source: Linux commit 2b5f9dad32ed ("fs/exec: switch timens when a task gets a new mm"), in 6.2.
func timeNeedsExec() error {
	var u unix.Utsname
	if err := unix.Uname(&u); err != nil {
		return err
	}
	return execMoves(unix.ByteSliceToString(u.Release[:]))
}

// execMoves is timeNeedsExec for a kernel's release.
func execMoves(release string) error {
	var major, minor int
	if n, _ := fmt.Sscanf(release, "%d.%d", &major, &minor); n == 2 && (major < 6 || major == 6 && minor < 2) {
		return &fault.Error{Kind: fault.Unsupported, What: "making a time namespace",
			Why:  fmt.Sprintf("Linux %d.%d does not move a program into it that is executed", major, minor),
			Hint: "needs Linux 6.2; unshare of util-linux does without"}
	}
	return nil
}

// mounts sets the propagation, the root and working directory, and mounts proc, in the order of unshare(1).
func (o order) mounts() error {
	propagation := map[string]uintptr{"": unix.MS_PRIVATE, "private": unix.MS_PRIVATE, "shared": unix.MS_SHARED,
		"slave": unix.MS_SLAVE}[o.Propagation]
	if o.Unshare&Mount != 0 && propagation != 0 {
		if err := unix.Mount("none", "/", "", unix.MS_REC|propagation, ""); err != nil {
			return fmt.Errorf("making the mounts %s: %w", cmp.Or(o.Propagation, "private"), reexec.Named(err))
		}
	}
	if len(o.Root) > 0 {
		if err := unix.Chroot(o.Root); err != nil {
			return fmt.Errorf("changing the root: %s: %w", o.Root, reexec.Named(err))
		}
		if err := unix.Chdir("/"); err != nil {
			return fmt.Errorf("changing to the new root: %w", reexec.Named(err))
		}
	}
	if len(o.Dir) > 0 {
		if err := unix.Chdir(o.Dir); err != nil {
			return fmt.Errorf("changing the directory: %s: %w", o.Dir, reexec.Named(err))
		}
	}
	if len(o.MountProc) == 0 {
		return nil
	}
	dir := o.MountProc
	// What is mounted there already must not pass the new mount on. In a new root nothing may be mounted.
	if propagation != unix.MS_PRIVATE || len(o.Root) > 0 {
		if err := unix.Mount("none", dir, "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil && err != unix.EINVAL {
			return fmt.Errorf("making %s private: %w", dir, reexec.Named(err))
		}
	}
	if err := unix.Mount("proc", dir, "proc", unix.MS_NOSUID|unix.MS_NOEXEC|unix.MS_NODEV, ""); err != nil {
		hint := ""
		if err == unix.EPERM {
			hint = "; without --pid, or where parts of /proc are covered as in a container, the kernel forbids it in a user " +
				"namespace"
		}
		return fmt.Errorf("mounting proc on %s: %w%s", dir, reexec.Named(err), hint)
	}
	return nil
}

// become sets ids, capabilities and the signal that follows the parent's end, which setting ids would clear.
func (o order) become(lifeline int) error {
	if o.User && !o.KeepCaps {
		if err := dropInheritable(); err != nil {
			return fmt.Errorf("giving up inheritable capabilities: %w", reexec.Named(err))
		}
	}
	// On this thread alone: it is the one that execs. The wrappers would tell all threads.
	if o.GID != nil {
		if _, _, e := syscall.RawSyscall(unix.SYS_SETGROUPS, 0, 0, 0); e != 0 {
			return fmt.Errorf("dropping the supplementary groups: %w", reexec.Named(e))
		}
		if _, _, e := syscall.RawSyscall(unix.SYS_SETGID, uintptr(*o.GID), 0, 0); e != 0 {
			return fmt.Errorf("setting the group id: %w", reexec.Named(e))
		}
	}
	if o.UID != nil {
		if _, _, e := syscall.RawSyscall(unix.SYS_SETUID, uintptr(*o.UID), 0, 0); e != 0 {
			return fmt.Errorf("setting the user id: %w", reexec.Named(e))
		}
	}
	if o.KillChild != 0 {
		if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(o.KillChild), 0, 0, 0); err != nil {
			return fmt.Errorf("asking for a signal when the parent ends: %w", reexec.Named(err))
		}
		// The parent holds the other end while we start: gone, it will not be signalled again.
		p := []unix.PollFd{{Fd: int32(lifeline), Events: unix.POLLIN}}
		if n, err := unix.Poll(p, 0); err == nil && n > 0 && p[0].Revents&unix.POLLHUP != 0 {
			return errors.New("bones, the parent, has ended")
		}
	}
	return nil
}

// closeOnExec marks all descriptors but the standard streams. Source: close_range(2); the flag is new in Linux 5.11.
func closeOnExec() {
	if unix.CloseRange(3, 1<<32-1, unix.CLOSE_RANGE_CLOEXEC) == nil {
		return
	}
	for fd := 3; fd < 1<<12; fd++ {
		unix.FcntlInt(uintptr(fd), unix.F_SETFD, unix.FD_CLOEXEC)
	}
}

// dropInheritable empties the inheritable set, and with it the ambient one, by which the stage got its capabilities.
// The program then gets those that its ids give it. Source: capabilities(7).
func dropInheritable() error {
	sets, err := capability.Get()
	if err != nil {
		return err
	}
	sets.Inheritable = 0
	return capability.Set(sets)
}

// exec becomes the program as execvp(3) does: found by PATH, and run by sh where it is text without "#!".
func (o order) exec() error {
	argv := slices.Clone(o.Command)
	name := argv[0]
	if o.Login {
		argv[0] = "-" + filepath.Base(name)
	}
	paths := []string{name}
	if !strings.Contains(name, "/") {
		path, ok := os.LookupEnv("PATH")
		if !ok {
			path = "/bin:/usr/bin"
		}
		paths = nil
		for _, dir := range strings.Split(path, ":") {
			paths = append(paths, filepath.Join(dir, name))
			if dir == "" {
				paths[len(paths)-1] = "./" + name
			}
		}
	}
	if name == "" {
		return &StatusError{exitNotFound, errors.New("the program's name is empty")}
	}
	result := error(unix.ENOENT)
	for _, path := range paths {
		err := syscall.Exec(path, argv, os.Environ())
		if errors.Is(err, unix.ENOEXEC) {
			err = syscall.Exec("/bin/sh", append([]string{"/bin/sh", path}, argv[1:]...), os.Environ())
		}
		if errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) && len(paths) > 1 {
			continue
		}
		result = err
		if !errors.Is(err, unix.EACCES) { // else perhaps another folder has one that may be run
			break
		}
	}
	err := fmt.Errorf("running %s: %w", name, reexec.Named(result))
	if errors.Is(result, unix.ENOENT) {
		return &StatusError{exitNotFound, err}
	}
	return &StatusError{exitNotExecutable, err}
}
