// Package owner tells who manages a control group, and who takes back what somebody else has written there.
package owner

import (
	"path"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Owner is who made a group and manages it.
type Owner struct {
	Unit      text.Text         // the innermost systemd unit at or above the group, as systemctl takes it; may be empty
	Systemd   bool              // systemd manages this very group, and writes its values anew at a daemon-reload
	Engine    container.Runtime // that manages it; Unknown for none
	Kubelet   bool              // it is one of Kubernetes' groups of pods or quality classes
	TakesBack string            // who will take a raw write back, and when: one line; empty if nobody
}

// Of tells who manages a group. chain is what its processes belong to, as container.FromLines tells.
//
// A scope that systemd has delegated, as those of containers are, is still its own: at a daemon-reload it writes the
// values of the scope anew, and leaves only those of the groups below alone.
//
// Source: systemd, docs/CGROUP_DELEGATION.md, and the extended attribute invocation_id that it sets on the groups of
// its units, with version 1 in its own hierarchy.
func Of(h *cgroupview.FileSystem, g *cgroupview.Group, chain container.Chain) Owner {
	in := chain.Innermost()
	o := Owner{Unit: in.Unit, Systemd: managed(h, g)}
	class := qualityClass(g.Path.Raw())
	o.Kubelet = class || in.PodUID.Len() > 0 && in.Runtime != container.Podman && in.Runtime != container.ECS
	if in.Kind == container.Container {
		o.Engine = in.Runtime
	}
	var list []string
	switch {
	case unitOfUser(g.Path.Raw()):
		list = append(list, "the user's systemd writes the values of its units anew at `systemctl --user daemon-reload`")
	case o.Systemd:
		list = append(list, "systemd writes the values of its units anew at `systemctl daemon-reload`, unless it has set "+
			"them itself (--persist; in the terminal UI ^T)")
	}
	switch {
	case class:
		list = append(list, "the kubelet writes the weight and the limits of its quality classes anew every minute and "+
			"when it starts")
	case o.Kubelet && in.Kind == container.Pod:
		list = append(list, "the kubelet writes the pod's CPU, memory and tasks limits anew when the pod is resized")
	case o.Kubelet:
		list = append(list, "the kubelet has all values of a container written anew when its pod is resized, and its "+
			"cpuset every 10 s where it gives out whole processors; a restart makes another group")
	case o.Engine == container.Docker:
		list = append(list, "will be overwritten by docker, at `docker update` of any field and when the container "+
			"starts again")
	case o.Engine != container.Unknown && o.Engine != container.Bones:
		list = append(list, "will be overwritten by "+string(o.Engine)+", when the container is updated or starts again")
	}
	o.TakesBack = strings.Join(list, "; ")
	return o
}

// unitOfUser reports whether a group is where the manager of a user has its units: below nothing but slices in
// user@UID.service. Such a manager marks its groups with no extended attribute, as of systemd 252.
func unitOfUser(p string) bool {
	_, below, ok := strings.Cut(p, "/user@")
	_, below, found := strings.Cut(below, ".service/")
	return ok && found && isUnit(below)
}

// isUnit reports whether a path is where systemd puts a unit of its own: below nothing but slices.
func isUnit(p string) bool {
	parts := strings.Split(strings.Trim(p, "/"), "/")
	for _, slice := range parts[:len(parts)-1] {
		if !strings.HasSuffix(slice, ".slice") {
			return false
		}
	}
	switch path.Ext(parts[len(parts)-1]) {
	case ".slice", ".scope", ".service":
		return true
	}
	return false
}

// managed reports whether a group is that of a unit of systemd's.
func managed(h *cgroupview.FileSystem, g *cgroupview.Group) bool {
	for _, in := range h.Hierarchies() {
		at := g
		switch {
		case in == g.Hierarchy:
		case in.Version == 2 || in.Name == "systemd":
			var err error
			if at, err = h.Group(in, g.Path.Raw()); err != nil {
				continue
			}
		default:
			continue
		}
		if at.Unit() {
			return true
		}
		// A scope that was made at somebody's request bears the mark only after a daemon-reload, as of systemd 252. Where
		// systemd has a group for itself, a group in the place of a unit is one.
		if init, err := h.Group(in, "/init.scope"); err == nil && init.Dir.Len() > 0 && isUnit(g.Path.Raw()) {
			return true
		}
	}
	return false
}

// qualityClass reports whether a group is that of all pods, or of those of one class.
//
// Source: kubernetes, pkg/kubelet/cm/qos_container_manager_linux.go, updated each minute.
func qualityClass(p string) bool {
	switch path.Base(p) {
	case "kubepods", "kubepods.slice", "kubepods-burstable.slice", "kubepods-besteffort.slice":
		return true
	case "burstable", "besteffort":
		return path.Base(path.Dir(p)) == "kubepods"
	}
	return false
}
