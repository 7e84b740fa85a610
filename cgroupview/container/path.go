package container

import (
	"strings"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// parser goes once through a path, group by group, and collects what it meets.
type parser struct {
	path  string
	chain Chain
	scope ChainEntry // the innermost unit, virtual machine or job, of use where there is no container
	unit  string

	parent  string // the directory around the current group
	top     bool   // the current group stands at the top, in a systemd unit or in a container
	dirTop  bool   // so did its parent
	units   bool   // the current group stands at the top or in a unit: here the suffix of a unit means one
	session bool   // the parent is a user's slice

	pod         string // the pod that we are in
	podRuntime  Runtime
	podEnd      int
	taken       bool // the current group is a container's
	kube        bool // below Kubernetes' own groups
	ecs, nomad  bool // below the agent's groups
	slurm       bool
	fromMachine bool // in machine.slice
}

// clean takes off what the kernel adds to the path of a group that has been removed. A group may be named so in
// earnest; nothing tells the two apart.
func clean(path string) string { return strings.TrimSuffix(path, " (deleted)") }

// parsePath appends what the path tells to chain. It looks at each byte a bounded number of times.
func parsePath(path string, chain Chain) Chain {
	p := parser{path: path, chain: chain}
	p.enter()
	for start := 0; start < len(path); {
		end := len(path)
		if i := strings.IndexByte(path[start:], '/'); i >= 0 {
			end = start + i
		}
		if start < end {
			p.group(path[start:end], start, end)
		}
		start = end + 1
	}
	switch {
	case p.pod != "" && !p.inPodAlready():
		e := p.entry(Pod, p.podRuntime, "", p.podEnd)
		return append(p.chain, e)
	case len(p.chain) == 0 && p.scope.Kind != None:
		return append(p.chain, p.scope)
	}
	return p.chain
}

// enter puts the parser at the top of a tree of groups: the real one, or that of a container.
func (p *parser) enter() {
	p.top, p.units, p.dirTop, p.session = true, true, false, false
	p.parent, p.pod, p.podRuntime = "", "", Unknown
	p.kube, p.ecs, p.nomad, p.slurm, p.fromMachine = false, false, false, false, false
}

func (p *parser) entry(kind EntryKind, runtime Runtime, id string, end int) ChainEntry {
	return ChainEntry{Kind: kind, Runtime: runtime, ID: text.New(id), PodUID: text.New(p.pod), Unit: text.New(p.unit),
		Group: text.New(p.path[:end])}
}

// found records a container or what stands beside one.
func (p *parser) found(kind EntryKind, runtime Runtime, id string, end int) {
	e := p.entry(kind, runtime, id, end)
	if kind == Scope {
		p.scope = e
		return
	}
	p.taken = true
	if !p.repeated(e) {
		p.chain = append(p.chain, e)
	}
	p.enter()
}

// repeated reports whether a group is but a part of a container that the path names already. An init system in a
// container that sees the paths of the host (version 1 without a cgroup namespace) makes its groups below the
// container's own by the whole path of that: /docker/ID/docker/ID/init.scope.
func (p *parser) repeated(e ChainEntry) bool {
	if e.Kind != Container {
		return false
	}
	for i := range p.chain {
		x := &p.chain[i]
		if x.Kind != Container || x.ID != e.ID {
			continue
		}
		group := x.Group.Raw()
		// Names can be chosen: an LXC container of version 2's time may hold another one of its own name.
		if ids.Unique(e.ID.Raw()) || e.Group.Raw() == group+group && !strings.Contains(group, "/lxc.payload.") {
			return true
		}
	}
	return false
}

// inPodAlready reports whether the pod is that of a container which the path names already.
func (p *parser) inPodAlready() bool {
	for i := range p.chain {
		if p.chain[i].Kind == Container && p.chain[i].PodUID.Raw() == p.pod {
			return true
		}
	}
	return false
}

func (p *parser) group(seg string, start, end int) {
	if seg == ".." {
		// Outside of our cgroup namespace: what follows is a path from there.
		p.enter()
		return
	}
	name, suffix := splitUnit(seg)
	switch suffix {
	case "mount", "socket", "swap", "automount", "device":
		p.scope = ChainEntry{} // a unit without anything of ours, whatever its name quotes
		p.next(seg, false, true)
		return
	case "service", "scope":
		p.unitGroup(seg, suffix, end)
	}
	p.taken = false
	p.container(seg, name, suffix, end)
	if p.taken || p.inner(seg, start) {
		return
	}
	p.directory(seg, name, suffix, end)
}

// splitUnit takes a group's name apart if it is that of a systemd unit, and undoes the escapes in it.
func splitUnit(seg string) (name, suffix string) {
	i := strings.LastIndexByte(seg, '.')
	if i <= 0 {
		return seg, ""
	}
	switch suffix = seg[i+1:]; suffix {
	case "service", "scope", "slice", "mount", "socket", "swap", "automount", "device":
		return ids.UnescapeUnit(seg[:i]), suffix
	}
	return seg, ""
}

// unitGroup records a service, a scope or a session, if units are to be expected here.
func (p *parser) unitGroup(seg, suffix string, end int) {
	if !p.units {
		return
	}
	p.unit = unescapeGroup(seg)
	kind := Service
	if suffix == "scope" {
		kind = Scope
		if p.session && strings.HasPrefix(seg, "session-") {
			kind = Session
		}
	}
	p.scope = p.entry(kind, Unknown, "", end)
}

// unescapeGroup undoes what systemd does to a unit's name that the cgroup file system would take for a file of its
// own.
//
// Source: systemd, src/basic/cgroup-util.c, cg_unescape.
func unescapeGroup(seg string) string { return strings.TrimPrefix(seg, "_") }

// container tries the tables. At most one row fits.
func (p *parser) container(seg, name, suffix string, end int) {
	for _, r := range literal {
		if id, ok := strings.CutPrefix(seg, r.prefix); ok && id != "" {
			p.found(r.kind, r.runtime, id, end)
			return
		}
	}
	if suffix == "" || suffix == "scope" {
		for _, r := range prefixed {
			valid := r.plain
			if suffix != "" {
				valid = r.scope
			}
			if id, ok := strings.CutPrefix(name, r.prefix); ok && valid != nil && valid(id) {
				p.found(r.kind, r.runtime, id, end)
				return
			}
		}
	}
	for _, r := range inside {
		if p.parent == r.dir && r.valid(seg) && (p.dirTop || !r.top) {
			p.found(r.kind, r.runtime, seg, end)
			return
		}
	}
	if strings.IndexByte(seg, ':') >= 0 && p.colonForm(seg, end) || p.machine(seg, name, suffix, end) {
		return
	}
	switch {
	case p.ecs && (ids.Hex64(seg) || ids.FargateID(seg)):
		p.found(Container, ECS, seg, end)
	case p.nomad && (suffix == "" || suffix == "scope") && ids.NomadID(name):
		p.found(Container, Nomad, name, end)
	case p.slurm && strings.HasPrefix(seg, "job_") && ids.Digits(seg[4:]):
		p.found(Scope, Slurm, seg, end)
	case p.parent == "libpod_parent" && ids.Hex64(seg):
		p.inPod(Podman, seg, end)
	case p.pod != "" && ids.Hex64(seg):
		p.found(Container, p.podRuntime, seg, end)
	case ids.Hex64(seg):
		p.found(Container, Unknown, seg, end)
	}
}

// colonForm: SLICE:PREFIX:ID.
func (p *parser) colonForm(seg string, end int) bool {
	last := strings.LastIndexByte(seg, ':')
	middle := strings.LastIndexByte(seg[:last], ':')
	if middle < 0 {
		return false
	}
	slice, prefix, id := seg[:middle], seg[middle+1:last], seg[last+1:]
	runtime, known := Unknown, false
	for _, r := range prefixed {
		if prefix+"-" != r.prefix || r.kind != Container {
			continue
		}
		if runtime == Unknown || r.scope(id) {
			runtime, known = r.runtime, r.scope(id)
		}
		if known {
			break
		}
	}
	// Whatever the prefix is: nobody but an OCI runtime writes a slice, a prefix and an id so.
	if !known && (prefix == "" || id == "" || slice != "" && !strings.HasSuffix(slice, ".slice")) {
		return false
	}
	slice, _ = splitUnit(slice)
	p.kubernetes(slice, end)
	if p.parent == "kata_overhead" {
		p.found(Conmon, Kata, id, end)
	} else {
		p.found(Container, runtime, id, end)
	}
	return true
}

// machine: what systemd-machined and libvirt register.
func (p *parser) machine(seg, name, suffix string, end int) bool {
	if id, ok := strings.CutSuffix(seg, ".libvirt-lxc"); ok && id != "" {
		p.found(Container, LibvirtLXC, afterNumber(id, "lxc-"), end)
		return true
	}
	if id, ok := strings.CutSuffix(seg, ".libvirt-qemu"); ok && id != "" {
		p.found(Scope, LibvirtQEMU, afterNumber(id, "qemu-"), end)
		return true
	}
	if id, ok := strings.CutPrefix(name, "systemd-nspawn@"); ok && suffix == "service" && id != "" && p.units {
		p.found(Container, Nspawn, id, end)
		return true
	}
	id, ok := strings.CutPrefix(name, "machine-")
	if !ok || suffix != "scope" || id == "" || !p.fromMachine {
		return false
	}
	if uuid, ok := strings.CutPrefix(id, "rkt-"); ok && ids.UUID(uuid) {
		p.found(Container, Rkt, uuid, end)
	} else if domain := afterNumber(id, "lxc-"); domain != id {
		p.found(Container, LibvirtLXC, domain, end)
	} else if domain := afterNumber(id, "qemu-"); domain != id {
		p.found(Scope, LibvirtQEMU, domain, end)
	} else {
		p.found(Container, Nspawn, id, end)
	}
	return true
}

// afterNumber returns the domain of "qemu-7-DOMAIN", and s itself if it has another form.
func afterNumber(s, prefix string) string {
	rest, ok := strings.CutPrefix(s, prefix)
	number, domain, ok2 := strings.Cut(rest, "-")
	if ok && ok2 && ids.Digits(number) && domain != "" {
		return domain
	}
	return s
}

// inner reports whether a group directly below a container's own is but a part of it. What the container itself makes
// further down is no business of the engine's.
func (p *parser) inner(seg string, start int) bool {
	if len(p.chain) == 0 {
		return false
	}
	last := &p.chain[len(p.chain)-1]
	if last.Group.Len()+1 != start {
		return false
	}
	switch seg {
	case "supervisor":
		if last.Runtime == Nspawn {
			last.Kind = Conmon
		}
		return true
	case "payload", "container", "ns", "leaf":
		return true
	}
	return false
}

// directory takes notice of a group that is no container but that containers may be in.
func (p *parser) directory(seg, name, suffix string, end int) {
	isUnit := suffix != "" && p.units
	userSlice := suffix == "slice" && strings.HasPrefix(seg, "user-")
	switch {
	case p.parent == "garden" && (seg == "good" || seg == "bad"):
		return // between garden and its containers; garden stays the directory that counts
	case p.parent == "libvirt" && (seg == "lxc" || seg == "qemu"):
		p.parent = "libvirt/" + seg
		return
	case p.top && seg == "ecs":
		p.ecs = true
	case p.top && (seg == "nomad" || seg == "nomad.slice"):
		p.nomad = true
	case p.top && (strings.HasPrefix(seg, "slurm") || strings.HasSuffix(seg, "slurmstepd.scope")):
		p.slurm = true
	case isUnit && (seg == "machine.slice" || suffix == "slice" && strings.HasPrefix(seg, "machine-")):
		p.fromMachine = true
	case strings.HasSuffix(seg, ".session") && strings.HasSuffix(p.parent, ".user") && len(p.chain) == 0:
		p.scope = p.entry(Session, Unknown, "", end)
	}
	if suffix == "slice" || suffix == "" {
		p.kubernetes(name, end)
		if i := strings.Index(name, "libpod_pod_"); i >= 0 && ids.Hex64(name[i+11:]) {
			p.inPod(Podman, name[i+11:], end)
		}
		if id, ok := strings.CutPrefix(name, "ecstasks-"); ok && ids.Hex(id, 32) {
			p.inPod(ECS, id, end)
		}
	}
	p.next(seg, userSlice, isUnit)
}

func (p *parser) next(seg string, userSlice, isUnit bool) {
	p.dirTop = p.top
	p.parent, p.session = seg, userSlice
	// LXC without privileges stands in the session of its user; user.NAME and N.session are those of cgmanager.
	p.top = isUnit || strings.HasSuffix(seg, ".session")
	p.units = isUnit
}

func (p *parser) inPod(runtime Runtime, uid string, end int) {
	p.pod, p.podRuntime, p.podEnd = uid, runtime, end
}

// kubernetes takes notice of the groups of the kubelet: kubepods/burstable/podUID with the cgroupfs driver,
// kubepods-burstable-podUID.slice with systemd's.
func (p *parser) kubernetes(name string, end int) {
	if strings.HasPrefix(name, "kubepods") || strings.Contains(name, "-kubepods") {
		p.kube = true
		if i := strings.LastIndex(name, "-pod"); i >= 0 {
			if uid, ok := ids.PodUID(name[i+4:]); ok {
				p.inPod(CRI, uid, end)
			}
		}
	} else if rest, ok := strings.CutPrefix(name, "pod"); ok && p.kube {
		if uid, ok := ids.PodUID(rest); ok {
			p.inPod(CRI, uid, end)
		}
	}
}
