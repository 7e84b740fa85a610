package rootfs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/reexec"
	"bones/procwalk/rootfs/rootfstest"

	"golang.org/x/sys/unix"
)

// world is a process with a root directory of its own, and beside that directory a canary: files that nothing in here
// may ever change, read or make.
type world struct {
	id     procwalk.ID
	root   string // as the host sees it
	canary string
	before string // what the canary is
	cmd    *exec.Cmd
	child  *proctest.Child
}

// rootless is the argument for a world in a user namespace, whose root is user 100000 here.
const rootless = "rootless"

// newWorld starts it. fill makes what is in the root.
func newWorld(t testing.TB, fill func(root, canary string), args ...string) *world {
	t.Helper()
	return newWorldIn(t, t.TempDir(), fill, args...)
}

// inMemory makes a directory in memory, which everybody may go through.
func inMemory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "bones-rootfs-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// newWorldIn makes root and canary in a directory of the caller's.
func newWorldIn(t testing.TB, dir string, fill func(root, canary string), args ...string) *world {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	w := &world{root: filepath.Join(dir, "root"), canary: filepath.Join(dir, "canary")}
	for _, d := range []string{w.root, w.root + "/proc", w.root + "/dir", w.canary, w.canary + "/sub"} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, content := range map[string]string{w.canary + "/secret": "canary", w.canary + "/sub/file": "canary too",
		w.root + "/plain": "inside", w.root + "/dir/file": "in dir"} {
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if fill != nil {
		fill(w.root, w.canary)
	}
	w.before = w.hash(t)
	w.cmd = reexec.Command(append([]string{worldWord, w.root}, args...)...)
	w.cmd.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWNS | unix.CLONE_NEWPID, Pdeathsig: unix.SIGKILL}
	if len(args) > 0 && args[0] == rootless {
		proctest.Need(t, proctest.UserNamespaces)
		w.cmd.Args = w.cmd.Args[:len(w.cmd.Args)-1]
		whole := []syscall.SysProcIDMap{{ContainerID: 0, HostID: 100000, Size: 65536}}
		w.cmd.SysProcAttr.Cloneflags |= unix.CLONE_NEWUSER
		w.cmd.SysProcAttr.UidMappings, w.cmd.SysProcAttr.GidMappings = whole, whole
		w.cmd.SysProcAttr.Credential = &syscall.Credential{}
	}
	t.Cleanup(func() {
		w.end()
		if after := w.hash(t); after != w.before {
			t.Errorf("the canary was touched:\n%s\nit was\n%s", after, w.before)
		}
	})
	w.child = proctest.Start(t, w.cmd)
	walker, err := procwalk.NewWalker("/proc", procwalk.Only([]int{w.cmd.Process.Pid}))
	if err != nil {
		t.Fatal(err)
	}
	defer walker.Close()
	s, err := walker.Snapshot(t.Context(), procwalk.Request{})
	if err != nil {
		t.Fatal(err)
	}
	p := s.Find(w.cmd.Process.Pid)
	if p == nil {
		t.Fatal("the world has ended")
	}
	w.id = p.ID()
	return w
}

func (w *world) end() {
	if w.child != nil {
		w.child.End()
	}
}

// open opens its root, with openat2 or step by step.
func (w *world) open(t testing.TB, walk bool) *Root {
	t.Helper()
	r, err := Open("/proc", w.id)
	if err != nil {
		t.Fatal(err)
	}
	r.paths.Walk = walk
	t.Cleanup(func() { r.Close() })
	return r
}

// hash describes all of the canary: names, content, modes, times.
func (w *world) hash(t testing.TB) string {
	var b strings.Builder
	err := filepath.WalkDir(w.canary, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		i, err := d.Info()
		if err != nil {
			return err
		}
		content := ""
		if i.Mode().IsRegular() {
			c, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			sum := sha256.Sum256(c)
			content = hex.EncodeToString(sum[:4])
		}
		fmt.Fprintf(&b, "%s %s %s %s\n", strings.TrimPrefix(path, w.canary), i.Mode(), i.ModTime(), content)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// worldWord starts this program as such a process.
const worldWord = "__rootfs-world"

// worldMain is the process: PID 1 of its own, in its own root.
func worldMain(args []string) {
	root := args[0]
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, "world:", err)
			os.Exit(1)
		}
	}
	must(unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""))
	must(unix.Mount("proc", root+"/proc", "proc", 0, ""))
	if _, err := os.Stat(root + "/mounted"); err == nil {
		must(unix.Mount(root+"/plain", root+"/mounted", "", unix.MS_BIND, ""))
	}
	if _, err := os.Stat(root + "/volume"); err == nil {
		must(unix.Mount("tmpfs", root+"/volume", "tmpfs", 0, "size=1m"))
	}
	if len(args) > 1 {
		hangAt, err := strconv.Atoi(args[1])
		must(err)
		fuse, err := rootfstest.MountDeaf(root+"/fuse", uint32(hangAt))
		must(err)
		go fuse.Serve()
	}
	must(unix.Chroot(root))
	must(unix.Chdir("/"))
	fmt.Println("ready")
	for {
		unix.Pause()
	}
}
