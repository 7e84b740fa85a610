package inventory

import (
	"cmp"
	"errors"
	"path/filepath"
	"slices"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory/engines"
	"bones/cgroupview/inventory/roots"
	"bones/procwalk"
)

// Resolver finds the containers of one snapshot after another, and keeps what does not change. It is for one
// goroutine at a time.
type Resolver struct {
	procRoot, cgroupRoot string
	root                 string // of the host whose processes are shown; "" if it is not known
	store                *container.Store
	configured           string // for what the store was made
	engines              engines.Finder
	users                map[uint32]bool // whose engines are looked at, beside those of whom a process runs
	chains               map[string]knownChain
	infos                map[string]knownInfo
	passes               uint64
	unread               []error // settings of the host that could not be read in this pass
	roots                *roots.Finder
	sandboxes            map[sandboxOf]membership         // of this pass
	memo                 map[*procwalk.Cgroups]membership // of this pass
	fs                   *cgroupview.FileSystem           // as of the last pass; nil: there is none to ask
	given                *cgroupview.FileSystem           // of all passes; nil: each looks what is mounted
	last                 *Inventory                       // that Steady gave; nil: none yet
	kept                 int                              // in how many passes since it was resolved
}

// knownChain is what lines meant, and in which pass that was found out.
type knownChain struct {
	membership
	pass uint64
}

// knownInfo is what the disk said, and in which pass.
type knownInfo struct {
	info container.Info
	pass uint64
}

// What the disk says and whose the groups are is asked for again after so many passes: names can change, and a record
// may be written after the container has started.
const (
	relookFound   = 16
	relookUnknown = 4
	maxChains     = 4096
)

// NewResolver returns a Resolver for the host whose proc and cgroup file systems are there.
func NewResolver(procRoot, cgroupRoot string) *Resolver {
	r := &Resolver{procRoot: procRoot, cgroupRoot: cgroupRoot, chains: map[string]knownChain{},
		infos: map[string]knownInfo{}, sandboxes: map[sandboxOf]membership{},
		memo: map[*procwalk.Cgroups]membership{}}
	// The files of engines stand beside the /proc that shows their processes: /host/proc goes with /host.
	if clean := filepath.Clean(procRoot); filepath.Base(clean) == "proc" && filepath.IsAbs(clean) {
		r.root = filepath.Dir(clean)
	}
	r.roots = roots.New(procRoot, r.root)
	r.engines = engines.Finder{ProcRoot: procRoot, Root: r.root}
	return r
}

// Resolve finds the containers of a snapshot.
func (r *Resolver) Resolve(s *procwalk.Snapshot) (*Inventory, error) {
	r.passes++
	x := &Inventory{byKey: map[string]*Container{}}
	clear(r.sandboxes)
	clear(r.memo)
	reference := HostNamespaces(s)
	o := r.newOwners(s, reference)
	x.whose = o.delegations
	var key []byte
	var lines []container.CgroupLine
	chains := make([]membership, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Cgroups == nil {
			return nil, errors.New("finding containers: the snapshot was taken without cgroups")
		}
		chains[i], lines, key = r.chain(o, p, lines, key)
	}
	r.openStore(s, reference, chains)
	r.machines(s, chains)
	records := r.records(s, x, chains, o)
	for i := range s.Processes {
		if chains[i].key == "" {
			records.assign(&s.Processes[i], &chains[i])
		}
	}
	r.pauses(s, chains, o)
	visited := pidNamespaces(s, chains, reference)
	for i := range s.Processes {
		p := &s.Processes[i]
		m := &chains[i]
		if m.key == "" && !p.KernelThread() {
			visited.assign(p, m)
		}
		if m.key == "" && !m.pause && !p.KernelThread() {
			r.sandbox(m, s, p, reference)
		}
	}
	x.rows = chains
	r.roots.Next()
	x.disk, x.store = records.byKey, r.store
	x.share(s, 1, s.Host.OwnPID())
	r.describe(s, x, chains, records)
	if r.store != nil {
		x.Errors = append(x.Errors, r.store.LeftOut()...)
	}
	x.Errors = append(x.Errors, r.unread...)
	return x, nil
}

// chain reads the cgroup lines of a process, or remembers what these lines meant.
func (r *Resolver) chain(o *owners, p *procwalk.Process, lines []container.CgroupLine, key []byte) (membership,
	[]container.CgroupLine, []byte) {
	if m, ok := r.memo[p.Cgroups]; ok {
		return m, lines, key
	}
	lines, key = lines[:0], key[:0]
	for _, l := range p.Cgroups.Lines {
		lines = append(lines, l)
		key = append(append(append(append(key, l.Controllers.Raw()...), ':'), l.Path.Raw()...), 0)
	}
	known, ok := r.chains[string(key)]
	if !ok || known.key != "" && r.passes-known.pass >= relookFound {
		known = knownChain{identified(o.identify(lines)), r.passes}
		if len(r.chains) >= maxChains {
			clear(r.chains)
		}
		r.chains[string(key)] = known
	}
	r.memo[p.Cgroups] = known.membership
	return known.membership, lines, key
}

