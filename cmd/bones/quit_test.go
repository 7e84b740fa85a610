package main

import (
	"bytes"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestQuitEndsWithoutATrace: Ctrl-\ ends a command by the signal, as it ends any program, and prints nothing.
func TestQuitEndsWithoutATrace(t *testing.T) {
	m := builtBones(t)
	for _, line := range [][]string{{"events", "--follow"}, {"export", "--listen", "127.0.0.1:0"}} {
		c := exec.Command(m.bones, line...)
		said := &counted{}
		var errs bytes.Buffer
		c.Stdout, c.Stderr = said, io.MultiWriter(said, &errs)
		c.Env = append(c.Environ(), "GOTRACEBACK=all")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- c.Wait() }()
		proctest.Until(t, "it waits for what happens", func() bool {
			said.Lock()
			defer said.Unlock()
			return said.n > 0
		})
		c.Process.Signal(unix.SIGQUIT)
		select {
		case <-ended:
		case <-time.After(proctest.Patience):
			c.Process.Kill()
			<-ended
			t.Errorf("%v does not end", line)
			continue
		}
		status := c.ProcessState.Sys().(syscall.WaitStatus).Signal()
		if status != unix.SIGQUIT || bytes.Contains(errs.Bytes(), []byte("goroutine")) {
			t.Errorf("%v: ended by %v: %s", line, status, &errs)
		}
	}
}

// counted counts the bytes that are written to it.
type counted struct {
	sync.Mutex
	n int
}

func (c *counted) Write(b []byte) (int, error) {
	c.Lock()
	defer c.Unlock()
	c.n += len(b)
	return len(b), nil
}
