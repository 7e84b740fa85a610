package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// journal is the append-only record of what bones changed: one JSON object a line, an "intent" before and a "done"
// after. It is opened for each record, so that several bones can write to one.
type journal struct{ path string }

// record is one line of the journal.
type record struct {
	Time   time.Time `json:"time"`
	ID     string    `json:"id"`
	Phase  string    `json:"phase"` // intent, done
	Kind   string    `json:"kind,omitempty"`
	What   string    `json:"what,omitempty"`
	ByHand string    `json:"by_hand,omitempty"`
	UID    int       `json:"uid"`
	PID    int       `json:"pid"` // of the bones that wrote it
	Note   string    `json:"note,omitempty"`
	Error  string    `json:"error,omitempty"`
	Undo   string    `json:"undo,omitempty"` // the inverse, by hand

	// Inverse is what it takes to undo it after a restart, InverseKind which effect that is, and Undoes the ID of what
	// this one undoes.
	Inverse     json.RawMessage `json:"inverse,omitempty"`
	InverseKind string          `json:"inverse_kind,omitempty"`
	Target      string          `json:"target,omitempty"` // whom it is about, for the inverse to say
	Undoes      string          `json:"undoes,omitempty"`
	State       json.RawMessage `json:"state,omitempty"`   // of an intent: all that the effect is about, to look at what came of it
	Started     uint64          `json:"started,omitempty"` // when the bones that wrote it started, in ticks since boot
}

// stateDir returns where bones keeps its journal and crash reports: /var/lib/bones for root, else the state
// directory of the XDG base directory specification.
func stateDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/bones", nil
	}
	if dir := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(dir) {
		return filepath.Join(dir, "bones"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil || !filepath.IsAbs(home) {
		return "", errors.New("no home directory to keep the journal in; name a file with --journal")
	}
	return filepath.Join(home, ".local", "state", "bones"), nil
}

func (a *app) openJournal() (*journal, error) {
	path, err := a.journalPath()
	if err != nil {
		return nil, err
	}
	if a.journal == "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("journal: %w; name another file with --journal", err)
		}
	}
	return &journal{path}, nil
}

// journalPath is where the journal is, or will be.
func (a *app) journalPath() (string, error) {
	if a.journal != "" {
		return a.journal, nil
	}
	dir, err := stateDir()
	return filepath.Join(dir, "journal.jsonl"), err
}

// intent writes down what is about to happen, and returns only when it is on the disk.
func (j *journal) intent(e effect.Effect) (record, error) {
	r := record{
		Time: time.Now().UTC(), ID: rand.Text(), Phase: "intent", Kind: e.Kind(), What: e.Describe(), ByHand: e.ByHand(),
		UID: os.Getuid(), PID: os.Getpid(),
	}
	if u, ok := e.(undoing); ok {
		r.Undoes, e = u.of, u.Effect
	}
	if recorder, ok := e.(effect.Recorder); ok {
		r.State, _ = recorder.Record()
	}
	r.Started = startOf(r.PID)
	return r, j.append(r)
}

// done writes down what came of an intent.
func (j *journal) done(intent record, out effect.Outcome, err error) error {
	r := record{Time: time.Now().UTC(), ID: intent.ID, Phase: "done", UID: intent.UID, PID: intent.PID, Note: out.Note}
	if err != nil {
		r.Error = err.Error()
	}
	if out.Inverse != nil {
		r.Undo = out.Inverse.ByHand()
		if inverse, ok := out.Inverse.(effect.Recorder); ok {
			if b, err := inverse.Record(); err == nil {
				r.Inverse, r.InverseKind = b, inverse.Kind()
			}
		}
		if about, ok := out.Inverse.(interface{ About() text.Text }); ok {
			r.Target = about.About().Raw()
		}
	}
	return j.append(r)
}

// abandoned returns the unfinished intents whose bones is gone, and marks them as told: each is reported once.
func (j *journal) abandoned() ([]record, error) {
	open, err := j.unfinished()
	var left []record
	for _, r := range open {
		if unix.Kill(r.PID, 0) != unix.ESRCH && (r.Started == 0 || r.Started == startOf(r.PID)) {
			continue // still at work: entering a container takes as long as the user stays there
		}
		left = append(left, r)
		told := record{Time: time.Now().UTC(), ID: r.ID, Phase: "done", UID: os.Getuid(), PID: os.Getpid(), Note: abandonedNote}
		if err := j.append(told); err != nil {
			return left, err
		}
	}
	return left, err
}

func (j *journal) append(r record) error {
	line, err := json.Marshal(r)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(j.path, os.O_RDWR|os.O_CREATE|os.O_APPEND|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0o600)
	if err != nil {
		return fmt.Errorf("journal: %w; name another file with --journal", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return fmt.Errorf("journal: %s is not a regular file; name another with --journal", j.path)
	}
	line = append(line, '\n')
	var last [1]byte
	if _, err := f.ReadAt(last[:], st.Size()-1); err == nil && last[0] != '\n' {
		line = append([]byte{'\n'}, line...) // a disk that was full cut the last record: it must not take this one along
	}
	if _, err := f.Write(line); err != nil {
		return fmt.Errorf("journal: %w; name another file with --journal", err)
	}
	if err := f.Sync(); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// unfinished returns the intents that no done followed, oldest first: what another bones, still at work or ended in
// the middle, was about to do.
func (j *journal) unfinished() ([]record, error) {
	all, err := j.records()
	open := map[string]record{}
	var ids []string
	for _, r := range all {
		switch r.Phase {
		case "intent":
			open[r.ID] = r
			ids = append(ids, r.ID)
		case "done":
			delete(open, r.ID)
		}
	}
	var left []record
	for _, id := range ids {
		if r, ok := open[id]; ok {
			left = append(left, r)
		}
	}
	return left, err
}

// maxJournal bounds how much of a journal is read, in bytes from its end.
const maxJournal = 32 << 20

// records returns what the journal holds, oldest first. Lines that are no records (a write cut short) are passed over.
func (j *journal) records() ([]record, error) {
	f, err := os.OpenFile(j.path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil || !st.Mode().IsRegular() {
		return nil, fmt.Errorf("journal: %s is not a regular file; name another with --journal", j.path)
	}
	from := max(st.Size()-maxJournal, 0)
	b, err := io.ReadAll(io.NewSectionReader(f, from, maxJournal))
	if err != nil {
		return nil, fmt.Errorf("journal: %w", err)
	}
	var all []record
	for line := range bytes.Lines(b) {
		var r record
		if json.Unmarshal(line, &r) == nil && r.ID != "" {
			all = append(all, r)
		}
	}
	return all, nil
}

// abandonedNote marks an intent that was told to the user as unfinished.
const abandonedNote = "reported as unfinished"

// startOf returns when a process started, in ticks since boot; 0 if that cannot be told.
func startOf(pid int) uint64 {
	start, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		return 0
	}
	return start
}
