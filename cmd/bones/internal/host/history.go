package host

import (
	"encoding/json"
	"fmt"
	"io"
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
func (j *Journal) History() (*History, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	f, err := j.open(false)
	if f == nil {
		return &History{journal: j}, err
	}
	left, err := j.refresh(f, true)
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

// Entry is one change of the history as it is shown.
type Entry struct {
	N        int       `json:"n"`
	Time     time.Time `json:"time"`
	Kind     string    `json:"kind"`
	What     text.Text `json:"what"`
	ByHand   string    `json:"by_hand"`
	UID      int       `json:"uid"`
	Result   string    `json:"result"` // done, failed, unchanged, undone, unfinished
	Error    text.Text `json:"error"`
	Note     text.Text `json:"note"`
	Undoable bool      `json:"undoable"`

	target scriptTarget
}

// Entry reads what a change was.
func (h *History) Entry(c *Change) (Entry, error) {
	intent, done, err := h.records(c)
	if err != nil {
		return Entry{}, err
	}
	e := Entry{N: c.N, Time: intent.Time, Kind: intent.Kind, What: text.New(intent.What), ByHand: intent.ByHand,
		UID: intent.UID, Result: "unfinished", Undoable: c.Undoable()}
	if json.Unmarshal(intent.State, &e.target) != nil {
		e.target = scriptTarget{}
	}
	if done != nil {
		e.Result, e.Note, e.Error = "done", text.New(done.Note), text.New(done.Error)
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

// scriptTarget is whom a change is about, as it was written down.
type scriptTarget struct {
	PID   int    `json:"pid"`
	Start uint64 `json:"start"` // ticks since boot
}

// scriptHead is what the lines of a script need. A process is told by its number and when it started; its name, which
// may hold anything, ends at the last parenthesis of stat.
const scriptHead = `#!/bin/sh
set -eu

still() {
  if [ "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | tail -n 1 | cut -d ' ' -f 20)" != "$2" ]; then
    echo "PID $1 is not the process any more that it was; nothing more is done" >&2
    exit 1
  fi
}
`

// WriteScript writes what these changes did as a shell script that does the same again. What failed or never ended
// stands there as a comment. The commands are those that effect.Command quoted.
func (h *History) WriteScript(w io.Writer, list []*Change) error {
	if _, err := io.WriteString(w, scriptHead); err != nil {
		return err
	}
	checked := scriptTarget{}
	for _, c := range list {
		e, err := h.Entry(c)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(w, e.script(&checked)); err != nil {
			return err
		}
	}
	return nil
}

// script is what of a script does the change again. checked is the process that the lines before have looked for.
func (e *Entry) script(checked *scriptTarget) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n# %s: %s\n", e.Time.Local().Format("2006-01-02 15:04:05"), text.Line(e.What.Raw()))
	switch {
	case e.Result == "failed" || e.Result == "unfinished":
		fmt.Fprintf(&b, "# %s: %s\n", e.Result, text.Line(e.ByHand))
	case e.Kind == "demo.start":
		fmt.Fprintf(&b, "# it would not come back from that; bones demo starts one in the background: %s\n",
			text.Line(e.ByHand))
	case strings.HasPrefix(e.Kind, "file.") && (strings.HasPrefix(e.ByHand, "cat > ") ||
		strings.HasPrefix(e.ByHand, "tar -x")):
		fmt.Fprintf(&b, "# what was written is not in the journal: %s\n", text.Line(e.ByHand))
	default:
		// A number may be another process's by now.
		if t := e.target; t.PID > 0 && t.Start > 0 && t != *checked {
			fmt.Fprintf(&b, "still %d %d\n", t.PID, t.Start)
			*checked = t
		}
		if e.Kind == "signal" {
			*checked = scriptTarget{} // it may have ended of it
		}
		fmt.Fprintln(&b, text.Line(e.ByHand))
	}
	return b.String()
}
