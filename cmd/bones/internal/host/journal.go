package host

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Journal is the append-only record of what bones changed: one JSON object a line, an intent before and a done after.
// The file is opened for each record, so that several bones can write to one; each takes a lock while it does.
//
// To write a record takes the last line and what others have written since, never the whole journal. Its methods may
// be called by several goroutines.
type Journal struct {
	path  string
	given bool  // the user named the file
	err   error // why there is no path
	clock func() time.Time

	mu    sync.Mutex
	state *state
	read  int64 // bytes read so far, for the tests
}

// NewJournal returns the journal in a file, or the one in the state directory if path is empty. Nothing is opened
// yet.
func NewJournal(path string, clock func() time.Time) *Journal {
	j := &Journal{path: path, given: path != "", clock: clock}
	if path == "" {
		j.in("")
	}
	return j
}

// in puts the journal into the state directory of the host whose root directory is at root; see ours.StateDirBelow.
func (j *Journal) in(root string) {
	dir, err := ours.StateDirBelow(root)
	j.path, j.err = filepath.Join(dir, "journal.jsonl"), err
}

// journalFiles are those that root acts on the word of.
var journalFiles = ours.Purpose{What: "journal", Help: "name another file with --journal"}

// Given reports whether the user named the file, rather than that it is the default one.
func (j *Journal) Given() bool { return j.given }

// open opens the file after it was found to be ours; nil, with no error, if it is to be read and is not there.
func (j *Journal) open(write bool) (*os.File, error) {
	if j.err != nil {
		return nil, j.err
	}
	p, err := journalFiles.Find(j.path, write && !j.given)
	if err == nil {
		defer p.Close()
		var f *os.File
		if f, err = p.Open(write); err == nil {
			return f, nil
		}
	}
	if !write && errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	return nil, err
}

// lockPatience is how long another bones may hold the journal while it writes a record.
const lockPatience = 5 * time.Second

// lock waits until no other bones writes. File systems without locks are written to without: a number that two
// changes got is told apart when the journal is read.
func lock(f *os.File) error {
	for end := time.Now().Add(lockPatience); ; time.Sleep(2 * time.Millisecond) {
		switch err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); {
		case err == nil, err == unix.ENOLCK, err == unix.EOPNOTSUPP, err == unix.ENOSYS:
			return nil
		case err != unix.EWOULDBLOCK && err != unix.EINTR:
			return fmt.Errorf("journal: locking: %w", err)
		case time.Now().After(end):
			return fmt.Errorf("journal: another program has held its lock for %v; name another file with --journal",
				lockPatience)
		}
	}
}

// counted is a reader at that counts.
type counted struct {
	f *os.File
	n *int64
}

func (c counted) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.f.ReadAt(b, at)
	*c.n += int64(n)
	return n, err
}

// beginning says from where on the state must know the changes of a journal.
type beginning int

const (
	anywhere beginning = iota // what the last line says of all before it will do
	asBefore                  // from where it knew them before; of a file that is new, from its start
	start                     // all of them
)

// refresh brings the state up to the end of the file. It returns how many bytes follow the last newline.
func (j *Journal) refresh(f *os.File, from beginning) (left int64, err error) {
	var st unix.Stat_t
	if err := unix.Fstat(int(f.Fd()), &st); err != nil {
		return 0, fmt.Errorf("journal: %w", err)
	}
	in := counted{f, &j.read}
	if s := j.state; s == nil || s.dev != st.Dev || s.ino != st.Ino || st.Size < s.end ||
		from == start && !s.complete {
		s = &state{dev: st.Dev, ino: st.Ino, complete: true, byID: map[string]*Change{}}
		if from == anywhere {
			if err := s.fromTail(in, st.Size); err != nil {
				return 0, fmt.Errorf("journal: %w", err)
			}
		}
		j.state = s
	}
	s := j.state
	left, err = eachLine(io.NewSectionReader(in, s.end, st.Size-s.end), s.end, s.feed, func(at, size int64) {
		s.end = at + size
		s.Skipped.add(at, fmt.Sprintf("longer than %d MiB", maxLine>>20))
	})
	if err != nil {
		return 0, fmt.Errorf("journal: %w", err)
	}
	return left, nil
}

// fromTail begins with what the last line says of all before it, if it does.
func (s *state) fromTail(f io.ReaderAt, size int64) error {
	line, at, err := lastLine(f, size)
	if err != nil || line == nil {
		return err
	}
	r, err := parseRecord(line)
	if err != nil || r.Tail == nil || r.Tail.At != at {
		return nil
	}
	s.complete = false
	s.end, s.last, s.open = size, r.Tail.Last, r.Tail.Open
	return nil
}

