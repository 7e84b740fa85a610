package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"bones/cgroupview/container"
	"bones/procwalk/fault"
)

// Ask says what of a log is wanted.
type Ask struct {
	Tail   int       // the last so many lines of the log; negative: all
	Since  time.Time // what was printed from then on; zero: all
	Follow bool      // go on with what comes
	// Alive reports whether the container still runs: when it does not, following ends. nil: until the context ends.
	Alive func() bool
	// Pause is how long to wait before looking for more; 0: a quarter of a second.
	Pause time.Duration
	// Idle is called where all that there is was handed on. May be nil.
	Idle func()
}

// ErrLost says that lines were written and removed before they were read.
var ErrLost = errors.New("the log was rotated faster than bones read it, or was truncated; lines are missing here")

// Read hands each line of a log to emit, the oldest first; with Follow it goes on until the context or the container
// ends. Parts of lines are put together. An entry with Err stands for a line of the file that could not be read. An
// error of emit ends it.
func Read(ctx context.Context, l *container.Log, ask Ask, emit func(Entry) error) error {
	parse := ParseCRI
	switch l.Form {
	case container.LogJSON:
		parse = ParseDocker
	case container.LogConsole:
		if parse = parseConsole; !ask.Since.IsZero() {
			return fault.New(fault.Unsupported, fmt.Sprintf("%s: the lines of a console have no times; the last ones can be "+
				"asked for, without --since", l.Path))
		}
	}
	r := &reader{log: l, ask: ask, parse: parse, emit: emit}
	list, err := pieces(ctx, l, ask.Tail, ask.Since)
	if errors.Is(err, fs.ErrNotExist) && ask.Follow {
		list, err = nil, nil
	}
	if err != nil {
		return err
	}
	if err := r.through(ctx, list); err != nil {
		return err
	}
	if ask.Follow {
		err = r.follow(ctx)
	}
	if r.file != nil {
		r.file.Close()
	}
	if err == nil || ctx.Err() != nil {
		for _, e := range r.join.Rest() {
			if e := r.hand(e); e != nil {
				return e
			}
		}
	}
	return err
}

type reader struct {
	log   *container.Log
	ask   Ask
	parse func([]byte) (Entry, error)
	emit  func(Entry) error
	join  Joiner
	file  *os.File // that is written now; nil: there is none yet
	lines *lines   // of it
}

// through reads pieces to their ends. The last one stays open. All others are closed, whatever happens.
func (r *reader) through(ctx context.Context, list []piece) error {
	for i, p := range list {
		l, err := p.open()
		if err == nil {
			err = r.all(ctx, l)
		}
		if err != nil || i < len(list)-1 {
			p.file.Close()
		} else {
			r.file, r.lines = p.file, l
		}
		if err != nil {
			for _, p := range list[i+1:] {
				p.file.Close()
			}
			return err
		}
	}
	return nil
}

// all hands on what lines there are by now.
func (r *reader) all(ctx context.Context, l *lines) error {
	for ctx.Err() == nil {
		line, err := l.next()
		if err == io.EOF {
			return nil
		}
		if err != nil && err != errLong {
			return err
		}
		if err := r.handOn(line, err); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// handOn hands on what a line, or why there is none, makes whole.
func (r *reader) handOn(line []byte, err error) error {
	var e Entry
	if err == nil {
		e, err = r.parse(line)
	}
	if err != nil {
		e = Entry{Err: err}
	}
	if whole, ok := r.join.Add(e); ok {
		return r.hand(whole)
	}
	return nil
}

func (r *reader) hand(e Entry) error {
	if e.Err == nil && e.Time.Before(r.ask.Since) {
		return nil
	}
	return r.emit(e)
}

// follow looks for more again and again: more of the file, or another file in its place.
func (r *reader) follow(ctx context.Context) error {
	pause := r.ask.Pause
	if pause <= 0 {
		pause = 250 * time.Millisecond
	}
	for {
		alive := r.ask.Alive == nil || r.ask.Alive() // asked before: what it printed last is read after
		if err := r.readNew(ctx); err != nil {
			return err
		}
		if r.ask.Idle != nil {
			r.ask.Idle()
		}
		if !alive {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// readNew hands on what has been written since.
func (r *reader) readNew(ctx context.Context) error {
	if r.file != nil {
		st, err := r.file.Stat()
		if err != nil {
			return err
		}
		if st.Size() < r.lines.read { // it was cut, as conmon and copytruncate do
			if err := r.hand(Entry{Err: ErrLost}); err != nil {
				return err
			}
			if r.lines, err = (piece{file: r.file}).open(); err != nil {
				return err
			}
		}
		if err := r.all(ctx, r.lines); err != nil {
			return err
		}
	}
	now, err := r.log.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return nil // between two steps of a rotation
	}
	if err != nil {
		return err
	}
	if r.file != nil && same(r.file, now) {
		return now.Close()
	}
	return r.rotated(ctx, now)
}

// rotated goes on with another file, and with those that were written and rotated between.
func (r *reader) rotated(ctx context.Context, now *os.File) error {
	list := []piece{{file: now}}
	if r.file != nil {
		if err := r.all(ctx, r.lines); err != nil { // what was written to it last
			now.Close()
			return err
		}
		between, found := r.between(now)
		list = append(between, list...)
		r.file.Close()
		r.file = nil
		if !found {
			if err := r.hand(Entry{Err: ErrLost}); err != nil {
				return err
			}
		}
	}
	return r.through(ctx, list)
}

// between opens the files that are later than the one that was read and earlier than the one that is written now.
// found reports whether the one that was read is still there.
func (r *reader) between(now *os.File) (list []piece, found bool) {
	names, err := r.log.Earlier()
	if err == nil && (len(names) == 0 || strings.HasSuffix(names[0], ".gz")) {
		return nil, true // conmon removes the one before; Docker compresses it: in both cases it was read to its end
	}
	for _, name := range names {
		f, err := r.log.OpenEarlier(name)
		if err != nil {
			continue
		}
		if same(f, r.file) {
			f.Close()
			return list, true
		}
		if same(f, now) || strings.HasSuffix(name, ".gz") {
			f.Close()
			continue
		}
		list = append([]piece{{file: f}}, list...)
		if len(list) > 100 {
			break
		}
	}
	for _, p := range list {
		p.file.Close()
	}
	return nil, false
}

func same(a, b *os.File) bool {
	x, err1 := a.Stat()
	y, err2 := b.Stat()
	return err1 == nil && err2 == nil && os.SameFile(x, y)
}

// String is the entry as one line, for tests and errors.
func (e Entry) String() string {
	return fmt.Sprintf("%s %s %q", e.Time.Format(time.RFC3339Nano), e.Stream, e.Text)
}
