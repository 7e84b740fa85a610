package record

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"bones/cmd/bones/internal/record/seldom"

	"golang.org/x/sys/unix"
)

// Reader gives the frames of a recording, in the order in which they were written. It is for one goroutine.
type Reader struct {
	segments []*segment
	files    []*os.File
	frames   []position
	dir      string // "": one file
	decoder  *decoder
	key      position // whose key frame the decoder has
	hasKey   bool
	damaged  []error // segments of which something cannot be read
}

// position is a frame: the number of its segment, and of the entry there.
type position struct{ segment, entry int }

// suffix is that of segments, indexSuffix that of their indexes.
const (
	suffix      = ".bones"
	indexSuffix = ".index"
)

// Open opens a recording: a directory of segments, or one file. Files that are no plain files are refused.
func Open(path string) (*Reader, error) {
	d, err := newDecoder()
	if err != nil {
		return nil, err
	}
	r := &Reader{decoder: d}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		if err := r.open(path, ""); err != nil {
			return nil, err
		}
		if err := r.segments[0].err; err != nil && len(r.segments[0].entries) == 0 {
			r.Close()
			return nil, err
		}
		r.number()
		return r, nil
	}
	r.dir = path
	if err := r.list(); err != nil {
		return nil, err
	}
	r.number()
	return r, nil
}

// list opens the segments of the directory that are new.
func (r *Reader) list() error {
	names, err := os.ReadDir(r.dir)
	if err != nil {
		return err
	}
	known := map[string]bool{}
	for _, s := range r.segments {
		known[s.name] = true
	}
	for _, n := range names { // by name, which begins with a number that grows
		path := filepath.Join(r.dir, n.Name())
		if !strings.HasSuffix(n.Name(), suffix) || known[path] {
			continue
		}
		if err := r.open(path, strings.TrimSuffix(path, suffix)+indexSuffix); err != nil {
			if errors.Is(err, fs.ErrNotExist) {
				continue // the recorder has just removed it, being the oldest
			}
			r.damaged = append(r.damaged, err)
		}
	}
	return nil
}

func (r *Reader) open(path, index string) error {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NONBLOCK|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is no plain file; `bones replay -` reads a recording from a pipe", path)
	}
	if err != nil {
		f.Close()
		return err
	}
	s := &segment{name: path, file: f}
	if index != "" {
		s.useIndex(index, info.Size())
	}
	s.scan(info.Size())
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
	before := len(r.frames)
	for i, s := range r.segments {
		info, err := r.files[i].Stat()
		if err != nil {
			return false, err
		}
		s.scan(info.Size())
	}
	if r.dir != "" {
		if err := r.list(); err != nil {
			return false, err
		}
	}
	r.number()
	return len(r.frames) > before, nil
}

// Close closes the files.
func (r *Reader) Close() {
	for _, f := range r.files {
		f.Close()
	}
}

// Damaged says which segments cannot be read, or not to their end.
func (r *Reader) Damaged() []error {
	list := slices.Clone(r.damaged)
	for _, s := range r.segments {
		if s.err != nil {
			list = append(list, s.err)
		}
	}
	return list
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

// Frame reads frame i.
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
	f, err := r.decoder.against(payload)
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
