package terminal

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// pipeHead reads a pipe to its end and keeps the first bytes of it, or with last the last ones.
type pipeHead struct {
	limit int
	last  bool
	mu    sync.Mutex
	kept  []byte
	done  chan struct{}
}

// open makes the pipe and returns the end to write to.
func (p *pipeHead) open() (*os.File, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	p.done = make(chan struct{})
	crash.Go(func() {
		defer close(p.done)
		defer r.Close()
		io.Copy(p, r)
	})
	return w, nil
}

func (p *pipeHead) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kept = append(p.kept, b...)
	switch extra := len(p.kept) - p.limit; {
	case extra > 0 && p.last:
		p.kept = append(p.kept[:0], p.kept[extra:]...)
	case extra > 0:
		p.kept = p.kept[:p.limit]
	}
	return len(b), nil
}

// read returns what came, once the writer is dead. Something that the writer left behind may hold the pipe open.
func (p *pipeHead) read() []byte {
	select {
	case <-p.done:
	case <-time.After(500 * time.Millisecond):
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return bytes.Clone(p.kept)
}

// epitaph says in one line how the child ended. A stack trace goes to a file.
func (g *Guard) epitaph(status unix.WaitStatus, said []byte, killedFor *string) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte{'\n'})
	first := strings.TrimPrefix(text.Line(string(line)), "bones: ")
	crashed := bytes.Contains(said, []byte("goroutine ")) || strings.HasPrefix(first, "panic:") ||
		strings.HasPrefix(first, "fatal error:")
	switch {
	case crashed:
		return "internal error: " + first + "; " + g.saveCrash(said)
	case status.Signaled() && killedFor != nil:
		return fmt.Sprintf("the terminal UI did not end within %v after %s, and was killed", EndWithin, *killedFor)
	case status.Signaled():
		return fmt.Sprintf("the terminal UI was ended by signal %d (%s)", status.Signal(), unix.SignalName(status.Signal()))
	}
	return first
}

// saveCrash keeps the report of a crash in a file and says where.
func (g *Guard) saveCrash(report []byte) string {
	f, err := g.CreateReport("crash-" + time.Now().UTC().Format("20060102T150405Z") + ".txt")
	if err != nil {
		return "bones could not keep the report: " + fault.Line(err)
	}
	defer f.Close()
	if _, err := f.Write(report); err != nil {
		return "bones could not keep the report: " + fault.Line(err)
	}
	return "the report is in " + f.Name()
}
