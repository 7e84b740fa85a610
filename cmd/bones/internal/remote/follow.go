package remote

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"sync"

	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/remote/merge"
	"bones/cmd/bones/internal/remote/shell"

	"github.com/rivo/uniseg"
)

// follow prints the events of all hosts as they come, until a signal ends it or every host has.
func (r *run) follow(ctx context.Context, all []*station) error {
	kind := merge.Kinds["events"]
	to := &followed{out: r.Out(), json: r.JSON()}
	for _, s := range all {
		to.width = max(to.width, uniseg.StringWidth(s.Name), len("HOST"))
	}
	words := insert(r.words, "--json")
	r.each(ctx, all, func(ctx context.Context, s *station) {
		lines := &lineWriter{most: merge.MaxLine, each: func(line []byte) error {
			item, err := kind.Line(s.Name, line)
			if err != nil {
				return err
			}
			return to.print(item)
		}}
		s.end, s.err = s.ssh.Run(ctx, shell.Program{Path: s.path, Words: words, Out: lines, Err: &s.said})
		if s.end.Found && ctx.Err() == nil { // at once: the others go on
			r.sayEnded(s)
		}
	})
	if r.by != nil {
		return nil // it goes on until it is ended
	}
	if err := to.failure(); err != nil {
		return command.Failed(err)
	}
	return r.sayWhatFailed(all)
}

// sayEnded says that a host tells no more.
func (r *run) sayEnded(s *station) {
	if s.err == nil && s.end.Status == 0 {
		r.failed(s, fmt.Errorf("it has stopped reporting"))
	}
}

// followed prints the events of several hosts, one at a time.
type followed struct {
	out   io.Writer
	json  bool
	width int

	mu    sync.Mutex
	begun bool
	err   error
}

func (f *followed) print(i merge.Item) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return f.err
	}
	if f.json {
		f.err = merge.JSONLine(f.out, i)
		return f.err
	}
	line := merge.EventLine(f.width, i)
	if !f.begun {
		f.begun = true
		line = merge.EventHead(f.width) + line
	}
	_, f.err = io.WriteString(f.out, line)
	return f.err
}

func (f *followed) failure() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

// lineWriter hands on whole lines, of so many bytes at most.
type lineWriter struct {
	most int
	each func(line []byte) error
	rest []byte
}

// Write implements io.Writer.
func (w *lineWriter) Write(b []byte) (int, error) {
	w.rest = append(w.rest, b...)
	for {
		line, rest, whole := bytes.Cut(w.rest, []byte("\n"))
		if !whole {
			break
		}
		if err := w.each(line); err != nil {
			return 0, err
		}
		w.rest = rest
	}
	if len(w.rest) > w.most {
		return 0, fmt.Errorf("it printed a line of more than %d bytes: %w", w.most, shell.ErrTooMuch)
	}
	return len(b), nil
}
