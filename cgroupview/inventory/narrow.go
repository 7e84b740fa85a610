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
// ok is true only where the whole table would tell the same container, with the same process that backs it: where the
// name is that of no container, or could be that of several, where the disk does not say how one of them is called,
// where containers are within each other, or where groups are not all seen, only the whole table tells. What the
// inventory says of other containers counts for nothing, and a process that only visits the container, as nsenter
// does, is not among its PIDs.
func (r *Resolver) Narrowly(h *cgroupview.FileSystem, t Target, read func(pids []int) (*procwalk.Snapshot, error)) (
	s *procwalk.Snapshot, x *Inventory, ok bool) {
	if t.Kind != ByName && t.Kind != ByID && t.Kind != ByWord || r.root == "" || h.FromOutside() {
		return nil, nil, false
	}
	n := &narrowing{resolver: r, host: h}
	for _, hierarchy := range h.Hierarchies() {
		root, err := h.Group(hierarchy, hierarchy.Root)
		if err != nil || !n.walk(root) {
			return nil, nil, false
		}
	}
	// The engines' own processes say where their records are, and whose the groups are says whose records count.
	s, err := read(n.engines)
	if err != nil || s.Host.InPIDNS || s.Host.HidePID != "" {
		return nil, nil, false
	}
	n.owners = r.newOwners(s, HostNamespaces(s))
	if !n.owned() {
		return nil, nil, false
	}
	if _, err := r.Resolve(s); err != nil {
		return nil, nil, false
	}
	pids, ok := n.candidates(t)
	if !ok {
		return nil, nil, false
	}
	if s, err = read(append(pids, n.engines...)); err != nil {
		return nil, nil, false
	}
	if x, err = r.Resolve(s); err != nil {
		return nil, nil, false
	}
	c, _, err := x.FindTarget(s, t)
	if err != nil || c == nil || c.Sandbox() || s.Find(c.PID) == nil {
		return nil, nil, false
	}
	if _, recorded := x.disk[c.Key]; recorded || len(x.Outer(c)) > 0 {
		return nil, nil, false
	}
	return s, x, true
}

// narrowing is the work on one TARGET.
type narrowing struct {
	resolver *Resolver
	host     *cgroupview.FileSystem
	owners   *owners
	groups   []*cgroupview.Group // those that containers have for their own
	engines  []int               // processes of the services that are called like an engine
	seen     int
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
		chain := container.FromLines([]container.Line{lineOf(c)})
		if in := chain.Containers(); in != nil {
			if slices.ContainsFunc(in[:len(in)-1], func(e container.Entry) bool { return e.Kind == container.Container }) {
				return false
			}
			if in.Innermost().Group.Raw() == c.Path.Raw() {
				n.groups = append(n.groups, c)
			}
		} else if name := path.Base(c.Path.Raw()); likeEngine(name) {
			pids, err := n.host.Procs(c)
			if err != nil || slices.Contains(pids, 0) {
				return false
			}
			n.engines = append(n.engines, pids...)
		}
		if !n.walk(c) {
			return false
		}
	}
	return true
}

func lineOf(g *cgroupview.Group) container.Line {
	if g.Hierarchy.Version == 2 {
		return container.Line{Path: g.Path}
	}
	return container.Line{Hierarchy: 1, Controllers: text.New(g.Hierarchy.String()), Path: g.Path} // 1: not version 2
}

// engineWords are what the units of engines have in their names.
var engineWords = []string{"docker", "containerd", "podman", "crio", "cri-o", "k3s", "rke2", "k0s", "microk8s",
	"kubelet",
	"lxc", "lxd", "incus", "nspawn", "buildkit"}

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

// candidates returns the processes of all containers that the TARGET could name, and those that records outside of the
// groups are about. False says that it cannot be told which containers those are.
func (n *narrowing) candidates(t Target) (pids []int, ok bool) {
	store := n.resolver.store
	if store == nil {
		return nil, false
	}
	start := func(pid int) (uint64, bool) {
		ticks, err := procwalk.StartTime(n.resolver.procRoot, pid)
		return ticks, err == nil
	}
	inits := map[int]bool{}
	found := false
	for _, g := range n.groups {
		chain, _ := n.owners.identify([]container.Line{lineOf(g)})
		e := chain.Innermost()
		info := store.Lookup(chain, start)
		if !info.Found && !nameIsID[e.Runtime] {
			if empty, err := n.empty(g); err == nil && empty {
				continue // its container has ended
			}
			return nil, false
		}
		inits[info.InitPID] = true
		if info.Name.Raw() != t.Value && !strings.HasPrefix(e.ID.Raw(), t.Value) {
			continue
		}
		found = true
		if !n.procs(g, &pids) {
			return nil, false
		}
	}
	records, errs := store.Records()
	if len(errs) > 0 || !found {
		return nil, false
	}
	for _, rec := range records {
		if !inits[rec.InitPID] {
			pids = append(pids, rec.InitPID)
		}
	}
	return pids, true
}

func (n *narrowing) empty(g *cgroupview.Group) (bool, error) {
	populated, err := n.host.Populated(g)
	return !populated, err
}

// procs adds the processes of a group and of those below it.
func (n *narrowing) procs(g *cgroupview.Group, pids *[]int) bool {
	own, err := n.host.Procs(g)
	if err != nil || slices.Contains(own, 0) {
		return false
	}
	*pids = append(*pids, own...)
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
