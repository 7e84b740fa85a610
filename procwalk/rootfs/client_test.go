package rootfs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/rootfs/rootfstest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

func newClient(t testing.TB, w *world) *Client {
	c := NewClient("/proc", w.id, RootDir, time.Second)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestClient(t *testing.T) {
	w := newWorld(t, nil)
	c := newClient(t, w)
	ctx := t.Context()
	if i, err := c.Stat(ctx, "/plain", false); err != nil || i.Kind != Regular || i.Size != 6 {
		t.Errorf("%+v %v", i, err)
	}
	var names []string
	if err := c.List(ctx, "/dir", 0, func(list []Info) {
		for _, i := range list {
			names = append(names, i.Name)
		}
	}); err != nil || strings.Join(names, " ") != "file" {
		t.Errorf("%v %v", names, err)
	}
	var b bytes.Buffer
	if err := c.Read(ctx, "/plain", 2, 3, &b); err != nil || b.String() != "sid" {
		t.Errorf("%q %v", b.String(), err)
	}
	if _, err := c.Stat(ctx, "/none", false); !errors.Is(err, ErrNotFound) {
		t.Error(err)
	}
	big := bytes.Repeat([]byte("0123456789"), 300000)
	var seen int64
	if _, err := c.Do(ctx, Op{Kind: "put", Path: "/big"}, bytes.NewReader(big), int64(len(big)),
		func(n int64) { seen = n }); err != nil || seen != int64(len(big)) {
		t.Errorf("%d %v", seen, err)
	}
	b.Reset()
	if err := c.Read(ctx, "/big", 0, 0, &b); err != nil || !bytes.Equal(b.Bytes(), big) {
		t.Errorf("%d bytes came back, %v", b.Len(), err)
	}
	broken := io.MultiReader(strings.NewReader("abc"), failing{})
	if _, err := c.Do(ctx, Op{Kind: "put", Path: "/broken"}, broken, -1, nil); err == nil ||
		!strings.Contains(err.Error(), "our end broke") {
		t.Errorf("a source that fails: %v", err)
	}
	if _, err := c.Stat(ctx, "/broken", false); !errors.Is(err, ErrNotFound) {
		t.Errorf("half a file: %v", err)
	}

	change, err := NewChange(ctx, c, Op{Kind: "put", Path: "/plain", Content: []byte("changed")}, text.New("test"), nil)
	if err != nil {
		t.Fatal(err)
	}
	out, err := change.Apply(ctx)
	if err != nil {
		t.Fatal(err)
	}
	record, err := out.Inverse.(*Change).Record()
	if err != nil {
		t.Fatal(err)
	}
	own := NewClient(c.procRoot, c.id, c.where, c.patience)
	defer own.Close()
	open := func(procwalk.ID) (*Client, text.Text) { return own, text.New("test") }
	back, err := RestoreChange(ctx, record, false, open)
	if err != nil || own.proc != nil { // whoever is asked may say no, and nobody else has this client
		t.Fatalf("%v; the worker that looked at what is there goes on: %v", err, own.proc)
	}
	if _, err := back.Apply(ctx); err != nil || own.proc != nil {
		t.Fatalf("%v; the worker that put it back goes on: %v", err, own.proc)
	}
	b.Reset()
	if err := c.Read(ctx, "/plain", 0, 0, &b); err != nil || b.String() != "inside" {
		t.Errorf("%q %v", b.String(), err)
	}

	w.end()
	if _, err := c.Do(ctx, Op{Kind: "touch", Path: "/late"}, nil, 0, nil); !errors.Is(err, ErrGone) &&
		!errors.Is(err, ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}

// TestRootThatCannotBeOpened asks more than once for one that is not there: each time that is the answer.
func TestRootThatCannotBeOpened(t *testing.T) {
	w := newWorld(t, nil)
	w.end()
	c := newClient(t, w)
	for range 3 {
		if _, err := c.Stat(t.Context(), "/plain", false); !errors.Is(err, ErrGone) {
			t.Error(err)
		}
		if _, err := c.Do(t.Context(), Op{Kind: "put", Path: "/x"}, strings.NewReader("content"), 7, nil); !errors.Is(err,
			ErrGone) {
			t.Error(err)
		}
	}
}

// TestFailuresSayWhatFailed: which file could not be read, what it takes, and that a process has ended that nobody has
// waited for.
func TestFailuresSayWhatFailed(t *testing.T) {
	dead := exec.Command("true")
	if err := dead.Start(); err != nil {
		t.Fatal(err)
	}
	defer dead.Wait()
	start, err := procwalk.StartTime("/proc", dead.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	proctest.Until(t, "the process ends", func() bool {
		s, err := procwalk.ReadStat("/proc", dead.Process.Pid)
		return err == nil && s.State == 'Z'
	})
	if _, err := Open("/proc", procwalk.ID{PID: dead.Process.Pid, Start: start}); !errors.Is(err, ErrGone) {
		t.Errorf("the root of a process that has ended: %v", err)
	}

	c := NewClient("/proc", procwalk.ID{PID: os.Getpid()}, RootDir, time.Second)
	defer c.Close()
	if c.id.Start, err = procwalk.StartTime("/proc", os.Getpid()); err != nil {
		t.Fatal(err)
	}
	mem := fmt.Sprintf("/proc/%d/mem", os.Getpid()) // where nothing is mapped at address 0
	if err := c.Read(t.Context(), mem, 0, 1, io.Discard); err == nil || err.Error() != mem+": input/output error (EIO)" {
		t.Errorf("a file that cannot be read: %v", err)
	}
	for errno, want := range map[unix.Errno]string{unix.EPERM: "/x: not permitted (EPERM); ",
		unix.EACCES: "/x: not permitted (EACCES); "} {
		if err := explain("/x", errno); !strings.HasPrefix(err.Error(), want) || !errors.Is(err, ErrNotPermitted) ||
			!errors.Is(err, errno) {
			t.Errorf("%v", err)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("our end broke") }

// TestDeafFileSystem: whatever request a file system does not answer, the caller goes on within its patience, and the
// next call works.
func TestDeafFileSystem(t *testing.T) {
	if f, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0); err != nil {
		proctest.Missing(t, "no FUSE here: %v", err)
	} else {
		f.Close()
	}
	for name, opcode := range map[string]int{"nothing": 0, "init": rootfstest.Init, "lookup": rootfstest.Lookup,
		"getattr": rootfstest.Getattr, "opendir": rootfstest.Opendir, "readdir": rootfstest.Readdir,
		"open": rootfstest.Open, "read": rootfstest.Read} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(root, _ string) { os.Mkdir(root+"/fuse", 0o755) }, strconv.Itoa(opcode))
			c := newClient(t, w)
			silent := 0
			begun := time.Now()
			for _, do := range []func(context.Context) error{
				func(ctx context.Context) error { _, err := c.Stat(ctx, "/fuse/file", true); return err },
				func(ctx context.Context) error { return c.List(ctx, "/fuse", 0, func([]Info) {}) },
				func(ctx context.Context) error { return c.Read(ctx, "/fuse/file", 0, 0, io.Discard) },
			} {
				err := do(t.Context())
				switch {
				case errors.Is(err, ErrNoAnswer):
					silent++
				case err != nil:
					t.Error(err)
				}
				if i, err := c.Stat(t.Context(), "/plain", false); err != nil || i.Size != 6 {
					t.Errorf("after it: %v", err)
				}
			}
			if took := time.Since(begun); took > proctest.Patience {
				t.Errorf("it took %v", took)
			}
			if (silent > 0) != (opcode != 0) {
				t.Errorf("%d calls were not answered", silent)
			}
		})
	}
}

