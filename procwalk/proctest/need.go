package proctest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"bones/procwalk/mountinfo"

	"golang.org/x/sys/unix"
)

// Resource is something of the kernel's that a test cannot do without.
type Resource int

const (
	// Root is the user root.
	Root Resource = iota
	// Namespaces are new namespaces of every type, as root of this user namespace makes them.
	Namespaces
	// Mounts are a mount namespace that is cut off from ours, and file systems mounted in it.
	Mounts
	// UserNamespaces are new user namespaces with an ID map.
	UserNamespaces
	// CgroupFiles are control groups that can be looked at, in some hierarchy that is mounted.
	CgroupFiles
	// Cgroups are new control groups in some hierarchy that is mounted.
	Cgroups
	// PTYs are new pseudo terminals.
	PTYs
	// Users are processes and files of any other user. Root of a user namespace has none but those of its ID map, which
	// may be one: `unshare -Ur`, a container without root.
	Users
	// Priorities are nice values lower than before, as root has them outside of containers.
	Priorities
	// NiceValues are all nice values from 0 upwards. In `nice make test` somebody who is not root has only those that
	// are above that of the tests.
	NiceValues
	// Loopback is a network of this machine's own: in a new network namespace the interface lo is down.
	Loopback
)

// probes finds out by trying, once: what a container or a chroot allows cannot be told from the user ID. Each says why
// it cannot be had.
var probes = map[Resource]func() error{
	Root: sync.OnceValue(func() error {
		if os.Geteuid() != 0 {
			return errors.New("it needs root")
		}
		return nil
	}),
	Namespaces: sync.OnceValue(func() error {
		return tryClone(unix.CLONE_NEWNS|unix.CLONE_NEWPID|unix.CLONE_NEWUTS|unix.CLONE_NEWIPC|
			unix.CLONE_NEWNET|unix.CLONE_NEWCGROUP, nil)
	}),
	Mounts: sync.OnceValue(tryMount),
	UserNamespaces: sync.OnceValue(func() error {
		// First without an ID map: where the kernel refuses the process, as in a chroot, package syscall does not close
		// the pipe that it has made for the map.
		if err := tryClone(unix.CLONE_NEWUSER, nil); err != nil {
			return err
		}
		return tryClone(unix.CLONE_NEWUSER, []syscall.SysProcIDMap{{HostID: os.Geteuid(), Size: 1}})
	}),
	CgroupFiles: sync.OnceValue(func() error {
		points, err := cgroupMounts()
		if err == nil && len(points) == 0 {
			err = errNoCgroups
		}
		return err
	}),
	Cgroups:    sync.OnceValue(tryGroup),
	PTYs:       sync.OnceValue(tryPTY),
	Users:      sync.OnceValue(tryUsers),
	Priorities: sync.OnceValue(tryPriority),
	NiceValues: sync.OnceValue(tryNiceValues),
	Loopback:   sync.OnceValue(tryLoopback),
}

// Need skips a test, with the reason, where one of these cannot be had. With CI=true that is a failure: there
// everything is to be tried.
func Need(tb testing.TB, all ...Resource) {
	tb.Helper()
	for _, r := range all {
		if err := probes[r](); err != nil {
			Missing(tb, "%v", err)
		}
	}
}

// Lacks says why something cannot be had here, nil if it can: for tests of which only a part needs it.
func Lacks(r Resource) error { return probes[r]() }

// NeedPrograms is Need for programs that must be installed.
func NeedPrograms(tb testing.TB, names ...string) {
	tb.Helper()
	checkTier(tb, names)
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			Missing(tb, "this needs the program %s; testdata/test.sh knows the package that has it", name)
		}
	}
}

// Missing skips a test because this machine lacks something. With CI=true it is a failure.
func Missing(tb testing.TB, format string, args ...any) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("with CI=true nothing may be missing: "+format, args...)
	}
	tb.Skipf(format, args...)
}

