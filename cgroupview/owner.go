package cgroupview

import (
	"bones/cgroupview/container"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Owner is who made a group and manages it.
type Owner struct {
	Unit      text.Text         // the innermost systemd unit at or above the group, as systemctl takes it; may be empty
	Systemd   bool              // systemd manages this very group, and writes its values anew at a daemon-reload
	Engine    container.Runtime // that manages it; Unknown for none
	Kubelet   bool              // it is one of Kubernetes' groups of pods or quality classes
	TakesBack string            // who will take a raw write back, and when: one line; empty if nobody
}

// OwnerOf tells who manages a group. chain is what its processes belong to, as container.FromLines tells.
//
// Source: systemd, docs/CGROUP_DELEGATION.md, and the extended attributes that it sets: invocation_id on the groups of
// its units, delegate on those that it leaves to somebody else.
func (h *FileSystem) OwnerOf(g *Group, chain container.Chain) Owner {
	in := chain.Innermost()
	o := Owner{Unit: in.Unit}
	managed := attribute(g, "user.invocation_id") || attribute(g, "trusted.invocation_id")
	delegated := attribute(g, "user.delegate") || attribute(g, "trusted.delegate")
	o.Systemd = managed && !delegated
	o.Kubelet = in.Kind == container.Pod || in.PodUID.Len() > 0 && in.Runtime == container.CRI
	if in.Kind == container.Container {
		o.Engine = in.Runtime
	}
	switch {
	case o.Systemd:
		o.TakesBack = "systemd writes the values of its units anew at `systemctl daemon-reload`; --persist goes through it"
	case o.Kubelet:
		o.TakesBack = "the kubelet writes the values of its groups of pods anew as it sees fit"
	case o.Engine == container.Docker:
		o.TakesBack = "docker writes its own values at `docker update` of any field and when the container starts again"
	case o.Engine != container.Unknown && o.Engine != container.Bones:
		o.TakesBack = string(o.Engine) + " writes its own values when the container is updated or starts again"
	}
	return o
}

// attribute reports whether an extended attribute of the group's directory is there.
func attribute(g *Group, name string) bool {
	n, err := unix.Lgetxattr(g.Dir.Raw(), name, nil)
	return err == nil && n > 0
}