func TestCancel(t *testing.T) {
	w := newWorld(t, nil)
	c := newClient(t, w)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, Op{Kind: "put", Path: "/x"}, zeros{}, -1, nil); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := c.Stat(t.Context(), "/plain", false); err != nil {
		t.Error(err)
	}
}

// TestOneWorkerCopiesATree copies many files in and out: all through one worker, which keeps none of the files open.
func TestOneWorkerCopiesATree(t *testing.T) {
	w := newWorldIn(t, inMemory(t), nil)
	c := newClient(t, w)
	dir := inMemory(t)
	worker := 0
	for n := range 30 {
		local := filepath.Join(dir, strconv.Itoa(n))
		if err := os.WriteFile(local, []byte(strconv.Itoa(n)), 0o600); err != nil {
			t.Fatal(err)
		}
		in, err := os.Open(local)
		if err != nil {
			t.Fatal(err)
		}
		out, err := os.Create(local + ".out")
		if err != nil {
			t.Fatal(err)
		}
		path := "/dir/" + strconv.Itoa(n)
		if _, err := c.Do(t.Context(), Op{Kind: "put", Path: path}, in, int64(len(strconv.Itoa(n))), nil); err != nil {
			t.Fatal(err)
		}
		if err := getTo(t.Context(), c, path, out.Name()); err != nil {
			t.Fatal(err)
		}
		in.Close()
		out.Close()
		if b, err := os.ReadFile(local + ".out"); err != nil || string(b) != strconv.Itoa(n) {
			t.Fatalf("%d came back as %q, %v", n, b, err)
		}
		if pid := c.proc.Process.Pid; worker == 0 {
			worker = pid
		} else if pid != worker {
			t.Fatalf("file %d was copied by another worker", n)
		}
	}
	if _, err := c.Stat(t.Context(), "/plain", false); err != nil || c.proc.Process.Pid != worker {
		t.Errorf("looked at through another worker, %v", err)
	}
	fds, err := os.ReadDir("/proc/" + strconv.Itoa(worker) + "/fd")
	if err != nil || len(fds) > 20 {
		t.Errorf("the worker holds %d descriptors, %v", len(fds), err)
	}
}

// getTo copies a file out, in place of one of ours.
func getTo(ctx context.Context, c *Client, path, local string) error {
	_, _, err := c.Get(ctx, Transfer{Path: path, Local: local, Follow: true}, nil)
	return err
}
