package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/cmd/bones/internal/record/seldom"
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// files are those of recordings: what stands in them is shown to root, and old ones are removed by root.
var files = ours.Purpose{What: "recording", Help: "name another directory with --dir"}

// DefaultDir is where recordings are kept, if no directory is named, of the host whose root directory is at root; see
// ours.StateDirBelow.
func DefaultDir(root string) (string, error) {
	dir, err := ours.StateDirBelow(root)
	return filepath.Join(dir, "recording"), err
}

// DirOf returns the directory of the recording of the host whose proc file system is at proc, to be read. Where that
// is not our own /proc, as in a pod that has the node's files mounted, the node's /var/lib/bones lies beside it. One
// that nobody has named is read only where nobody else can have written it, as it may show what never was.
func DirOf(proc string) (string, error) {
	if proc = filepath.Clean(proc); proc != "/proc" {
		dir := filepath.Join(filepath.Dir(proc), "var/lib/bones/recording")
		if _, err := os.Lstat(dir); err == nil {
			return dir, alone(dir)
		}
	}
	dir, err := DefaultDir("")
	if err != nil {
		return dir, err
	}
	return dir, alone(dir)
}

// alone reports with an error that somebody else may have written a recording. That it is not there is for whoever
// opens it to say.
func alone(path string) error {
	dir, err := files.Dir(path, false)
	if errors.Is(err, ours.ErrForeign) {
		return err
	}
	if err == nil {
		dir.Close()
	}
	return nil
}

// Keep bounds what a Store keeps. The oldest segments go first, as whole files; the one that is written to stays.
type Keep struct {
	For  time.Duration // 0: for ever
	Size int64         // of all files together, in bytes; 0: any
}

// segmentTime is how long a segment grows, and leastSegment how long at least where little is kept.
const (
	segmentTime  = time.Hour
	leastSegment = 10 * time.Second
)

// grows is how long a segment grows: an hour, or where less than a working day is kept an eighth of that. Segments are
// removed whole: of ten minutes an hour and ten would be kept.
func (k Keep) grows() time.Duration {
	if k.For == 0 {
		return segmentTime
	}
	return max(min(segmentTime, k.For/8), leastSegment)
}

// Store writes frames into a directory. Only one can have a directory.
type Store struct {
	dir     *ours.Path
	path    string
	lock    *os.File
	keep    Keep
	encoder *Encoder
	events  *eventCoder // nil: none was written yet

	segment, index *os.File
	number         uint64 // of the segment
	size           int64  // of it: what comes after was not written whole
	began          Clock  // when it began
	now            Clock  // of the last frame
	facts          []byte // that come before the next frame
	known          []byte // the Facts that were written last
}

// Clock is a time by both clocks: that on the wall can be set, that since boot cannot, and ends with the machine.
type Clock struct {
	Wall time.Time
	Boot time.Duration // since boot, suspension counted
}

// ErrBusy says that another recorder has the directory.
var ErrBusy = errors.New("another bones is recording there")

