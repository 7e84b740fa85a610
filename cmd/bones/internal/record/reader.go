package record

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Reader gives the frames of a recording, in the order in which they were written. It is for one goroutine.
type Reader struct {
	segments []*segment
	files    []*pooled
	pool     pool
	frames   []position
	dir      *os.File // nil: one file
	path     string
	known    map[string]bool // the names of the directory that were looked at
	room     int             // frames that may still be found
	most     int             // names of the directory that are looked at
	decoder  *decoder
	key      position // whose key frame the decoder has
	hasKey   bool
	damaged  []error       // files that cannot be read; what is wrong within a segment, the segment knows
	tooMany  error         // why not all names of the directory were looked at; nil: all were
	batches  *batchDecoder // of events; nil: none was read yet
}

// position is a frame: the number of its segment, and of the entry there.
type position struct{ segment, entry int }

// suffix is that of segments, indexSuffix that of their indexes.
const (
	suffix      = ".bones"
	indexSuffix = ".index"
)

// Open opens a recording: a directory of segments, or one file. Files that are no plain files are refused, and not
// even opened.
func Open(path string) (*Reader, error) {
	d, err := newDecoder()
	if err != nil {
		return nil, err
	}
	r := &Reader{decoder: d, path: path, known: map[string]bool{}, room: maxFrames, most: maxNames}
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	switch err {
	case nil:
		r.dir = os.NewFile(uintptr(fd), path)
		if err := r.list(); err != nil {
			r.Close()
			return nil, err
		}
	case unix.ENOTDIR:
		err := r.open(unix.AT_FDCWD, path, path, "")
		if errors.Is(err, ours.ErrNotPlain) {
			err = fmt.Errorf("%w; `bones replay -` reads a recording from a pipe", err)
		}
		if err != nil {
			return nil, err
		}
		if err := r.segments[0].err; err != nil && len(r.segments[0].entries) == 0 {
			r.Close()
			return nil, err
		}
	default:
		return nil, &os.PathError{Op: "open", Path: text.Line(path), Err: err}
	}
	r.number()
	return r, nil
}

// list opens the segments of the directory that are new.
func (r *Reader) list() error {
	var names []string
	if names, r.tooMany = namesOf(r.dir, r.path, r.most); names == nil && r.tooMany != nil {
		return r.tooMany
	}
	for _, n := range names { // by name, which begins with a number that grows
		if !strings.HasSuffix(n, suffix) || r.known[n] {
			continue
		}
		index := strings.TrimSuffix(n, suffix) + indexSuffix
		err := r.open(int(r.dir.Fd()), n, filepath.Join(r.path, n), index)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the recorder has just removed it, being the oldest
		}
		r.known[n] = true
		if err != nil {
			r.damaged = append(r.damaged, err)
		}
	}
	return nil
}

func (r *Reader) open(dir int, name, path, index string) error {
	f, err := r.pool.add(dir, name, path)
	if err != nil {
		return err
	}
	size, err := f.size()
	if err != nil {
		return err
	}
	s := &segment{name: text.Line(path), file: f}
	if index != "" {
		s.useIndex(dir, index, size, &r.room)
	}
	s.scan(size, &r.room)
	r.segments = append(r.segments, s)
	r.files = append(r.files, f)
	return nil
}

// number makes the list of frames out of those of the segments.
func (r *Reader) number() {
	r.frames = r.frames[:0]
	for i, s := range r.segments {
		for k := range s.entries {
			r.frames = append(r.frames, position{i, k})
		}
	}
}

// More looks for frames that have come since. It reports whether there are any.
func (r *Reader) More() (bool, error) {
	for i, s := range r.segments {
		if r.files[i].f == nil && i < len(r.segments)-2 {
			continue // closed long ago; its recorder has gone on to another
		}
		size, err := r.files[i].size()
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed since, being the oldest
		}
		if err != nil {
			return false, err
		}
		s.scan(size, &r.room)
	}
	if r.dir != nil {
		if err := r.list(); err != nil {
			return false, err
		}
	}
	found := 0
	for _, s := range r.segments {
		found += len(s.entries)
	}
	if found == len(r.frames) {
		return false, nil
	}
	r.number()
	return true, nil
}

