package inventory

import (
	"strconv"
	"unsafe"

	"bones/cgroupview/container"
	"bones/nsview"
	"bones/procwalk"
)

// HostNamespaces returns the namespaces that a process has that nobody isolated. That most processes share them tells
// nothing: whoever starts enough processes in a sandbox would be the host then.
func HostNamespaces(s *procwalk.Snapshot) [procwalk.NSTypes]uint64 { return nsview.HostOf(s).Inode }

// sandbox makes a process that no container claims a member of an unnamed sandbox, if it has a pid or user namespace
// of its own and a root of its own, as bubblewrap and browsers make them. Other namespaces are what systemd gives to
// services (PrivateTmp=, ProtectSystem=) and ip netns exec to whatever it runs: they make no container, and with the
// host's files nothing is contained. Who shares a pid namespace is in one sandbox; without one, who shares a user
// namespace.
func (r *Resolver) sandbox(m *membership, s *procwalk.Snapshot, p *procwalk.Process, host [procwalk.NSTypes]uint64) {
	if p.NS == nil {
		return
	}
	own := func(t procwalk.NSType) bool { return host[t] != 0 && p.NS.Inode[t] != 0 && p.NS.Inode[t] != host[t] }
	kind, space := "", procwalk.PID
	switch {
	case !own(procwalk.PID) && p.NS.PIDForChildren != 0 && p.NS.PIDForChildren != p.NS.Inode[procwalk.PID]:
		return // it made a sandbox for its children and stayed outside, as `unshare --fork --pid` does
	case own(procwalk.PID):
		kind = "sandbox pid:"
	case own(procwalk.User):
		kind, space = "sandbox user:", procwalk.User
	default:
		return
	}
	another, known := r.roots.Another(s, p)
	if !known {
		another = own(procwalk.Mnt) // where its root cannot be looked at, mounts of its own stand for it
	}
	in := sandboxOf{unsafe.SliceData(m.chain), len(m.chain), space, p.NS.Inode[space], another}
	is, known := r.sandboxes[in]
	if !known {
		if is.chain = m.chain.WithSandbox(another); is.chain.Innermost().Kind == container.Sandbox {
			is.key = kind + strconv.FormatUint(p.NS.Inode[space], 10)
		}
		r.sandboxes[in] = is
	}
	if is.key != "" {
		m.chain, m.key = is.chain, is.key
	}
}

// sandboxOf is what tells a sandbox in one pass: the chain of its processes without it, and their namespace.
type sandboxOf struct {
	base    *container.ChainEntry
	entries int
	space   procwalk.NSType
	inode   uint64
	another bool
}

// guests tell of processes that no control group or record puts into a container, and that are in the pid namespace of
// one: what nsenter runs inside belongs to the container, as it sees the container's processes and ends with its PID
// 1.
type guests map[uint64]membership

// pidNamespaces notes the pid namespaces of containers.
func pidNamespaces(s *procwalk.Snapshot, chains []membership, host [procwalk.NSTypes]uint64) guests {
	g := guests{}
	init := map[uint64]bool{}
	for i := range s.Processes {
		p := &s.Processes[i]
		if chains[i].key == "" || p.NS == nil {
			continue
		}
		ns := p.NS.Inode[procwalk.PID]
		if ns == 0 || ns == host[procwalk.PID] || host[procwalk.PID] == 0 {
			continue
		}
		// It is its first process that a pid namespace stands and falls with.
		if _, known := g[ns]; !known || !init[ns] && InsidePID(p) == 1 {
			g[ns], init[ns] = chains[i], InsidePID(p) == 1
		}
	}
	return g
}

// assign makes a process a guest of the container in whose pid namespace it is.
func (g guests) assign(p *procwalk.Process, m *membership) {
	if p.NS == nil || m.chain.Innermost().Kind == container.Conmon {
		return
	}
	if of, ok := g[p.NS.Inode[procwalk.PID]]; ok {
		m.chain, m.keys, m.key, m.guest = of.chain, of.keys, of.key, true
		if c := of.chain.Containers(); c != nil {
			m.chain, m.keys = c, of.keys[:min(len(c), len(of.keys))]
		}
	}
}

// Guest reports whether a process is in its container's pid namespace alone, and in none of its control groups: the
// container's limits do not bind it, and what stops the groups does not stop it.
func (x *Inventory) Guest(p *procwalk.Process) bool { return x.member(p).guest }
