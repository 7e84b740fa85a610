package inventory

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Narrowly finds the one container that a TARGET names without the process table: the control groups tell which
// containers there are, the disk how they are called, and cgroup.procs which processes are to be read. They are
// resolved by the same rules as a whole table. read takes a snapshot, with Want, of these processes, those that bones
// was started from, and PID 1 and 2.
//
// ok is true only where the whole table would tell the same container, with the same process that backs it, and where
// root made that container: a user's may be known by what only the user's own processes tell. Where the name is that
// of no container, or could be that of several, or of a pod, where the disk does not say how one of them is called,
// where containers are within each other, where systemd-machined knows of any, or where groups are not all seen, only
// the whole table tells. What the inventory says of other containers counts for nothing, and a process that only
// visits the container, as nsenter does, is not among its PIDs.
func (r *Resolver) Narrowly(h *cgroupview.FileSystem, t Target, read func(pids []int) (*procwalk.Snapshot, error)) (
	s *procwalk.Snapshot, x *Inventory, ok bool) {
	if t.Kind != ByName && t.Kind != ByID && t.Kind != ByWord {
		return nil, nil, false
	}
	if strings.HasPrefix(t.Value, pauseLabel) { // that of a pod may be meant: see byWord
		return nil, nil, false
	}
	n, ok := r.narrow(h, read)
	if !ok || len(r.unread) > 0 {
		return nil, nil, false
	}
	pids, ok := n.candidates(t)
	if !ok {
		return nil, nil, false
	}
	s, err := read(append(pids, n.engines...))
	if err != nil {
		return nil, nil, false
	}
	clear(r.infos) // what the disk was asked when most processes were not known may be wrong of their containers
	if x, err = r.Resolve(s); err != nil || !x.certain() {
		return nil, nil, false
	}
	c, _, err := x.FindTarget(s, t)
	if err != nil || c == nil || s.Find(c.PID) == nil || !x.rootsOwn(c) {
		return nil, nil, false
	}
	return s, x, true
}

// narrow finds the groups of containers, and has the engines' records looked at. False says that not all of them are
// seen, or that it cannot be told whose they are.
func (r *Resolver) narrow(h *cgroupview.FileSystem, read func(pids []int) (*procwalk.Snapshot, error)) (*narrowing,
	bool) {
	if r.root == "" || h.FromOutside() {
		return nil, false
	}
	r.given = h
	n := &narrowing{resolver: r, host: h, own: map[groupKey]bool{}, asked: map[question]asked{}}
	for _, hierarchy := range h.Hierarchies() {
		root, err := h.Group(hierarchy, hierarchy.Root)
		if err != nil || hierarchy.Root != "/" || !n.walk(root) {
			return nil, false
		}
	}
	// The engines' own processes say where their records are, and whose the groups are says whose records count.
	s, err := read(n.engines)
	if err != nil || !n.wholeHost(s) {
		return nil, false
	}
	n.owners = r.newOwners(s, HostNamespaces(s))
	if !n.owned() {
		return nil, false
	}
	_, err = r.Resolve(s)
	return n, err == nil
}

// Listed finds how the containers of this host are called, by their control groups and the engines' records and
// without the process table: of each group one process is read, and of each record the one that it is about. Who else
// is in a container counts for nothing, and a sandbox that no engine knows is not found. read is as for Narrowly.
// False says that only the whole table tells.
func (r *Resolver) Listed(h *cgroupview.FileSystem, read func(pids []int) (*procwalk.Snapshot, error)) (*Inventory,
	bool) {
	n, ok := r.narrow(h, read)
	if !ok || r.store == nil || len(r.store.Machines()) > 0 {
		return nil, false
	}
	records, _ := r.store.Records()
	pids := n.engines
	for _, rec := range records {
		pids = append(pids, rec.InitPID)
	}
	start := func(pid int) (uint64, bool) {
		ticks, err := procwalk.StartTime(r.procRoot, pid)
		return ticks, err == nil
	}
	for _, g := range n.groups {
		var in []int
		if !n.procs(g, &in) {
			return nil, false
		}
		chain, _ := n.owners.identify([]container.CgroupLine{lineOf(g)})
		if pids = append(pids, n.lookup(chain, start).InitPID); len(in) > 0 {
			pids = append(pids, slices.Min(in))
		}
	}
	s, err := read(slices.DeleteFunc(pids, func(pid int) bool { return pid <= 0 }))
	if err != nil {
		return nil, false
	}
	clear(r.infos)
	x, err := r.Resolve(s)
	return x, err == nil
}

