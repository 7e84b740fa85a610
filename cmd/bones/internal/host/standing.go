package host

import "bones/procwalk"

// Run names one run of bones: two may have had one PID.
type Run struct {
	UID     int    `json:"uid"`
	PID     int    `json:"pid"`
	Started uint64 `json:"started"` // ticks since boot; 0 if it could not be told
	PIDNS   uint64 `json:"pid_ns"`  // the inode of its PID namespace; 0 if it could not be told
}

// Now is the run of bones that asks: this process.
func Now() Run {
	r := thisRun()
	return Run{r.uid, r.pid, r.started, r.pidNS}
}

// Ended reports whether a run has ended. What is left of it as a zombie does nothing any more. Whether one of another
// PID namespace has ended cannot be told: it counts as under way.
func (r Run) Ended() bool {
	if elsewhere(r.PIDNS) {
		return false
	}
	s, err := procwalk.ReadStat("/proc", r.PID)
	return r.Started == 0 || err != nil || s.Ended() || s.StartTime != r.Started
}

// Standing are the changes of one run that can be taken back, and that nobody has taken back yet; the newest first.
func (h *Host) Standing(by Run) ([]Entry, error) {
	list, err := h.journal.History()
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var found []Entry
	for i := len(list.Changes) - 1; i >= 0; i-- {
		c := list.Changes[i]
		r := run{by.UID, by.PID, by.Started, by.PIDNS}
		if c.undoes != "" || !c.Undoable() || c.made.by != r || r.started == 0 {
			continue
		}
		e, err := list.Entry(c)
		if err != nil {
			return nil, err
		}
		found = append(found, e)
	}
	return found, nil
}
