package nsview

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// helperWord starts the test binary as a helper that makes a namespace which is held in some unusual way.
const helperWord = "__nsview-helper"

func init() { proctest.Part(helperWord, func(args []string) error { return help(args[0], args[1:]) }) }

func TestMain(m *testing.M) { leaktest.Main(m) }

// made is what a helper says on its standard output once it is ready.
type made struct {
	TID  int
	FD   int
	Path string
	NS   map[string]uint64
}

// help does its work, reports, and stays until its standard input is closed.
func help(what string, args []string) error {
	m := made{NS: map[string]uint64{}}
	var err error
	switch what {
	case "thread": // a thread stays in namespaces of its own
		ready := make(chan error)
		runtime.LockOSThread() // if we are on the first thread, the next goroutine is not
		go func() {
			runtime.LockOSThread()
			m.TID = unix.Gettid()
			err := unix.Unshare(unix.CLONE_NEWUTS | unix.CLONE_NEWNET | unix.CLONE_NEWTIME)
			if err == nil {
				err = m.links(m.TID, "uts", "net")
			}
			ready <- err
			select {}
		}()
		err = <-ready
	case "fd", "detached", "bind": // in a mount namespace of our own: mounted on a file, and opened through that
		m.Path = args[0]
		err = onThread(unix.CLONE_NEWUTS, func(tid int) error {
			if err := m.links(tid, "uts"); err != nil {
				return err
			}
			if err := unix.Mount(fmt.Sprintf("/proc/self/task/%d/ns/uts", tid), m.Path, "", unix.MS_BIND, ""); err != nil {
				return err
			}
			if what == "bind" {
				return nil
			}
			fd, err := unix.Open(m.Path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
			if err == nil && what == "detached" {
				err = unix.Unmount(m.Path, unix.MNT_DETACH)
			}
			m.FD = fd
			return err
		})
	case "socket": // a socket of a network namespace that its thread has left
		err = onThread(unix.CLONE_NEWNET, func(tid int) error {
			if err := m.links(tid, "net"); err != nil {
				return err
			}
			m.FD, err = unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
			return err
		})
	case "open": // descriptors of the files named
		for _, name := range args {
			if m.FD, err = unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0); err != nil {
				break
			}
		}
	}
	if err != nil {
		return err
	}
	if err := json.NewEncoder(os.Stdout).Encode(m); err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

func (m *made) links(tid int, types ...string) error {
	for _, t := range types {
		link, err := os.Readlink(fmt.Sprintf("/proc/self/task/%d/ns/%s", tid, t))
		if err != nil {
			return err
		}
		k, ok := ParseLink(link)
		if !ok {
			return fmt.Errorf("%q is no link of a namespace", link)
		}
		m.NS[t] = k.Inode
	}
	return nil
}

// onThread runs f on a thread in new namespaces, which has ended when it returns.
func onThread(flags int, f func(tid int) error) error {
	tid, err := onOwnThread(func() (int, error) {
		if err := unix.Unshare(flags); err != nil {
			return 0, err
		}
		return unix.Gettid(), f(unix.Gettid())
	})
	if err != nil {
		return err
	}
	return poll(func() bool {
		_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
		return err != nil
	})
}

func poll(done func() bool) error {
	for deadline := proctest.Deadline(); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return fmt.Errorf("nothing after %v", proctest.Patience)
		}
	}
	return nil
}

// needRoot skips the test, with the reason, where namespaces cannot be made.
func needRoot(t testing.TB) {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
}

// helper starts the test binary as a helper with clone flags of its own, and returns what it made.
func helper(t *testing.T, flags uintptr, what string, args ...string) (*exec.Cmd, made) {
	t.Helper()
	cmd := reexec.Command(append([]string{helperWord, what}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags}
	c := proctest.Start(t, cmd)
	var m made
	if err := json.Unmarshal([]byte(c.Said), &m); err != nil {
		t.Fatal(err)
	}
	return cmd, m
}

// sleeper starts a process that sleeps in new namespaces, and kills its group at the end of the test.
func sleeper(t testing.TB, attr syscall.SysProcAttr, words ...string) *exec.Cmd {
	t.Helper()
	if len(words) == 0 {
		words = []string{"sleep", "1000"}
	}
	if attr.Cloneflags&unix.CLONE_NEWUSER != 0 || slices.Contains(words, "--user") {
		proctest.Need(t, proctest.UserNamespaces) // in a chroot the kernel makes none
	}
	cmd := exec.Command(words[0], words[1:]...)
	attr.Setpgid = true
	cmd.SysProcAttr = &attr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { proctest.Signal(t, -cmd.Process.Pid, unix.SIGKILL); cmd.Wait() })
	return cmd
}

// children waits until a process has n children and returns their PIDs.
func children(t *testing.T, pid, n int) (pids []int) {
	t.Helper()
	if err := poll(func() bool {
		pids = pids[:0]
		all, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
		for _, name := range all {
			b, _ := os.ReadFile(name)
			for _, word := range bytesFields(b) {
				if child, err := strconv.Atoi(word); err == nil {
					pids = append(pids, child)
				}
			}
		}
		return len(pids) >= n
	}); err != nil {
		t.Fatalf("process %d has %d children instead of %d", pid, len(pids), n)
	}
	return pids
}

// snapshot reads the table as it is now.
func snapshot(t testing.TB, want procwalk.Want) *procwalk.Snapshot {
	t.Helper()
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(t.Context(), procwalk.Request{Want: want})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func reader(t testing.TB) *Reader {
	t.Helper()
	r, err := NewReader("/proc")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// discovered groups and discovers.
func discovered(t *testing.T) (*Reader, *View) {
	t.Helper()
	r := reader(t)
	v, err := r.Discover(t.Context(), Groups(snapshot(t, procwalk.WantNS|procwalk.WantStatus)))
	if err != nil {
		t.Fatal(err)
	}
	return r, v
}

func inodeOf(t testing.TB, pid int, link string) uint64 {
	t.Helper()
	s, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, link))
	if err != nil {
		t.Fatal(err)
	}
	k, ok := ParseLink(s)
	if !ok {
		t.Fatalf("%q is no link of a namespace", s)
	}
	return k.Inode
}