// certain reports whether no user's record tells of a container in the snapshot: that it does, and how the container
// is called, may hang on processes that were not read.
func (x *Inventory) certain() bool {
	return !slices.ContainsFunc(x.List, func(c *Container) bool { return c.recorder != nil })
}

// rootsOwn reports whether a container is in no other one, and root alone made its group and may make groups in it, so
// that its name and its processes are what the group and root's engines say.
func (x *Inventory) rootsOwn(c *Container) bool {
	_, recorded := x.disk[c.Key]
	d := c.Chain.Innermost().Delegation
	return !recorded && !c.Sandbox() && !c.Info.Doubtful && len(x.Outer(c)) == 0 && d.Known && d.Owner == 0 &&
		d.Maker == 0
}

// narrowing is the work on one TARGET.
type narrowing struct {
	resolver *Resolver
	host     *cgroupview.FileSystem
	owners   *owners
	groups   []*cgroupview.Group // those that containers have for their own
	own      map[groupKey]bool   // the same, by path
	engines  []int               // processes of the services that are called like an engine, and those beside containers
	seen     int
	asked    map[question]asked
}

// question is what is asked about a container: by the innermost entry, and whether only its name is.
type question struct {
	entry container.ChainEntry
	name  bool
}

// asked is what the engines' records say of a container.
type asked struct {
	chain container.Chain
	info  container.Info
}

// lookup is Store.Lookup; without start, Store.Named. A container has a group in each hierarchy of version 1, and its
// record is read once.
func (n *narrowing) lookup(chain container.Chain, start container.InitStart) container.Info {
	at := question{chain.Innermost(), start == nil}
	is, ok := n.asked[at]
	if !ok || !slices.Equal(is.chain, chain) {
		if is = (asked{chain: chain}); start == nil {
			is.info = n.resolver.store.Named(chain)
		} else {
			is.info = n.resolver.store.Lookup(chain, start)
		}
		n.asked[at] = is
	}
	return is.info
}

type groupKey struct {
	hierarchy *cgroupview.Hierarchy
	path      string
}

// initCgroupNS is the number of the first cgroup namespace, in which all groups are seen.
//
// Source: include/linux/proc_ns.h, PROC_CGROUP_INIT_INO.
const initCgroupNS = 0xEFFFFFFB

// wholeHost reports whether all processes and all groups of the host are seen: no group is out of sight, because a
// hierarchy is not mounted here or because the cgroup namespace does not show it.
func (n *narrowing) wholeHost(s *procwalk.Snapshot) bool {
	init, own := s.Find(1), s.Find(s.Host.OwnPID())
	if s.Host.InPIDNS || s.Host.HidePID != "" || init == nil || init.Cgroups == nil || init.Cgroups.Err != nil ||
		own == nil || own.NS == nil {
		return false
	}
	if ns := own.NS.Inode[procwalk.Cgroup]; ns != initCgroupNS && ns != 0 { // 0: a kernel without these namespaces
		return false
	}
	for _, l := range init.Cgroups.Lines {
		mounted := func(h *cgroupview.Hierarchy) bool { return h.Is(l.Controllers.Raw()) }
		if container.OutsideNamespace(l.Path) || !slices.ContainsFunc(n.host.Hierarchies(), mounted) {
			return false
		}
	}
	return true
}

// maxNarrow is how many groups are looked at: with more of them, reading the processes is cheaper.
const maxNarrow = 5000

// walk finds the groups of containers among a group and those below it. False says that not all of them can be seen.
func (n *narrowing) walk(g *cgroupview.Group) bool {
	children, more, err := n.host.Children(g, maxNarrow)
	if n.seen += len(children); err != nil || more || n.seen > maxNarrow {
		return false
	}
	for _, c := range children {
		chain := container.FromLines([]container.CgroupLine{lineOf(c)})
		if in := chain.Containers(); in != nil {
			if in[:len(in)-1].Containers() != nil {
				return false
			}
			group := groupKey{c.Hierarchy, in.Innermost().Group.Raw()}
			if group.path == c.Path.Raw() {
				n.groups, n.own[group] = append(n.groups, c), true
			} else if !n.own[group] {
				return false // only what is in it tells that it is a container's
			}
		} else if chain.Innermost().Kind == container.Conmon || likeEngine(path.Base(c.Path.Raw())) {
			pids, err := n.host.Procs(c)
			if err != nil || slices.Contains(pids, 0) {
				return false
			}
			n.engines = append(n.engines, pids...)
		}
		if !c.Leaf && !n.walk(c) {
			return false
		}
	}
	return true
}

