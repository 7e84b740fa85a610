package inventory

import (
	"fmt"
	"strings"

	"bones/procwalk"
)

// Role says what a process is to an engine beside any container, for a person to read; empty for every other.
func (x *Inventory) Role(p *procwalk.Process) string {
	m := x.member(p)
	if m.key != "" || !m.pause {
		return ""
	}
	return fmt.Sprintf("rootless Podman's pause process: it keeps the user namespace that the containers of UID %d share",
		m.pauseUser)
}

// pauses finds the processes that hold the namespaces of users' rootless Podmans: each user's engine writes down which
// one that is, and with systemd it has a scope of its own. What a user wrote counts for that user's process alone.
//
// Source: podman, pkg/rootless; pkg/systemd, MovePauseProcessToScope: podman-pause-RANDOM.scope.
func (r *Resolver) pauses(s *procwalk.Snapshot, chains []membership, o *owners) {
	mark := func(i int) {
		p, m := &s.Processes[i], &chains[i]
		if m.key != "" || p.NS == nil || p.Status == nil || p.Status.Err != nil || p.NS.Inode[procwalk.User] == 0 ||
			p.NS.Inode[procwalk.User] == o.host[procwalk.User] {
			return
		}
		m.pause, m.pauseUser = true, p.Status.UID
	}
	for i := range chains {
		unit := chains[i].chain.Innermost().Unit.Raw()
		if strings.HasPrefix(unit, "podman-pause-") && strings.HasSuffix(unit, ".scope") {
			mark(i)
		}
	}
	if r.store == nil {
		return
	}
	for uid, pid := range r.store.Pauses() {
		if i, ok := s.Position(pid); ok && o.runs(&s.Processes[i], uid) {
			mark(i)
		}
	}
}
