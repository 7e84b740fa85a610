package cgroupview

import (
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Surroundings is what an edit must know about the host to say how risky it is.
type Surroundings struct {
	Own, Init Groups          // of bones itself, and of PID 1
	Unplaced  error           // why it is not known where bones itself is among the processes; nil: it is
	Ancestors []Ancestor      // the processes that bones was started from, without PID 1
	Chain     container.Chain // what the target belongs to
	Whom      []int           // the processes that were named; nil where a group was
	Name      text.Text       // whom it is about: "container memcached", "PID 12 (sleep)"
	// the values that the user saw, by file; what differs now is refused. nil: what is read now
	Shown    map[string]string
	Persist  bool   // through systemd, which keeps the value
	Bus      string // the address of the bus that systemd is on; "": the system bus
	PageSize int    // bytes
	Total    uint64 // the machine's memory, bytes
}

// Contains reports whether a group is one of theirs, or contains one.
func Contains(g *Group, theirs Groups) bool {
	for _, t := range theirs.List {
		if t.Hierarchy.String() != g.Hierarchy.String() {
			continue
		}
		outer := strings.TrimSuffix(g.Path.Raw(), "/") + "/"
		if strings.HasPrefix(t.Path.Raw()+"/", outer) {
			return true
		}
	}
	return false
}