func lineOf(g *cgroupview.Group) container.CgroupLine {
	if g.Hierarchy.Version == 2 {
		return container.CgroupLine{Path: g.Path}
	}
	// 1: not version 2
	return container.CgroupLine{Hierarchy: 1, Controllers: text.New(g.Hierarchy.String()), Path: g.Path}
}

// engineWords are what the units of engines have in their names.
var engineWords = []string{"docker", "containerd", "podman", "crio", "cri-o", "k3s", "rke2", "k0s", "microk8s",
	"kubelet", "lxc", "lxd", "incus", "nspawn", "buildkit"}

// likeEngine reports whether a group may be that of an engine's own processes.
func likeEngine(name string) bool {
	return strings.HasSuffix(name, ".service") &&
		slices.ContainsFunc(engineWords, func(w string) bool { return strings.Contains(name, w) })
}

// owned has the records of those users looked at who own a group of a container, or who have a place where engines
// keep what runs. False says that it cannot be told who they are.
func (n *narrowing) owned() bool {
	users := map[uint32]bool{}
	for _, g := range n.groups {
		d := whose(n.owners.delegations, lineOf(g))
		if !d.Known {
			return false
		}
		users[d.Owner], users[d.Maker] = true, true
	}
	entries, err := os.ReadDir(filepath.Join(n.resolver.root, "run/user"))
	if err != nil && !os.IsNotExist(err) {
		return false
	}
	for _, e := range entries {
		if uid, err := strconv.ParseUint(e.Name(), 10, 32); err == nil {
			users[uint32(uid)] = true
		}
	}
	delete(users, 0)
	n.resolver.users = users
	return true
}

// candidates returns the processes of all containers that the TARGET could name, and those that records are about.
// False says that it cannot be told which containers those are.
func (n *narrowing) candidates(t Target) (pids []int, ok bool) {
	store := n.resolver.store
	if store == nil || len(store.Machines()) > 0 { // what is a machine's need not be called so by its group
		return nil, false
	}
	records, errs := store.Records()
	if len(errs) > 0 {
		return nil, false
	}
	for _, rec := range records {
		pids = append(pids, rec.InitPID)
	}
	start := func(pid int) (uint64, bool) {
		ticks, err := procwalk.StartTime(n.resolver.procRoot, pid)
		return ticks, err == nil
	}
	found := false
	for _, g := range n.groups {
		chain, _ := n.owners.identify([]container.CgroupLine{lineOf(g)})
		e := chain.Innermost()
		info := n.lookup(chain, nil)
		named := info.Name.Raw() == t.Value || strings.HasPrefix(e.ID.Raw(), t.Value)
		if !n.known(e, info) {
			if populated, err := n.host.Populated(g); err == nil && !populated && !named {
				continue // its container has ended
			}
			return nil, false
		}
		if in, _ := (&Container{Name: info.Name, Info: info}).inPod(t.Value); in && t.Kind == ByWord {
			return nil, false
		}
		if !named {
			continue
		}
		before := len(pids)
		info = n.lookup(chain, start)
		if info.Doubtful || !n.procs(g, &pids) || len(pids) == before {
			return nil, false // a process that has ended is in its group, and cgroup.procs does not tell of it
		}
		found = true
		pids = append(pids, info.InitPID)
	}
	return slices.DeleteFunc(pids, func(pid int) bool { return pid <= 0 }), found
}

// known reports whether it is certain how a container is called: an engine of the usual places, or one that was asked,
// has a record of it, or its name is what its group says. Podman calls what runc and crun run by other names.
func (n *narrowing) known(e container.ChainEntry, info container.Info) bool {
	byGroup := nameIsID[e.Runtime] && e.Runtime != container.Runc && e.Runtime != container.Crun
	return len(info.Errors) == 0 && (info.Found || byGroup)
}

// procs adds the processes of a group and of those below it.
func (n *narrowing) procs(g *cgroupview.Group, pids *[]int) bool {
	own, err := n.host.Procs(g)
	if err != nil || slices.Contains(own, 0) {
		return false
	}
	if *pids = append(*pids, own...); g.Leaf {
		return true
	}
	children, more, err := n.host.Children(g, maxNarrow)
	if err != nil || more {
		return false
	}
	for _, c := range children {
		if !n.procs(c, pids) {
			return false
		}
	}
	return true
}
