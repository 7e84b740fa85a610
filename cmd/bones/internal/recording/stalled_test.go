package recording

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"bones/procwalk/leaktest"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

func TestMain(m *testing.M) { leaktest.Main(m) }

// TestStalledReader: a recorder that writes to somebody who has stopped reading ends when it is told to.
func TestStalledReader(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	ctx, end := context.WithCancel(t.Context())
	waiting := make(chan struct{})
	go func() {
		defer close(waiting)
		proctest.Until(t, "the pipe is full", func() bool {
			n, err := unix.IoctlGetInt(int(r.Fd()), unix.TIOCINQ)
			return err != nil || n >= os.Getpagesize()
		})
		end()
	}()
	err = written(ctx, func() error {
		defer close(over)
		_, err := w.Write(make([]byte, 4<<20))
		return err
	})
	if !errors.Is(err, errStalled) {
		t.Errorf("it says %v", err)
	}
	r.Close()
	w.Close()
	<-over
	<-waiting
	// What can be written is, though it is to end.
	if err := written(ctx, func() error { return os.ErrExist }); !errors.Is(err, os.ErrExist) {
		t.Errorf("it says %v", err)
	}
}

// TestSlowDisk: a recorder that writes to a file waits for the disk, though it is to end: a file has no reader that
// could have stopped reading.
func TestSlowDisk(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	ctx, end := context.WithCancel(t.Context())
	end()
	for _, x := range []struct {
		name string
		out  *os.File
		want error
	}{{"FILE", w, nil}, {"-", f, nil}, {"-", w, errStalled}} {
		over := make(chan struct{})
		err := through(x.name, x.out)(ctx, func() error {
			defer close(over)
			<-time.After(lastPatience * 3 / 2)
			return nil
		})
		<-over
		if !errors.Is(err, x.want) {
			t.Errorf("%s to %s: %v; want %v", x.name, x.out.Name(), err, x.want)
		}
	}
}
