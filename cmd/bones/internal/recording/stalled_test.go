package recording

import (
	"context"
	"errors"
	"os"
	"testing"

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