// describe makes the entries: which processes, what the disk says, and who backs it.
func (r *Resolver) describe(s *procwalk.Snapshot, x *Inventory, chains []membership, records *recordIndex) {
	rows := make([]container.Member, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		m := chains[i]
		rows[i] = container.Member{PID: p.PID, PPID: p.PPID, Start: p.StartTime, Inside: InsidePID(p), Key: m.key,
			Dead: p.Ended()}
		if m.key == "" {
			continue
		}
		if m.guest {
			rows[i].Key = "" // it stands for nothing but itself
		}
		e := x.byKey[m.key]
		if e == nil {
			e = &Container{Key: m.key, Chain: m.chain, keys: m.keys, recorder: records.byKey[m.key].User}
			if c := m.chain.Containers(); c != nil {
				e.Chain = c
			}
			x.byKey[m.key] = e
			x.List = append(x.List, e)
		}
		e.PIDs = append(e.PIDs, p.PID)
	}
	// The process of an inner container is also one of the outer.
	for i := range s.Processes {
		m := chains[i]
		for _, n := range outerLengths(m.chain) {
			if n > len(m.keys) {
				continue // a record tells of it
			}
			outer := x.byKey[m.keys[n-1]]
			if outer == nil { // all its processes are further inside
				outer = &Container{Key: m.keys[n-1], Chain: m.chain[:n], keys: m.keys[:n]}
				x.byKey[outer.Key] = outer
				x.List = append(x.List, outer)
			}
			outer.PIDs = append(outer.PIDs, s.Processes[i].PID)
		}
	}
	start := func(pid int) (uint64, bool) {
		if p := s.Find(pid); p != nil {
			return p.StartTime, true
		}
		return 0, false
	}
	known := make(map[string]knownInfo, len(x.List))
	for _, e := range x.List {
		slices.Sort(e.PIDs)
		e.PIDs = slices.Compact(e.PIDs)
		r.calledBy(s, chains, e)
		k := r.lookup(e, records, start)
		known[e.Key] = k
		e.Info = k.info
		if k.info.Doubtful && keyOf(s, chains, k.info.InitPID) != e.Key {
			e.Info = k.info.Disbelieved(e.Chain.Innermost())
		}
		inner := e.Chain.Innermost()
		e.Runtime, e.ID, e.Name = inner.Runtime, inner.ID, e.Info.Name
		if e.Info.Runtime != container.Unknown {
			e.Runtime = e.Info.Runtime
		}
		if e.Name.Len() == 0 && nameIsID[e.Runtime] {
			e.Name = e.ID
		}
		x.Errors = append(x.Errors, e.Info.Errors...)
	}
	r.infos = known // what has gone is forgotten
	backed := container.Backing(rows, func(key string) int { return x.byKey[key].Info.InitPID })
	for _, e := range x.List {
		if b, ok := backed[e.Key]; ok {
			e.PID, e.Why = b.PID, b.Why
		} else {
			e.PID, e.Why = e.PIDs[0], "the first of the processes of the containers inside it; it has none of its own"
		}
	}
	slices.SortFunc(x.List, func(a, b *Container) int { return cmp.Compare(a.PID, b.PID) })
}

// nameIsID are the runtimes that know a container by the name that its user chose, and by no other id.
var nameIsID = map[container.Runtime]bool{container.LXC: true, container.Incus: true, container.LXD: true,
	container.Nspawn: true,
	container.Runc:   true, container.Crun: true, container.Bones: true}

// keyOf returns the container that the process with this PID is in.
func keyOf(s *procwalk.Snapshot, chains []membership, pid int) string {
	i, ok := s.Position(pid)
	if !ok {
		return ""
	}
	return chains[i].key
}

// lookup asks the disk, unless it was asked lately and the init that it told is still the same.
func (r *Resolver) lookup(e *Container, records *recordIndex, start container.InitStart) knownInfo {
	if r.store == nil || e.Sandbox() {
		return knownInfo{}
	}
	if old, ok := r.infos[e.Key]; ok {
		limit := uint64(relookUnknown)
		ticks, alive := start(old.info.InitPID)
		if old.info.Found && alive && (old.info.InitStart == 0 || old.info.InitStart == ticks) {
			limit = relookFound
		}
		if r.passes-old.pass < limit && (alive || old.info.InitPID == 0) {
			return old
		}
	}
	if rec, ok := records.byKey[e.Key]; ok {
		return knownInfo{r.store.LookupRecord(e.Chain, rec, start), r.passes}
	}
	return knownInfo{r.store.Lookup(e.Chain, start), r.passes}
}
