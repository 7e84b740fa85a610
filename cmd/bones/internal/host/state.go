package host

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"slices"
	"time"
)

// state is what is known of a journal up to some byte. It is either complete, and knows every change, or it was begun
// from the tail of a line and knows the changes after that, and what it takes to write the next one.
type state struct {
	dev, ino uint64 // which file that is
	end      int64  // how far it was read, in bytes: the end of a line
	last     int    // the highest number that was given
	open     []openIntent

	complete bool
	changes  []*Change          // oldest first
	byID     map[string]*Change // nil: no changes are kept
	Skipped  Skipped
	worded   int // how many bytes the wordings of the changes have; at most maxWorded
}

// Change is one change of the history: where its records stand in the journal, and what it takes to choose one. What
// it was in words is known of the first changes, and read of the others when they are shown.
type Change struct {
	N    int // permanent: bones never gives it to another change
	id   string
	kind string
	time time.Time
	by   run

	at, doneAt   int64 // where its records begin, in bytes; doneAt is -1 without a done
	size, doneSz int   // of them, in bytes
	failed       bool  // its done says so
	told         bool  // it was reported as unfinished
	inverse      bool  // its done has one
	unchanged    bool  // its done says that all was so already

	undoes   string  // the ID of the change that it takes back
	redoes   bool    // it makes a change again that was taken back
	undoneBy string  // the ID of the change that took it back; empty if none did, or if that was taken back itself
	made     *Change // who put it in place last: itself, or what made it again

	wording *wording // what its records say for people; nil where that was too much to keep
}

// Skipped says which lines of a journal are no records, and are left out.
type Skipped struct {
	Lines int
	At    int64  // where the first of them begins, in bytes
	Why   string // what is wrong with that one
}

func (s *Skipped) add(at int64, why string) {
	if s.Lines++; s.Lines == 1 {
		s.At, s.Why = at, why
	}
}

// String is one line for people; empty if nothing was skipped.
func (s Skipped) String() string {
	switch s.Lines {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("bones left out a line of the journal that is not a record: %s, at byte %d", s.Why, s.At)
	}
	return fmt.Sprintf("bones left out %d lines of the journal that are not records; the first: %s, at byte %d", s.Lines,
		s.Why, s.At)
}

// ended reports whether a change came to an end of which bones knows.
func (c *Change) ended() bool { return c.doneAt >= 0 && !c.told }

// Undoable reports whether the change can be taken back, as far as the journal tells.
func (c *Change) Undoable() bool { return c.ended() && !c.failed && c.undoneBy == "" && c.inverse }

// stands reports whether a change was made and is still there.
func (c *Change) stands() bool {
	return c.doneAt >= 0 && !c.failed && !c.unchanged && c.undoneBy == "" && c.undoes == ""
}

// feed takes the next line into the state.
func (s *state) feed(line []byte, at int64) {
	s.end = at + int64(len(line))
	r, err := parseRecord(line)
	if err != nil {
		if s.complete {
			s.Skipped.add(at, err.Error())
		}
		return
	}
	if why := s.apply(r, at, len(line)); why != "" && s.complete {
		s.Skipped.add(at, why)
	}
}

// apply takes a record in, and says why it does not, if so.
func (s *state) apply(r record, at int64, size int) (why string) {
	i := slices.IndexFunc(s.open, func(o openIntent) bool { return o.ID == r.ID })
	if r.Phase == phaseIntent {
		if i >= 0 || s.byID[r.ID] != nil {
			return "a second intent of the same change"
		}
		// A number that was given stays; what older bones wrote is numbered as it stands.
		if s.last++; r.N > s.last {
			s.last = r.N
		}
		s.open = append(s.open, openIntent{r.ID, s.last, at})
		if s.byID != nil {
			s.begin(r, at, size)
		}
		return ""
	}
	if i >= 0 {
		s.open = slices.Delete(s.open, i, i+1)
	}
	if s.byID != nil {
		return s.finish(r, at, size)
	}
	return ""
}

