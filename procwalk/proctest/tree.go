// Package proctest builds fake /proc trees for tests and benchmarks. It imports nothing of procwalk, so that the
// tests inside that package can use it.
package proctest

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"testing"

	"golang.org/x/sys/unix"
)

// BootTime is the btime of every tree, in seconds since 1970: 2025-01-01 00:00:00 UTC.
const BootTime = 1735689600

// Uptime is the uptime of every tree, in seconds.
const Uptime = 100000

// Tree is a directory that looks like a /proc. It is removed when the test ends.
type Tree struct {
	Root   string // the directory, to be given where "/proc" would be
	tb     testing.TB
	mu     sync.Mutex
	shared map[string]bool   // ns directories that Fill shares between processes
	files  map[string]string // by name and content, a file that Fill gives further names; "": one process has such a file
}

// New makes a tree with the host's own files and no process.
func New(tb testing.TB) *Tree {
	tb.Helper()
	t := &Tree{Root: TempDir(tb), tb: tb, shared: map[string]bool{}, files: map[string]string{}}
	for name, content := range hostFiles() {
		t.Write(name, content)
	}
	return t
}

// Path returns the path of a file of the tree: t.Path("42", "stat").
func (t *Tree) Path(elem ...string) string {
	return filepath.Join(append([]string{t.Root}, elem...)...)
}

// Dir returns the directory of a process.
func (t *Tree) Dir(pid int) string { return t.Path(strconv.Itoa(pid)) }

// Write makes or replaces a file below the root, with the directories above it.
func (t *Tree) Write(name, content string) {
	t.tb.Helper()
	path := t.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.tb.Fatal(err)
	}
	os.Remove(path) // it may be a FIFO, which would not take the content
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.tb.Fatal(err)
	}
}

// Link makes or replaces a symbolic link below the root. Its target need not exist.
func (t *Tree) Link(name, target string) {
	t.tb.Helper()
	path := t.Path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.tb.Fatal(err)
	}
	os.Remove(path)
	if err := os.Symlink(target, path); err != nil {
		t.tb.Fatal(err)
	}
}

// Self makes the tree appear as it does to the process with this PID.
func (t *Tree) Self(pid int) {
	t.tb.Helper()
	t.Link("self", strconv.Itoa(pid))
}

// Add writes everything about one process, replacing what was there under its PID.
func (t *Tree) Add(p Proc) {
	t.tb.Helper()
	t.Remove(p.PID)
	if err := t.add(p, false); err != nil {
		t.tb.Fatal(err)
	}
}

// Remove takes a process away.
func (t *Tree) Remove(pid int) {
	t.tb.Helper()
	if err := os.RemoveAll(t.Dir(pid)); err != nil {
		t.tb.Fatal(err)
	}
}

// Fill adds n processes, as describe(0) to describe(n-1) tell, quickly: only the files that a table of processes is
// made of are written (stat, status, cmdline, cgroup, ns, and io where it is set). Their PIDs must differ.
func (t *Tree) Fill(n int, describe func(i int) Proc) {
	t.tb.Helper()
	var wg sync.WaitGroup
	workers := min(runtime.GOMAXPROCS(0), 64)
	errs := [64]error{}
	for w := range workers {
		wg.Go(func() {
			for i := w; i < n && errs[w] == nil; i += workers {
				errs[w] = t.add(describe(i), true)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			t.tb.Fatal(err)
		}
	}
}

func (t *Tree) add(p Proc, lean bool) error {
	p = p.withDefaults()
	dir := t.Dir(p.PID)
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, content := range p.files(lean) {
		if p.lacks(name) {
			continue
		}
		path := dir + "/" + name
		if lean && (name == "cmdline" || name == "cgroup") && t.linked(path, name, content) {
			continue
		}
		err := create(path, content)
		if errors.Is(err, os.ErrNotExist) {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				return err
			}
			err = create(path, content)
		}
		if err != nil {
			return err
		}
	}
	if err := t.addNS(dir, p, lean); err != nil || lean {
		return err
	}
	for name, target := range p.links() {
		if p.lacks(name) {
			continue
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.Symlink(target, path); err != nil {
			return err
		}
	}
	return nil
}

// linked makes a file a further name of one in the root that holds the same, which takes half of making and removing
// another. That one is made when there are two that hold the same; nobody writes to it.
func (t *Tree) linked(path, name, content string) bool {
	holds := name + " " + content
	t.mu.Lock()
	defer t.mu.Unlock()
	same, known := t.files[holds]
	if known && same == "" {
		same = t.Path("." + name + "-" + strconv.Itoa(len(t.files)))
		if create(same, content) != nil {
			return false
		}
	}
	t.files[holds] = same
	return same != "" && unix.Link(same, path) == nil
}

// create makes a file that is not there yet. Tests make thousands: os.WriteFile would ask of each whether it can be
// polled.
func create(path, content string) error {
	fd, err := unix.Open(path, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL|unix.O_CLOEXEC, 0o644)
	if err != nil {
		return &os.PathError{Op: "open", Path: path, Err: err}
	}
	n, err := unix.Write(fd, []byte(content))
	if err == nil && n < len(content) {
		err = io.ErrShortWrite
	}
	return errors.Join(err, unix.Close(fd))
}

// addNS writes the links of ns/. Processes made by Fill share one directory where they share all namespaces: ten
// links for each of 10,000 processes would take longer than everything else.
func (t *Tree) addNS(dir string, p Proc, lean bool) error {
	if p.lacks("ns") {
		return nil
	}
	if !lean {
		return writeLinks(filepath.Join(dir, "ns"), p.nsLinks())
	}
	var links []link
	key := ".ns"
	if len(p.NS) > 0 || len(p.Missing) > 0 { // else those of the host
		links = p.nsLinks()
		for _, l := range links {
			key += "-" + l.target
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.shared[key] {
		if links == nil {
			links = p.nsLinks()
		}
		if err := writeLinks(t.Path(key), links); err != nil {
			return err
		}
		t.shared[key] = true
	}
	return os.Symlink("../"+key, filepath.Join(dir, "ns"))
}

func writeLinks(dir string, links []link) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for _, l := range links {
		if err := os.Symlink(l.target, filepath.Join(dir, l.name)); err != nil {
			return err
		}
	}
	return nil
}