func tryClone(flags uintptr, ids []syscall.SysProcIDMap) error {
	program, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	c := exec.Command(program)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, UidMappings: ids}
	if err := c.Run(); err != nil {
		return fmt.Errorf("new namespaces cannot be made here: %w", err)
	}
	return nil
}

// tryPriority takes a process of ours down and up again. What counts is the capability in the first user namespace,
// which no list of ours tells.
func tryPriority() error {
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		return err
	}
	defer c.Wait()
	defer c.Process.Kill()
	for _, nice := range []int{1, 0} {
		if err := unix.Setpriority(unix.PRIO_PROCESS, c.Process.Pid, nice); err != nil {
			return fmt.Errorf("nice values cannot be lowered here: %w", err)
		}
	}
	return nil
}

func tryNiceValues() error {
	raw, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return err
	}
	value := 20 - raw // the system call itself has no negative results
	if value <= 0 || tryPriority() == nil {
		return nil
	}
	return fmt.Errorf("the tests run with the nice value %d, and lower ones cannot be had here", value)
}

func tryLoopback() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("no port of 127.0.0.1 can be had here: %w", err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		return fmt.Errorf("nobody is reached at 127.0.0.1 here: %w", err)
	}
	return c.Close()
}

// tryUsers starts a program as another user, whose ID and groups are far beyond those that a container without root is
// given.
func tryUsers() error {
	program, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	const far = 3_000_000_000
	c := exec.Command(program)
	c.Dir = "/" // which everybody may enter
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: far, Gid: far}}
	err = c.Run()
	// Until it runs its program, the child shares our memory; with its change of user the kernel took from that what
	// lets our other children look at us.
	err = errors.Join(err, unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0))
	if err != nil {
		return fmt.Errorf("there are no other users to be had here: %w", err)
	}
	return nil
}

// tryMount lets a program start in a mount namespace that is cut off from ours, which is a change of the mount at /.
// It is another process: a thread of ours that has been elsewhere could not come back.
func tryMount() error {
	program, err := exec.LookPath("true")
	if err != nil {
		return err
	}
	c := exec.Command(program)
	c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
	switch err := c.Run(); {
	case errors.Is(err, unix.EINVAL):
		return fmt.Errorf("nothing can be mounted here: / is not a mount point, as in a chroot: %w", err)
	case err != nil:
		return fmt.Errorf("nothing can be mounted here: %w", err)
	}
	return nil
}

var errNoCgroups = errors.New("no cgroup file system is mounted")

// cgroupMounts finds where hierarchies are mounted.
func cgroupMounts() (points []string, err error) {
	b, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	for m, lineErr := range mountinfo.Lines(b) {
		var fs unix.Statfs_t
		if lineErr == nil && unix.Statfs(m.Point.Raw(), &fs) == nil && (fs.Type == unix.CGROUP_SUPER_MAGIC ||
			fs.Type == unix.CGROUP2_SUPER_MAGIC) {
			points = append(points, m.Point.Raw())
		}
	}
	return points, nil
}

func tryGroup() error {
	points, err := cgroupMounts()
	if err == nil {
		err = errNoCgroups
	}
	for _, point := range points {
		dir := filepath.Join(point, fmt.Sprintf("bones-probe-%d", os.Getpid()))
		if err = os.Mkdir(dir, 0o755); err == nil {
			return os.Remove(dir)
		}
	}
	return fmt.Errorf("control groups cannot be made here: %w", err)
}

func tryPTY() error {
	main, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(main)
		err = unix.IoctlSetPointerInt(main, unix.TIOCSPTLCK, 0)
	}
	n := 0
	if err == nil {
		n, err = unix.IoctlGetInt(main, unix.TIOCGPTN)
	}
	if err == nil {
		var tty int
		if tty, err = unix.Open(fmt.Sprintf("/dev/pts/%d", n), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0); err == nil {
			unix.Close(tty)
		}
	}
	if err != nil {
		return fmt.Errorf("no pseudo terminals can be had here: %w", err)
	}
	return nil
}
