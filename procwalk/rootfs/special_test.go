package rootfs

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestSpecialFiles reads, copies, edits, renames and removes each of the special files. What is no regular file is
// never opened; one that lies about its length, or grows while it is read, costs neither memory nor room.
func TestSpecialFiles(t *testing.T) {
	w := newWorld(t, func(root, canary string) {
		fillHostile(root, canary)
		os.WriteFile(root+"/leased", []byte("leased"), 0o644)
		os.WriteFile(root+"/growing", []byte("begun"), 0o644)
		os.WriteFile(root+"/mounted", nil, 0o644)
	})
	c := newClient(t, w)
	ctx := t.Context()

	leased, err := os.OpenFile(w.root+"/leased", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer leased.Close()
	if _, err := unix.FcntlInt(leased.Fd(), unix.F_SETLEASE, unix.F_WRLCK); err != nil {
		t.Fatal(err)
	}
	const most = 32 << 20 // so large it grows, as fast as it can
	stop, grown := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(grown)
		f, err := os.OpenFile(w.root+"/growing", os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			return
		}
		defer f.Close()
		chunk := make([]byte, 64<<10)
		for size := len("begun") + len(chunk); size <= most; size += len(chunk) {
			select {
			case <-stop:
				return
			default:
				if _, err := f.Write(chunk); err != nil {
					return
				}
			}
		}
	}()
	defer func() { close(stop); <-grown }()

	for name, want := range map[string]error{"fifo": ErrSpecial, "socket": ErrSpecial, "null": ErrSpecial,
		"tty": ErrSpecial, "block": ErrSpecial, "full": ErrSpecial,
		"leased": ErrLeased, "sparse": nil, "growing": nil, "mounted": nil, "hardlink": nil} {
		if w.lacksNode(t, name) {
			continue
		}
		begun := time.Now()
		var b bytes.Buffer
		err := c.Read(ctx, name, 0, 1000, &b)
		if !errors.Is(err, want) || b.Len() > 1000 {
			t.Errorf("reading %s: %d bytes, %v, want %v", name, b.Len(), err, want)
		}
		to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
		if err != nil {
			t.Fatal(err)
		}
		if err := getTo(ctx, c, name, to.Name()); !errors.Is(err, want) {
			t.Errorf("copying %s: %v, want %v", name, err, want)
		}
		to.Close()
		var st unix.Stat_t
		if err := unix.Stat(to.Name(), &st); err != nil {
			t.Error(err)
		}
		if name == "sparse" && (st.Size != 8<<40 || st.Blocks > 100) {
			t.Errorf("8 TiB of nothing became %d bytes in %d blocks", st.Size, st.Blocks)
		}
		if i, err := c.Stat(ctx, name, false); err != nil || (want == ErrSpecial) == (i.Kind == Regular) {
			t.Errorf("stat of %s: %+v %v", name, i, err)
		}
		_, err = c.Do(ctx, Op{Kind: "put", Path: name, Content: []byte("new")}, nil, 0, nil)
		switch {
		case name == "mounted" || name == "hardlink" || name == "sparse":
			if err != nil {
				t.Errorf("writing %s: %v", name, err)
			}
		case name == "growing": // it may well have changed meanwhile
		case !errors.Is(err, want):
			t.Errorf("writing %s: %v, want %v", name, err, want)
		}
		if took := time.Since(begun); took > proctest.Patience {
			t.Errorf("%s took %v", name, took)
		}
		// It can still be given another name, and taken away: that opens nothing.
		if name == "mounted" {
			continue
		}
		if _, err := c.Do(ctx, Op{Kind: "mv", Path: name, To: name + "-moved"}, nil, 0, nil); err != nil &&
			name != "growing" {
			t.Errorf("renaming %s: %v", name, err)
		}
		if _, err := c.Do(ctx, Op{Kind: "rm", Path: name + "-moved"}, nil, 0, nil); err != nil && name != "growing" {
			t.Errorf("removing %s: %v", name, err)
		}
	}
}

// TestHolesStayHoles copies a file with data between holes.
func TestHolesStayHoles(t *testing.T) {
	w := newWorld(t, func(root, _ string) {
		f, err := os.Create(root + "/holes")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for _, at := range []int64{0, 10 << 20, 40<<20 - 3} {
			if _, err := f.WriteAt([]byte("abc"), at); err != nil {
				t.Fatal(err)
			}
		}
		if err := f.Truncate(50 << 20); err != nil {
			t.Fatal(err)
		}
	})
	c := newClient(t, w)
	to, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	defer to.Close()
	if err := getTo(t.Context(), c, "/holes", to.Name()); err != nil {
		t.Fatal(err)
	}
	theirs, err1 := os.ReadFile(w.root + "/holes")
	ours, err2 := os.ReadFile(to.Name())
	if err1 != nil || err2 != nil || !bytes.Equal(theirs, ours) {
		t.Errorf("%d and %d bytes; %v %v", len(theirs), len(ours), err1, err2)
	}
	var st unix.Stat_t
	if err := unix.Stat(to.Name(), &st); err != nil || st.Blocks > 1000 {
		t.Errorf("%d blocks, %v", st.Blocks, err)
	}
	// And in again.
	back, err := os.Open(to.Name())
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if _, err := c.Do(t.Context(), Op{Kind: "put", Path: "/back"}, back, 50<<20, nil); err != nil {
		t.Fatal(err)
	}
	if err := unix.Stat(w.root+"/back", &st); err != nil || st.Blocks > 1000 || st.Size != 50<<20 {
		t.Errorf("put: %d blocks of %d bytes, %v", st.Blocks, st.Size, err)
	}
}
