package host

import (
	"encoding/json"
	"os"
	"strings"
	"time"

	"bones/procwalk/text"
)

// History is the journal as it is at one moment, open to read what its changes were. Close it.
type History struct {
	Changes []*Change // oldest first
	Skipped Skipped   // what of the journal is no record
	journal *Journal
	f       *os.File // nil if there is no journal yet
}

// History reads the journal. What was read by an earlier call is not read again.
func (j *Journal) History() (*History, error) { return j.history(start) }

// Recent reads the changes that were begun since SkipToEnd, and maybe some from before: of a journal that was not
// there then, or that is another file by now, all. What was read by an earlier call is not read again.
func (j *Journal) Recent() (*History, error) { return j.history(asBefore) }

// SkipToEnd has Recent begin at the end of the journal as it is now, for which only its last line is read; the whole
// journal where that was written by a bones that did not sum up what stands before it.
func (j *Journal) SkipToEnd() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(false)
	if f == nil {
		return err
	}
	defer f.Close()
	_, err = j.refresh(f, anywhere)
	return err
}

func (j *Journal) history(from beginning) (*History, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(false)
	if f == nil {
		return &History{journal: j}, err
	}
	left, err := j.refresh(f, from)
	if err != nil {
		f.Close()
		return nil, err
	}
	h := &History{Skipped: j.state.Skipped, journal: j, f: f}
	if left > 0 {
		h.Skipped.add(j.state.end, "cut short")
	}
	h.Changes = make([]*Change, len(j.state.changes))
	kept := make(map[*Change]*Change, len(j.state.changes))
	for i, c := range j.state.changes { // those of the state go on changing
		one := *c
		h.Changes[i] = &one
		kept[c] = &one
	}
	for _, c := range h.Changes {
		c.made = kept[c.made]
	}
	return h, nil
}

// Close closes the file.
func (h *History) Close() {
	if h.f != nil {
		h.f.Close()
	}
}

// records reads the records of a change; done is nil if there is none.
func (h *History) records(c *Change) (intent record, done *record, err error) {
	h.journal.mu.Lock()
	defer h.journal.mu.Unlock()
	in := counted{h.f, &h.journal.read}
	intent, err = readRecord(in, c.at, c.id)
	if err != nil || c.doneAt < 0 {
		return intent, nil, err
	}
	r, err := readRecord(in, c.doneAt, c.id)
	return intent, &r, err
}

// Entry is what the journal holds of one Change, read when it is to be shown.
type Entry struct {
	N        int
	Time     time.Time
	Kind     string
	What     text.Text
	ByHand   string
	UID      int
	Result   string // done, failed, unchanged, undone, unfinished
	Error    text.Text
	Note     text.Text
	Undoable bool

	target scriptTarget
}

// Entry tells what a change was.
func (h *History) Entry(c *Change) (Entry, error) {
	w, err := h.wording(c)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{N: c.N, Time: c.time, Kind: c.kind, What: text.New(w.what), ByHand: w.byHand, UID: c.by.uid,
		Result: "unfinished", Undoable: c.Undoable()}
	if json.Unmarshal(w.state, &e.target) != nil {
		e.target = scriptTarget{}
	}
	if c.doneAt >= 0 {
		// What some changes fail with says itself what was to be done.
		e.Result, e.Note, e.Error = "done", text.New(w.note), text.New(strings.TrimPrefix(w.failure, w.what+": "))
		switch {
		case c.failed:
			e.Result = "failed"
		case c.told:
			e.Result = "unfinished"
		case c.undoneBy != "":
			e.Result = "undone"
		case c.unchanged:
			e.Result = "unchanged"
		}
	}
	return e, nil
}

// PID and Start tell whom the change was about; 0 where it was no process.
func (e *Entry) PID() int { return e.target.PID }

// Start is when that process was started, in ticks since boot.
func (e *Entry) Start() uint64 { return e.target.Start }
