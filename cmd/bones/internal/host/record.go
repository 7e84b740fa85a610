package host

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"time"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// The phases of a change.
const (
	phaseIntent = "intent" // what is about to happen; on the disk before it does
	phaseDone   = "done"   // what came of it
)

// record is one line of the journal, a JSON object. No field is left out for being zero: a zero that was written is
// another thing than a field that the bones of that time did not know.
type record struct {
	Time    time.Time `json:"time"`
	ID      string    `json:"id"`    // of the change: its intent and its done have the same
	N       int       `json:"n"`     // the permanent number of the change in the history; 0 in what older bones wrote
	Phase   string    `json:"phase"` // intent, done
	Kind    string    `json:"kind"`
	What    string    `json:"what"`    // of an intent, for people
	ByHand  string    `json:"by_hand"` // of an intent, for people
	UID     int       `json:"uid"`
	PID     int       `json:"pid"`     // of the bones that wrote it
	Started uint64    `json:"started"` // when that bones started, in ticks since boot; 0 if it could not be told
	PIDNS   uint64    `json:"pid_ns"`  // of the PID namespace in which PID means something; 0 if it could not be told
	Note    string    `json:"note"`
	Error   string    `json:"error"`
	Undo    string    `json:"undo"`   // of a done: the inverse by hand, for people
	Target  string    `json:"target"` // whom it is about, for people

	// Inverse is what it takes to undo it after a restart, InverseKind which effect that is, Undoes the ID of what this
	// change undoes, and State, of an intent, all that the effect is about.
	Inverse     json.RawMessage `json:"inverse"`
	InverseKind string          `json:"inverse_kind"`
	Undoes      string          `json:"undoes"`
	State       json.RawMessage `json:"state"`

	// Unchanged says of a done that all was so already; false in what older bones wrote.
	Unchanged bool `json:"unchanged"`

	// Tail is the state of the journal up to and with this line, so that whoever writes the next one need not read it
	// all; null in what older bones wrote.
	Tail *tail `json:"tail"`
}

// tail sums up a journal up to one of its lines.
type tail struct {
	At   int64        `json:"at"`   // where this very line begins, in bytes: elsewhere it means nothing
	Last int          `json:"last"` // the highest number that was given
	Open []openIntent `json:"open"` // the intents that no done has followed
}

// openIntent is an intent that no done has followed yet.
type openIntent struct {
	ID string `json:"id"`
	N  int    `json:"n"`
	At int64  `json:"at"` // where its line begins, in bytes
}

// Bounds of what is believed of one line, in bytes. An edited file of 16 MiB, which is the most that bones edits,
// stands in its record in base64.
const (
	maxLine = 64 << 20
	maxID   = 128
)

// parseRecord reads a line of the journal. An error says why the line is no record.
func parseRecord(line []byte) (record, error) {
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		if len(bytes.Trim(line, "\x00 \t\r\n")) == 0 {
			return r, errors.New("empty, or NUL bytes")
		}
		return r, errors.New("not a JSON object with the fields of a record")
	}
	switch {
	case r.ID == "" || len(r.ID) > maxID:
		return r, errors.New("without an ID of its change")
	case r.Phase != phaseIntent && r.Phase != phaseDone:
		return r, errors.New("of no known phase")
	case r.N < 0 || r.Tail != nil && (r.Tail.Last < 0 || r.Tail.At < 0):
		return r, errors.New("with a negative number")
	}
	return r, nil
}

// holds reports whether a raw field of a record was given.
func holds(raw json.RawMessage) bool { return len(raw) > 0 && string(raw) != "null" }

// run is one run of bones. Its PID alone would name whoever gets it next, and in another PID namespace somebody else:
// the bones of a host and those of its containers may write into one journal (see ours.StateDirBelow).
type run struct {
	uid, pid int
	started  uint64 // ticks since boot; 0 if it could not be told
	pidNS    uint64 // the inode of its PID namespace; 0 if it could not be told, and in what older bones wrote
}

func thisRun() run {
	pid := os.Getpid()
	return run{os.Getuid(), pid, startOf(pid), ownPIDNS()}
}

// ownPIDNS is the inode of our PID namespace; 0 if it cannot be told.
//
// Source: namespaces(7); pid_namespaces(7).
func ownPIDNS() uint64 {
	var st unix.Stat_t
	if unix.Stat("/proc/self/ns/pid", &st) != nil {
		return 0
	}
	return st.Ino
}

// elsewhere reports whether a PID was given in another PID namespace than ours: whether such a process is still there
// cannot be told here. Where one of the namespaces is not known, ours is believed to be the one.
func elsewhere(pidNS uint64) bool {
	own := ownPIDNS()
	return pidNS != 0 && own != 0 && pidNS != own
}

// startOf returns when a process started, in ticks since boot; 0 if that cannot be told.
func startOf(pid int) uint64 {
	start, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		return 0
	}
	return start
}