// Create opens a directory for a recording, and makes it if it is missing. What is in it stays, within keep.
func Create(path string, keep Keep) (*Store, error) {
	dir, err := files.Dir(path, true)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, path: path, keep: keep}
	if s.lock, err = dir.Named("lock").Open(true); err == nil {
		err = unix.Flock(int(s.lock.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == unix.EWOULDBLOCK {
			err = fmt.Errorf("recording: %s: %w; end it first, or name another directory with --dir", path, ErrBusy)
		}
	}
	if err == nil {
		s.encoder, err = NewEncoder()
	}
	if err == nil {
		var list []stored
		if list, err = s.list(); len(list) > 0 {
			s.number = list[len(list)-1].number
		}
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends the recording. What was written is whole.
func (s *Store) Close() error {
	var all []error
	for _, f := range []*os.File{s.segment, s.index, s.lock} {
		if f != nil {
			all = append(all, f.Close())
		}
	}
	s.dir.Close()
	return errors.Join(all...)
}

// Write appends a frame. After an error nothing of it is left, and all that was written before is whole.
func (s *Store) Write(f *Frame) error {
	snapshot := &f.Head.Snapshot
	s.now = Clock{Wall: snapshot.Taken, Boot: snapshot.Uptime}
	large := s.keep.Size > 0 && s.size > s.keep.Size/8
	age := s.now.Boot - s.began.Boot
	if s.segment == nil || s.removed() || large || age >= s.keep.grows() || age < 0 {
		if err := s.next(); err != nil {
			return err
		}
	}
	b, key, err := s.encoder.Encode(f)
	if err != nil {
		return err
	}
	facts := s.facts
	if facts == nil && s.size <= int64(len(magic)) {
		facts = s.known // each segment has its own: the one before is removed sooner, as a rule, than others are read
	}
	if err := s.append(slices.Concat(facts, b)); err != nil {
		// The key frame that it may have been is not there to write against.
		s.encoder.Fresh()
		if s.size <= int64(len(magic)) {
			s.discard()
		}
		return err
	}
	if s.facts = nil; facts != nil {
		s.known = facts
		h := parseHeader(facts)
		s.enter(entry{taken: h.taken, length: h.length, kind: kindSeldom})
	}
	e := entry{taken: s.now.Wall.UnixNano(), length: uint32(len(b) - headerSize), kind: kindChanges, load: loadOf(b)}
	if key {
		e.kind = kindKey
	}
	s.enter(e)
	return nil
}

// removed reports whether somebody has removed the segment: what is written to it would be nobody's.
func (s *Store) removed() bool {
	var st unix.Stat_t
	return unix.Fstat(int(s.segment.Fd()), &st) == nil && st.Nlink == 0
}

// Facts has Facts written before the next frame.
func (s *Store) Facts(f *seldom.Facts) (err error) {
	s.facts, err = s.encoder.Seldom(f)
	return err
}

// enter notes in the index what was just written.
func (s *Store) enter(e entry) {
	e.offset = s.size
	s.size = e.end()
	// Without an index, or with one that lacks frames, reading takes longer and finds all: its errors are none here.
	s.index.Write(e.appendIndex(nil))
}

// append writes to the segment, or leaves it as it was.
func (s *Store) append(b []byte) error {
	_, err := s.segment.WriteAt(b, s.size)
	if err == nil {
		return nil
	}
	if truncateErr := s.segment.Truncate(s.size); truncateErr != nil {
		s.segment.Close() // what is cut off in there is left out by readers; the next frame begins a new one
		s.segment = nil
	}
	if errors.Is(err, unix.ENOSPC) || errors.Is(err, unix.EDQUOT) {
		return fault.Hinted("recording", err, "all that was recorded before is whole; --max-size bounds what bones keeps")
	}
	return fmt.Errorf("recording: %w", err)
}

// next begins a segment, and removes those that are too old or too many.
func (s *Store) next() error {
	var at unix.Stat_t
	if unix.Fstat(s.dir.FD(), &at) == nil && at.Nlink == 0 {
		return fmt.Errorf("recording: somebody removed %s with all that it held; start bones record again to make a new "+
			"one", s.path)
	}
	if err := s.clean(); err != nil {
		return err
	}
	for _, f := range []*os.File{s.segment, s.index} {
		if f != nil {
			f.Close()
		}
	}
	s.segment, s.index = nil, nil
	s.number++
	s.began = s.now
	name := s.name()
	segment, err := s.dir.Named(name + suffix).Create()
	if err != nil {
		return fmt.Errorf("recording: %w", err)
	}
	index, err := s.dir.Named(name + indexSuffix).Create()
	if err != nil {
		segment.Close()
		s.dir.Named(name + suffix).Remove()
		return fmt.Errorf("recording: %w", err)
	}
	s.segment, s.index, s.size = segment, index, 0
	s.encoder.Fresh()
	if err := s.append([]byte(magic)); err != nil {
		s.discard()
		return err
	}
	s.size = int64(len(magic))
	return nil
}

// discard removes the segment in which there is no frame: a service that is started again and again on a full disk
// would leave one each time.
func (s *Store) discard() {
	for _, f := range []*os.File{s.segment, s.index} {
		if f != nil {
			f.Close()
		}
	}
	s.segment, s.index = nil, nil
	for _, end := range []string{suffix, indexSuffix} {
		s.dir.Named(s.name() + end).Remove() // one that stays is an empty one, which nobody minds
	}
}

// name is that of the segment, without suffix.
func (s *Store) name() string {
	return fmt.Sprintf("%08d-%s", s.number, s.began.Wall.UTC().Format("20060102T150405Z"))
}

// stored is a segment that is there.
type stored struct {
	name   string // without suffix
	number uint64
	size   int64     // with its index
	ended  time.Time // when it was written to last
}

// list returns the segments of the directory, the oldest first. Files of other names are nobody's business.
func (s *Store) list() ([]stored, error) {
	names, err := os.ReadDir(fmt.Sprintf("/proc/self/fd/%d", s.dir.FD()))
	if err != nil {
		return nil, fmt.Errorf("recording: %s: %w", s.path, err)
	}
	found := map[string]*stored{}
	for _, n := range names {
		name, isSegment := strings.CutSuffix(n.Name(), suffix)
		if !isSegment {
			var isIndex bool
			if name, isIndex = strings.CutSuffix(n.Name(), indexSuffix); !isIndex {
				continue
			}
		}
		digits, _, _ := strings.Cut(name, "-")
		number, err := strconv.ParseUint(digits, 10, 64)
		info, err2 := n.Info()
		if err != nil || err2 != nil || !info.Mode().IsRegular() {
			continue
		}
		x := found[name]
		if x == nil {
			x = &stored{name: name, number: number}
			found[name] = x
		}
		x.size += info.Size()
		if isSegment {
			x.ended = info.ModTime()
		}
	}
	list := make([]stored, 0, len(found))
	for _, x := range found {
		list = append(list, *x)
	}
	sort.Slice(list, func(i, k int) bool { return list[i].number < list[k].number })
	return list, nil
}

// clean removes the oldest segments, until what is left is within bounds with one segment more of the size of the
// largest. The age of a segment is the time that went by since it was written to last; a clock that was set forward by
// more than this recorder has run since does not make them old.
func (s *Store) clean() error {
	list, err := s.list()
	if err != nil {
		return err
	}
	var total, largest int64
	for _, x := range list {
		total += x.size
		largest = max(largest, x.size)
	}
	now := s.now.Wall
	if s.segment != nil {
		// By the clock since boot, from the end of the segment that this recorder has written itself.
		if ran := s.began.Wall.Add(s.now.Boot - s.began.Boot); now.After(ran.Add(time.Minute)) {
			now = ran
		}
	}
	for i, x := range list {
		old := s.keep.For > 0 && now.Sub(x.ended) > s.keep.For
		much := s.keep.Size > 0 && total+largest > s.keep.Size && i < len(list)-1
		if !old && !much {
			break
		}
		if s.segment != nil && x.number == s.number {
			break
		}
		for _, end := range []string{suffix, indexSuffix} {
			if err := s.dir.Named(x.name + end).Remove(); err != nil && !errors.Is(err, os.ErrNotExist) {
				return fmt.Errorf("recording: %w", err)
			}
		}
		total -= x.size
	}
	return nil
}
