package inventory

import "bones/procwalk"

// Apart finds out, with a snapshot of a few processes, whether one of them is certainly in no container: its groups
// name none, it is in the host's pid and user namespaces, and no engine's record names a group that it is in. The
// snapshot must hold the process and PID 1, and be taken with Want. The inventory then tells the chain of the process
// as one of the whole table would. Where ok is false only the whole table tells.
func (r *Resolver) Apart(s *procwalk.Snapshot, p *procwalk.Process) (x *Inventory, ok bool) {
	x, err := r.Resolve(s)
	if err != nil {
		return nil, false
	}
	if _, in := x.Of(p); in || p.NS == nil || p.Status == nil || p.Status.Err != nil || p.Cgroups.Err != nil {
		return nil, false
	}
	host := HostNamespaces(s)
	for _, t := range []procwalk.NSType{procwalk.PID, procwalk.User} {
		if host[t] == 0 || p.NS.Inode[t] != host[t] {
			return nil, false
		}
	}
	if r.store == nil {
		return x, true
	}
	// A user's record is only about that user's own processes: those of whoever runs this one were looked at, and root's.
	records, _ := r.store.Records()
	lines := (&recordIndex{}).linesOf(p)
	for _, rec := range records {
		if _, owns := rec.Owns(lines); owns {
			return nil, false
		}
	}
	return x, true
}
