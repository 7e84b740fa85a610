package inventory

import (
	"strconv"

	"bones/cgroupview/container"
	"bones/nsview"
	"bones/procwalk"
)

// HostNamespaces returns the namespaces that a process has that nobody isolated. That most processes share them tells
// nothing: whoever starts enough processes in a sandbox would be the host then.
func HostNamespaces(s *procwalk.Snapshot) [procwalk.NSTypes]uint64 { return nsview.HostOf(s).Inode }

// sandbox makes a process that no container claims a member of an unnamed sandbox, if it has namespaces of its own.
// Who shares a pid namespace is in one sandbox; without one, who shares all of them.
func (m *membership) sandbox(p *procwalk.Process, host [procwalk.NSTypes]uint64) {
	if p.NS == nil {
		return
	}
	own := func(t procwalk.NSType) bool { return host[t] != 0 && p.NS.Inode[t] != 0 && p.NS.Inode[t] != host[t] }
	key := ""
	for t := range procwalk.NSTypes {
		if own(t) {
			key += " " + t.String() + ":" + strconv.FormatUint(p.NS.Inode[t], 10)
		}
	}
	if !own(procwalk.PID) && p.NS.PIDForChildren != 0 && p.NS.PIDForChildren != p.NS.Inode[procwalk.PID] {
		return // it made a sandbox for its children and stayed outside, as `unshare --fork --pid` does
	}
	chain := m.chain.WithSandbox(key != "", own(procwalk.PID) || own(procwalk.User))
	if chain.Innermost().Kind != container.Sandbox {
		return
	}
	if own(procwalk.PID) {
		key = " pid:" + strconv.FormatUint(p.NS.Inode[procwalk.PID], 10)
	}
	m.chain, m.key = chain, "sandbox"+key
}
