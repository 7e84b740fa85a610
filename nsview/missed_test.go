package nsview

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/bounded"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// What is much takes long and comes; what hangs is left behind.
func TestProgressing(t *testing.T) {
	const patience = 400 * time.Millisecond
	began := time.Now()
	n, err := progressing(t.Context(), patience, func(step func()) (int, error) {
		n := 0
		for ; time.Since(began) < 3*patience; n++ {
			step()
			time.Sleep(patience / 20)
		}
		return n, nil
	}, nil)
	if err != nil || n == 0 || time.Since(began) < 2*patience {
		t.Errorf("a long walk: %d, %v", n, err)
	}
	let, dropped := make(chan struct{}), make(chan int, 1)
	_, err = progressing(t.Context(), patience/8, func(step func()) (int, error) {
		step()
		<-let
		return 7, nil
	}, func(n int) { dropped <- n })
	if err != ErrDeadline {
		t.Errorf("one that hangs: %v", err)
	}
	close(let)
	if n := <-dropped; n != 7 {
		t.Errorf("what came too late is %d", n)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := progressing(ctx, time.Hour, func(func()) (int, error) { <-ctx.Done(); return 0, ctx.Err() },
		nil); !errors.Is(err, context.Canceled) {
		t.Errorf("one that is not wanted any more: %v", err)
	}
}

// Discover says which descriptors it could not look at.
func TestDiscoverSaysWhatItMissed(t *testing.T) {
	tree := proctest.New(t)
	for _, pid := range []int{5, 6} {
		tree.Add(proctest.Proc{PID: pid, PPID: 1, Start: uint64(pid * 10), Comm: "x"})
	}
	for _, broken := range []string{tree.Path("6", "fd")} {
		if err := errors.Join(os.RemoveAll(broken), os.WriteFile(broken, nil, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	w, err := procwalk.NewWalker(tree.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(t.Context(), procwalk.Request{Want: procwalk.WantNS})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(tree.Root)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	v, err := r.Discover(t.Context(), Groups(s))
	if err != nil {
		t.Fatal(err)
	}
	of := map[string]int{}
	for _, m := range v.Missed {
		if m.Row >= 0 {
			if of[m.What]++; s.Processes[m.Row].PID != 6 || !errors.Is(m.Err, unix.ENOTDIR) {
				t.Errorf("%s of PID %d: %v", m.What, s.Processes[m.Row].PID, m.Err)
			}
		}
	}
	if of["descriptors"] != 1 {
		t.Errorf("missed %+v", v.Missed)
	}
}

func TestHoldersAreBounded(t *testing.T) {
	d := Groups(&procwalk.Snapshot{}).draft()
	k := Key{procwalk.Net, 7}
	for fd := range maxHolders {
		d.hold(k, Holder{Kind: ByFD, FD: fd})
	}
	if n, _ := d.get(k); n.MoreHolders || len(n.Holders) != maxHolders {
		t.Errorf("%d holders, more: %v", len(n.Holders), n.MoreHolders)
	}
	d.hold(k, Holder{Kind: ByFD, FD: 3}) // known
	if n, _ := d.get(k); n.MoreHolders {
		t.Error("a known holder counts as one more")
	}
	d.hold(k, Holder{Kind: ByFD, FD: maxHolders})
	if n, _ := d.get(k); !n.MoreHolders || len(n.Holders) != maxHolders {
		t.Errorf("%d holders, more: %v", len(n.Holders), n.MoreHolders)
	}
}

// A file that is longer than is read of it is an error: what is cut off would count as not there.
func TestLongFilesAreErrors(t *testing.T) {
	dir := t.TempDir()
	fd, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	for size, fits := range map[int]bool{0: true, 9999: true, 10000: true, 10001: false, 20000: false} {
		if err := os.WriteFile(dir+"/f", []byte(strings.Repeat("x", size)), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := readFileAt(fd, "f", 10000)
		if (err == nil) != fits || fits && len(b) != size || !fits && !errors.Is(err, bounded.ErrTooLong) {
			t.Errorf("%d bytes: %d, %v", size, len(b), err)
		}
		if b, err := readBeginningAt(fd, "f", 10000); err != nil || len(b) != min(size, 10000) {
			t.Errorf("the beginning of %d bytes: %d, %v", size, len(b), err)
		}
	}
}
