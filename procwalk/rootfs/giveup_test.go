package rootfs

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// noTemps fails if a half-written file was left in a directory.
func noTemps(t *testing.T, dir string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if strings.HasPrefix(e.Name(), ".bones-") {
			t.Errorf("left behind: %s", e.Name())
		}
	}
}

// TestGivingUp gives up puts under way, of a stream and of a file: nothing half written is left, and what is written
// in place has its old content or the new, whole.
func TestGivingUp(t *testing.T) {
	old := strings.Repeat("old content\n", 100)
	w := newWorldIn(t, inMemory(t), func(root, _ string) {
		os.WriteFile(root+"/linked", []byte(old), 0o644)
		os.Link(root+"/linked", root+"/other-name")
		os.WriteFile(root+"/single", []byte(old), 0o644)
	})
	local := inMemory(t)
	big, err := os.Create(filepath.Join(local, "big"))
	if err != nil {
		t.Fatal(err)
	}
	defer big.Close()
	const pieces = 5000
	for n := range int64(pieces) { // what is between them are holes, which are not copied
		if _, err := big.WriteAt([]byte("x"), n<<20); err != nil {
			t.Fatal(err)
		}
	}
	fits, err := os.Create(filepath.Join(local, "fits"))
	if err != nil {
		t.Fatal(err)
	}
	defer fits.Close()
	whole := bytes.Repeat([]byte("n"), 8<<20)
	if _, err := fits.Write(whole); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/new", "/single", "/linked"} {
		for name, content := range map[string]func() (io.Reader, int64){
			"stream": func() (io.Reader, int64) { return zeros{}, -1 },
			"file":   func() (io.Reader, int64) { return big, (pieces-1)<<20 + 1 },
			"fits":   func() (io.Reader, int64) { fits.Seek(0, io.SeekStart); return fits, int64(len(whole)) },
		} {
			rounds := 1
			switch {
			case name == "fits" && path == "/linked":
				rounds = 5 // some come too early or too late for a mistake
			case name == "fits":
				continue
			}
			for range rounds {
				t.Run(strings.Trim(path, "/")+" "+name, func(t *testing.T) {
					big.Seek(0, io.SeekStart)
					c := NewClient("/proc", w.id, RootDir, proctest.Patience)
					defer c.Close()
					ctx, cancel := context.WithCancel(t.Context())
					defer cancel()
					from, size := content()
					_, err := c.Do(ctx, Op{Kind: "put", Path: path}, from, size, func(done int64) {
						if name != "fits" || done == int64(len(whole)) { // of this one it comes as late as it can
							cancel()
						}
					})
					if path == "/linked" && name == "file" && !errors.Is(err, ErrTooLarge) {
						t.Errorf("gigabytes are to be written in place: %v, want that it is refused before anything is read", err)
					}
					if path == "/linked" && name != "fits" && errors.Is(err, ErrTooLarge) {
						err = context.Canceled // it was refused before it could be given up
					}
					if err != nil && !errors.Is(err, context.Canceled) {
						t.Errorf("given up: %v", err)
					}
					noTemps(t, w.root)
					if path == "/new" {
						if _, err := os.Lstat(w.root + path); !os.IsNotExist(err) {
							t.Errorf("half a file: %v", err)
						}
						return
					}
					got, readErr := os.ReadFile(w.root + path)
					if readErr != nil || string(got) != old && !bytes.Equal(got, whole) {
						t.Errorf("it holds %d bytes, neither the old nor the new; %v", len(got), readErr)
					}
					if (err == nil) != bytes.Equal(got, whole) {
						t.Errorf("it says %v, and the content is new: %v", err, bytes.Equal(got, whole))
					}
					os.WriteFile(w.root+path, []byte(old), 0o644)
				})
			}
		}
	}
}

// slow is a reader and a writer that takes its time.
type slow struct {
	each time.Duration
	left int
	got  int
}

func (s *slow) Write(b []byte) (int, error) {
	time.Sleep(s.each)
	s.got += len(b)
	return len(b), nil
}

func (s *slow) Read(b []byte) (int, error) {
	if s.left == 0 {
		return 0, io.EOF
	}
	s.left--
	time.Sleep(s.each)
	return copy(b, "some"), nil
}

// TestPatienceIsForTheFileSystem: that whoever reads what comes out, or gives what goes in, takes longer is no silence
// of the file system.
func TestPatienceIsForTheFileSystem(t *testing.T) {
	w := newWorld(t, func(root, _ string) { os.WriteFile(root+"/long", make([]byte, 2*chunk), 0o644) })
	c := NewClient("/proc", w.id, RootDir, time.Second)
	defer c.Close()
	out := &slow{each: 1500 * time.Millisecond}
	if err := c.Read(t.Context(), "/long", 0, 0, out); err != nil || out.got != 2*chunk {
		t.Fatalf("a slow reader got %d bytes, %v", out.got, err)
	}
	in := &slow{each: 1500 * time.Millisecond, left: 2}
	if _, err := c.Do(t.Context(), Op{Kind: "put", Path: "/slow"}, in, -1, nil); err != nil {
		t.Errorf("a slow source: %v", err)
	}
	if b, err := os.ReadFile(w.root + "/slow"); err != nil || string(b) != "somesome" {
		t.Errorf("%q %v", b, err)
	}

	// A source that says nothing more can be given up.
	r, silent := io.Pipe()
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	begun := time.Now()
	if _, err := c.Do(ctx, Op{Kind: "put", Path: "/silent"}, r, -1, nil); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a silent source: %v", err)
	}
	if took := time.Since(begun); took > cleanUp+proctest.Patience {
		t.Errorf("giving it up took %v", took)
	}
	noTemps(t, w.root)
}

// TestMountsWithoutStatx: before Linux 5.8 statx does not tell the mount, and all the same no change reaches through
// one.
func TestMountsWithoutStatx(t *testing.T) {
	w := newWorld(t, func(root, _ string) {
		os.WriteFile(root+"/mounted", nil, 0o644)
		os.Mkdir(root+"/volume", 0o755)
	})
	r := w.open(t, false)
	inside := func(name string) string { return filepath.Join("/proc", strconv.Itoa(w.id.PID), "root", name) }
	with, err := r.Stat("/volume", false)
	if err != nil {
		t.Fatal(err)
	}
	r.bare = true
	without, err := r.Stat("/volume", false)
	if err != nil || without.MountID != with.MountID || without.MountID == 0 {
		t.Fatalf("mount %d, and by statx %d; %v", without.MountID, with.MountID, err)
	}
	if err := os.WriteFile(inside("volume/precious"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, op := range []Op{{Kind: "rm", Path: "/volume", Recursive: true}, {Kind: "mv", Path: "/mounted", To: "/else"},
		{Kind: "rm", Path: "/mounted"}} {
		if _, err := r.Do(op, nil, nil); !errors.Is(err, ErrNotPermitted) {
			t.Errorf("%s %s: %v", op.Kind, op.Path, err)
		}
	}
	if _, err := os.Stat(inside("volume/precious")); err != nil {
		t.Error(err)
	}
	if _, err := r.Do(Op{Kind: "put", Path: "/mounted", Content: []byte("through")}, nil, nil); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(w.root + "/plain"); err != nil || string(b) != "through" {
		t.Errorf("what is mounted there holds %q, %v", b, err)
	}
}