// Close closes the files.
func (r *Reader) Close() {
	r.pool.drop(len(r.pool.open))
	if r.dir != nil {
		r.dir.Close()
	}
}

// Damaged says which segments cannot be read, or not to their end.
func (r *Reader) Damaged() []error {
	list := slices.Clone(r.damaged)
	if r.tooMany != nil {
		list = append(list, r.tooMany)
	}
	for _, s := range r.segments {
		if err := cmp.Or(s.err, s.doubt); err != nil {
			list = append(list, err)
		}
	}
	return few(list)
}

// Empty says why there is no frame; nil if there is one.
func (r *Reader) Empty() error {
	if len(r.frames) > 0 {
		return nil
	}
	why := "its first moment is not whole: it was cut off, or is just being written"
	switch damaged := r.Damaged(); {
	case len(damaged) > 0:
		err := ErrEmpty
		for _, d := range damaged {
			err = fmt.Errorf("%w: %w", err, d)
		}
		return err
	case len(r.segments) == 0:
		why = "the directory holds no segments such as bones record writes"
	case !slices.ContainsFunc(r.segments, func(s *segment) bool { return s.scanned > 0 }):
		why = "it is empty"
	}
	return fmt.Errorf("%w: %s", ErrEmpty, why)
}

// Len is how many frames there are.
func (r *Reader) Len() int { return len(r.frames) }

func (r *Reader) entry(i int) *entry {
	p := r.frames[i]
	return &r.segments[p.segment].entries[p.entry]
}

// Time is when frame i was taken, by the clock on the wall of the host that it is of. A clock that was set back makes
// times go back.
func (r *Reader) Time(i int) time.Time { return timeOf(r.entry(i).taken) }

// At finds the last frame that was taken at this time or before; -1 if there is none. Where a clock was set back,
// times come twice, and the later frame counts.
func (r *Reader) At(t time.Time) int {
	// Not by halves, as clocks go back: a week of frames is looked through in a millisecond.
	nano, best := t.UnixNano(), -1
	for i := range r.frames {
		if taken := r.entry(i).taken; taken <= nano && (best < 0 || taken >= r.entry(best).taken) {
			best = i
		}
	}
	return best
}

// Frame reads frame i, counted from 0, and first its key frame, unless that is the one that was read last. The error
// names the segment and where in it.
func (r *Reader) Frame(i int) (*Frame, error) {
	p := r.frames[i]
	s := r.segments[p.segment]
	e := &s.entries[p.entry]
	payload, err := s.payload(e)
	if err != nil {
		return nil, err
	}
	key := p
	for s.entries[key.entry].kind != kindKey {
		if key.entry--; key.entry < 0 {
			return nil, fmt.Errorf("%s: the frame at byte %d has no key frame before it", s.name, e.offset)
		}
	}
	if key == p || !r.hasKey || r.key != key {
		r.hasKey = false
		keyPayload := payload
		if key != p {
			if keyPayload, err = s.payload(&s.entries[key.entry]); err != nil {
				return nil, fmt.Errorf("the key frame: %w", err)
			}
		}
		f, err := r.decoder.key(keyPayload)
		if err != nil {
			return nil, fmt.Errorf("%s, the key frame at byte %d: %w", s.name, s.entries[key.entry].offset, err)
		}
		r.key, r.hasKey = key, true
		if key == p {
			return f, nil
		}
	}
	f, err := r.decoder.against(e.kind, payload)
	if err != nil {
		return nil, fmt.Errorf("%s, the frame at byte %d: %w", s.name, e.offset, err)
	}
	return f, nil
}

// Facts are those that were read last before frame i, or with it; nil if there are none.
func (r *Reader) Facts(i int) (*seldom.Facts, error) {
	p := r.frames[i]
	before := r.segments[p.segment].entries[p.entry].offset
	for n := p.segment; n >= 0; n-- {
		s := r.segments[n]
		for k := len(s.seldom) - 1; k >= 0; k-- {
			e := &s.seldom[k]
			if n == p.segment && e.offset > before {
				continue
			}
			payload, err := s.payload(e)
			if err != nil {
				return nil, err
			}
			f, err := r.decoder.facts(payload)
			if err != nil {
				return nil, fmt.Errorf("%s, byte %d: %w", s.name, e.offset, err)
			}
			return f, nil
		}
	}
	return nil, nil
}