func (s *state) begin(r record, at int64, size int) {
	c := &Change{N: s.last, id: r.ID, kind: r.Kind, time: r.Time, by: run{r.UID, r.PID, r.Started, r.PIDNS},
		at: at, size: size, doneAt: -1, undoes: r.Undoes}
	c.made, c.wording = c, s.keepWording(wording{what: r.What, byHand: r.ByHand, state: r.State})
	if undone := s.byID[r.Undoes]; undone != nil {
		c.redoes = undone.undoes != "" && !undone.redoes
	} else {
		c.undoes = "" // what it takes back is not in this journal
	}
	s.byID[r.ID] = c
	s.changes = append(s.changes, c)
}

func (s *state) finish(r record, at int64, size int) (why string) {
	c := s.byID[r.ID]
	switch {
	case c == nil:
		return "the end of a change that never began"
	case c.ended():
		return "a second end of the same change"
	}
	c.doneAt, c.doneSz = at, size
	c.failed, c.told, c.inverse = r.Error != "", r.Note == abandonedNote, holds(r.Inverse)
	c.unchanged = r.Unchanged
	if w := c.wording; w != nil {
		s.worded -= w.size()
		c.wording = s.keepWording(wording{w.what, w.byHand, r.Note, r.Error, w.state})
	}
	if undone := s.byID[c.undoes]; undone != nil && !c.failed && !c.told {
		undone.undoneBy = c.id
		if original := s.byID[undone.undoes]; original != nil {
			original.undoneBy, original.made = "", c
		}
	}
	return ""
}

// eachLine gives the lines of r to do, with their newlines. Of a line longer than maxLine only the beginning is kept,
// and skip is called instead. What follows the last newline is given to nobody: its length is returned. at is where r
// begins.
func eachLine(r io.Reader, at int64, do func(line []byte, at int64), skip func(at, size int64)) (left int64,
	err error) {
	in := bufio.NewReaderSize(r, 256<<10)
	var long [][]byte // the parts of a line that does not fit into the buffer
	size := int64(0)
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		switch {
		case err == bufio.ErrBufferFull:
			if size > maxLine {
				long = nil
			} else {
				long = append(long, bytes.Clone(part))
			}
			continue
		case err == io.EOF:
			return size, nil
		case err != nil:
			return size, err
		case size > maxLine:
			skip(at, size)
		case long != nil:
			do(bytes.Join(append(long, part), nil), at)
		default:
			do(part, at)
		}
		at += size
		long, size = nil, 0
	}
}

// lastLine returns the last line of a journal and where it begins; nil if the journal does not end with a whole line
// that is not longer than maxLine.
func lastLine(f io.ReaderAt, size int64) (line []byte, at int64, err error) {
	var back []byte
	step := int64(4 << 10)
	for at = size; at > 0; step *= 2 {
		n := min(step, at)
		if int64(len(back))+n > maxLine {
			return nil, 0, nil
		}
		piece := make([]byte, n, n+int64(len(back)))
		if _, err := f.ReadAt(piece, at-n); err != nil {
			return nil, 0, err
		}
		if at == size && piece[n-1] != '\n' {
			return nil, 0, nil
		}
		before := piece
		if at == size {
			before = piece[:n-1]
		}
		if i := bytes.LastIndexByte(before, '\n'); i >= 0 {
			return append(piece[i+1:], back...), at - n + int64(i) + 1, nil
		}
		back = append(piece, back...)
		at -= n
	}
	return back, 0, nil
}

// lineAt returns the line that begins at a byte, without its newline.
func lineAt(f io.ReaderAt, at int64) ([]byte, error) {
	for size := int64(2 << 10); ; size *= 4 {
		size = min(size, maxLine+1)
		b := make([]byte, size)
		n, err := f.ReadAt(b, at)
		if i := bytes.IndexByte(b[:n], '\n'); i >= 0 {
			return b[:i], nil
		}
		switch {
		case err == io.EOF:
			return b[:n], nil
		case err != nil:
			return nil, err
		case size > maxLine:
			return nil, fmt.Errorf("a line is longer than %d MiB", maxLine>>20)
		}
	}
}