// append writes a record at the end, which is on the disk when it returns.
func (j *Journal) append(r record) (record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(true)
	if err != nil {
		return r, err
	}
	defer f.Close() // which unlocks, too
	if err := lock(f); err != nil {
		return r, err
	}
	left, err := j.refresh(f, anywhere)
	if err != nil {
		return r, err
	}
	s := j.state
	at, prefix := s.end, ""
	if left > 0 {
		// A disk that was full cut the last record: it must not take this one along.
		at, prefix = s.end+left+1, "\n"
	}
	line, r, err := s.next(r, at)
	if err != nil {
		return r, err
	}
	if _, err := f.Write(append([]byte(prefix), line...)); err != nil {
		return r, fault.Hinted("journal", err, "name another file with --journal")
	}
	if prefix != "" {
		s.Skipped.add(s.end, "cut short")
	}
	s.apply(r, at, len(line))
	s.end = at + int64(len(line))
	unix.Flock(int(f.Fd()), unix.LOCK_UN) // others need not wait for the disk
	if err := f.Sync(); err != nil {
		return r, fmt.Errorf("journal: %w", err)
	}
	return r, nil
}

// next completes a record that will stand at a byte of the journal, and encodes it.
func (s *state) next(r record, at int64) ([]byte, record, error) {
	after := state{last: s.last, open: append([]openIntent(nil), s.open...)}
	if r.Phase == phaseIntent {
		r.N = s.last + 1
	}
	after.apply(r, at, 0)
	r.Tail = &tail{At: at, Last: after.last, Open: after.open}
	line, err := json.Marshal(r)
	if err != nil {
		return nil, r, err
	}
	if line = append(line, '\n'); len(line) > maxLine {
		return nil, r, fmt.Errorf("journal: a record of %d MiB is more than the %d MiB that are read again", len(line)>>20,
			maxLine>>20)
	}
	return line, r, nil
}

// intent writes down what is about to happen, and returns only when it is on the disk.
func (j *Journal) intent(e effect.Effect) (record, error) {
	me := thisRun()
	r := record{
		Time: j.clock().UTC(), ID: rand.Text(), Phase: phaseIntent, Kind: e.Kind(), What: e.Describe(),
		ByHand: effect.Kept(e),
		Target: text.Line(e.About().Raw()), UID: me.uid, PID: me.pid, Started: me.started, PIDNS: me.pidNS,
	}
	if u, ok := e.(undoing); ok {
		r.Undoes, e = u.of, u.Effect
	}
	if recorder, ok := e.(effect.Recorder); ok {
		r.State, _ = recorder.Record()
	}
	return j.append(r)
}

// done writes down what came of an intent.
func (j *Journal) done(intent record, out effect.Outcome, err error) error {
	me := thisRun()
	r := record{Time: j.clock().UTC(), ID: intent.ID, N: intent.N, Phase: phaseDone, Kind: intent.Kind, Note: out.Note,
		Unchanged: out.Unchanged,
		UID:       me.uid, PID: me.pid, Started: me.started, PIDNS: me.pidNS}
	if err != nil {
		r.Error = err.Error()
	}
	if out.Inverse != nil {
		r.Undo, r.Target = out.Inverse.ByHand(), text.Line(out.Inverse.About().Raw())
		if inverse, ok := out.Inverse.(effect.Recorder); ok {
			if b, err := inverse.Record(); err == nil {
				r.Inverse, r.InverseKind = b, inverse.Kind()
			}
		}
	}
	_, err = j.append(r)
	return err
}

// abandonedNote marks an intent that was told to the user as unfinished.
const abandonedNote = "reported as unfinished"

// abandoned returns the unfinished intents whose bones is gone, and marks them as told: each is reported once. Whether
// a bones of another PID namespace is gone cannot be told from here, so that its intents are left to it.
func (j *Journal) abandoned() ([]record, error) {
	open, err := j.unfinished()
	var left []record
	for _, r := range open {
		if elsewhere(r.PIDNS) {
			continue
		}
		if unix.Kill(r.PID, 0) != unix.ESRCH && (r.Started == 0 || r.Started == startOf(r.PID)) {
			continue // still at work: entering a container takes as long as the user stays there
		}
		left = append(left, r)
		me := thisRun()
		told := record{Time: j.clock().UTC(), ID: r.ID, N: r.N, Phase: phaseDone, Kind: r.Kind, UID: me.uid, PID: me.pid,
			Started: me.started, PIDNS: me.pidNS, Note: abandonedNote}
		if _, err := j.append(told); err != nil {
			return left, err
		}
	}
	return left, err
}

// unfinished returns the intents that no done followed, oldest first: what another bones, still at work or ended in
// the middle, was about to do.
func (j *Journal) unfinished() ([]record, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(false)
	if f == nil {
		return nil, err
	}
	defer f.Close()
	if _, err := j.refresh(f, anywhere); err != nil {
		return nil, err
	}
	var left []record
	for _, o := range j.state.open {
		r, err := readRecord(counted{f, &j.read}, o.At, o.ID)
		if err != nil {
			return left, j.forget(err)
		}
		r.N = o.N
		left = append(left, r)
	}
	return left, nil
}

// forget drops what was known of a file that turned out to be another than it was.
func (j *Journal) forget(err error) error {
	j.state = nil
	return err
}

// readRecord reads the record of a change that begins at a byte of the journal.
func readRecord(f io.ReaderAt, at int64, id string) (record, error) {
	line, err := lineAt(f, at)
	if err != nil {
		return record{}, fmt.Errorf("journal: %w", err)
	}
	r, err := parseRecord(line)
	if err != nil || r.ID != id {
		return r, errors.New("journal: it was changed by something other than bones; look at the history again")
	}
	return r, nil
}
