package main

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/signals"

	"golang.org/x/sys/unix"
)

// TestSignalsEndWithoutATrace: a signal ends a command as it ends any program, by the signal; Ctrl-\ needs no word,
// of the others one line says which it was, and nothing is a trace of the runtime.
func TestSignalsEndWithoutATrace(t *testing.T) {
	m := builtBones(t)
	for i, sig := range []syscall.Signal{unix.SIGQUIT, unix.SIGSEGV, unix.SIGABRT, unix.SIGBUS, unix.SIGILL, unix.SIGFPE,
		unix.SIGTRAP, unix.SIGSYS, unix.SIGSTKFLT} {
		line := [][]string{{"events", "--follow"}, {"export", "--listen", "127.0.0.1:0"}}[i%2]
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
		c.Process.Signal(sig)
		select {
		case <-ended:
		case <-time.After(proctest.Patience):
			c.Process.Kill()
			<-ended
			t.Errorf("%v does not end at %v", line, sig)
			continue
		}
		status := c.ProcessState.Sys().(syscall.WaitStatus).Signal()
		word := "ended by SIG" + signals.Name(sig)
		if status != sig || bytes.Contains(errs.Bytes(), []byte("goroutine")) || sig != unix.SIGQUIT !=
			strings.Contains(errs.String(), word) || strings.Contains(errs.String(), "PC=") {
			t.Errorf("%v, %v: ended by %v: %s", line, sig, status, &errs)
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
