package tuning

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// recorded is a Tune as it is written down.
type recorded struct {
	Targets []recordedTarget `json:"targets"`
}

type recordedTarget struct {
	PID    int     `json:"pid"`
	Start  uint64  `json:"start"`
	Values []Value `json:"values"`
}

// Record implements effect.Recorder.
func (e *Tune) Record() (json.RawMessage, error) {
	var r recorded
	for _, t := range e.targets {
		r.Targets = append(r.Targets, recordedTarget{t.ID.PID, t.ID.Start, t.Values})
	}
	return json.Marshal(r)
}

// errRecord is why a record is not used.
var errRecord = errors.New("the record of the change is not one that this version of bones can read")

// parse reads a record, and takes nothing that bones would not have written.
func parse(record json.RawMessage) (*recorded, error) {
	var r recorded
	if json.Unmarshal(record, &r) != nil || len(r.Targets) == 0 {
		return nil, errRecord
	}
	for _, t := range r.Targets {
		if t.PID < 1 || len(t.Values) == 0 {
			return nil, errRecord
		}
		for _, v := range t.Values {
			values := []string{v.Value}
			for _, a := range v.Apart {
				if !perThread(v.Name) || a.TID < 1 {
					return nil, errRecord
				}
				values = append(values, a.Value)
			}
			for _, value := range values {
				if a, err := ParseAssignment(v.Name + "=" + value); err != nil || a.Name != v.Name || a.Value != value {
					return nil, errRecord
				}
			}
		}
	}
	return &r, nil
}

// UndoneBy reports with an error that one recorded change cannot be the inverse of another: it must be about the same
// settings of the same processes, or of some of them.
func UndoneBy(change, inverse json.RawMessage) error {
	a, err := parse(change)
	if err != nil {
		return err
	}
	b, err := parse(inverse)
	if err != nil {
		return err
	}
	for _, t := range b.Targets {
		at := slices.IndexFunc(a.Targets, func(o recordedTarget) bool { return o.PID == t.PID && o.Start == t.Start })
		if at < 0 {
			return errors.New("it is about another process than the change")
		}
		for _, v := range t.Values {
			if !slices.ContainsFunc(a.Targets[at].Values, func(o Value) bool { return o.Name == v.Name }) {
				return errors.New("it is about another setting than the change")
			}
		}
	}
	return nil
}

// Restore makes a change, an inverse as a rule, from what Record wrote. Processes that have ended are left out; the
// error is procwalk.ErrGone if all have. service reports what Process.Service does.
func Restore(root string, record json.RawMessage, service func(procwalk.ID) bool) (*Tune, error) {
	r, err := parse(record)
	if err != nil {
		return nil, err
	}
	e := &Tune{root: root}
	var subjects []Process
	for _, t := range r.Targets {
		id := procwalk.ID{PID: t.PID, Start: t.Start}
		p, err := open(root, id)
		if errors.Is(err, procwalk.ErrGone) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("PID %d: %w", t.PID, err)
		}
		s := Process{ID: id, Comm: p.folder.Stat.Comm, Service: service != nil && service(id)}
		p.close()
		subjects = append(subjects, s)
		e.targets = append(e.targets, Plan{ID: id, Comm: s.Comm, Values: t.Values})
	}
	if len(e.targets) == 0 {
		return nil, fmt.Errorf("PID %d: %w", r.Targets[0].PID, procwalk.ErrGone)
	}
	return e, e.checkSubjects(subjects)
}

// presentMost is how many processes Present tells of.
const presentMost = 10

// Present says, a line each, what the settings are now that a recorded change was about; root is the proc file system.
func Present(root string, record json.RawMessage) []string {
	r, err := parse(record)
	if err != nil {
		return nil
	}
	var lines []string
	for i, t := range r.Targets {
		if i == presentMost {
			return append(lines, fmt.Sprintf("and %d more processes", len(r.Targets)-i))
		}
		p, err := open(root, procwalk.ID{PID: t.PID, Start: t.Start})
		if errors.Is(err, procwalk.ErrGone) {
			lines = append(lines, fmt.Sprintf("PID %d has ended", t.PID))
			continue
		}
		if err != nil {
			lines = append(lines, text.Line(fmt.Sprintf("PID %d: %v", t.PID, err)))
			continue
		}
		for _, v := range t.Values {
			now := p.read(v.Name)
			if now.Err != nil {
				lines = append(lines, text.Line(fmt.Sprintf("PID %d: %s cannot be read: %v", t.PID, v.Name, now.Err)))
			} else {
				lines = append(lines, text.Line(fmt.Sprintf("PID %d: %s is %s", t.PID, v.Name, now)))
			}
		}
		p.close()
	}
	return lines
}

var _ effect.Recorder = (*Tune)(nil)
