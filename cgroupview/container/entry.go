// Package container tells which container a process belongs to: from the lines of /proc/PID/cgroup to a runtime and an
// id, and from there, by what engines leave on disk, to a name, an image and a pod. No daemon is asked.
//
// A path in /proc/PID/cgroup is a claim: whoever may make groups chooses their names. What bones believes, and why, is
// kept as evidence.
package container

import (
	"cmp"
	"strings"

	"bones/cgroupview/container/ids"
	"bones/procwalk/text"
)

// EntryKind says what a control group is for.
type EntryKind uint8

const (
	None      EntryKind = iota // nothing that is known
	Container                  // the processes of a container
	Pod                        // a pod, outside of each of its containers
	Conmon                     // the engine's own process beside a container: conmon, LXC's monitor, nspawn's supervisor
	Service                    // a systemd service
	Scope                      // a systemd scope, a virtual machine, a batch job
	Session                    // a login session
	Sandbox                    // no container is known, but the process has a pid or user namespace and a root of its own
	VM                         // a process that is a virtual machine, likewise
	Slice                      // a systemd slice: it is asked for by name, and no chain of a process has it
)

var kindNames = [...]string{"none", "container", "pod", "conmon", "service", "scope", "session", "sandbox", "vm",
	"slice"}

func (k EntryKind) String() string {
	if int(k) >= len(kindNames) {
		return "?"
	}
	return kindNames[k]
}

// Runtime is what made a container, as far as the name of its group or the disk tells. It is one of ours, never text
// that somebody else chose.
type Runtime string

const (
	Unknown     Runtime = ""
	Docker      Runtime = "docker"
	Containerd  Runtime = "containerd"
	CRI         Runtime = "cri" // Kubernetes; the path does not say which engine
	CRIO        Runtime = "cri-o"
	Podman      Runtime = "podman"
	BuildKit    Runtime = "buildkit"
	LXC         Runtime = "lxc"
	Incus       Runtime = "incus" // its paths are those of LXC; the disk tells
	LXD         Runtime = "lxd"   // likewise
	Nspawn      Runtime = "systemd-nspawn"
	Runc        Runtime = "runc"
	Crun        Runtime = "crun"
	Youki       Runtime = "youki"
	GVisor      Runtime = "gvisor"
	Rkt         Runtime = "rkt"
	ECS         Runtime = "ecs"
	Garden      Runtime = "garden"
	Mesos       Runtime = "mesos"
	Nomad       Runtime = "nomad"
	Firecracker Runtime = "firecracker"
	Kata        Runtime = "kata"
	LibvirtLXC  Runtime = "libvirt-lxc"
	LibvirtQEMU Runtime = "libvirt-qemu"
	Slurm       Runtime = "slurm"
	Bones       Runtime = "bones" // `bones demo`: no engine at all
)

// ChainEntry is one container, or what else a process belongs to, on the way from the host to the process.
type ChainEntry struct {
	Kind    EntryKind
	Runtime Runtime
	ID      text.Text // as the engine knows it; empty for pods and for services, sessions and most scopes
	PodUID  text.Text // the pod's UID with dashes, for podman the pod's id; empty if it is in none
	Unit    text.Text // the innermost systemd unit at or above the group, as systemctl takes it; may be empty
	Group   text.Text // the path of the group itself, which the process may be below; it may begin with /..

	// What FromLines knows nothing of.
	Delegation Delegation // of that group
	Called     text.Text  // the name that the engine's own process has for it, where its group has another one
}

// Delegation says whose the directory of a group is. Whoever owns one makes groups below it and gives them any name,
// also that of somebody else's container.
type Delegation struct {
	Known bool
	Owner uint32 // of the directory itself
	Maker uint32 // who chose its name: the owner of the uppermost directory around it that is not root's; 0 for root
}

// User returns who is responsible for a group: its maker if that is not root, else its owner.
func (d Delegation) User() uint32 { return cmp.Or(d.Maker, d.Owner) }

// others reports that somebody else than root chose the group's name, or may have: where the directory cannot be
// asked, the path of a user's slice says so.
func (e ChainEntry) others() bool {
	if e.Delegation.Known {
		return e.Delegation.Maker != 0
	}
	return sliceUser(e.Group.Raw()) != ""
}

// MayBeCalled reports whether LXC may have given the group of a container with this name: where there is one of that
// name already, left behind by another, it takes the next number.
//
// Source: lxc, src/lxc/cgroups/cgfsng.c (cgfsng_payload_create).
func (e ChainEntry) MayBeCalled(name string) bool {
	rest, ok := strings.CutPrefix(e.ID.Raw(), name)
	number, numbered := strings.CutPrefix(rest, "-")
	return ok && name != "" && (rest == "" || numbered && ids.Digits(number))
}

// key names the entry within the one around it. Ids of 64 hex digits are unique wherever they appear, and lines may
// tell the runtime less or more exactly.
func (e ChainEntry) key() string {
	if id := e.ID.Raw(); ids.Hex(id, 64) {
		return id
	}
	if e.ID.Len() == 0 {
		return e.Kind.String() + ":" + e.PodUID.Raw() + e.Unit.Raw()
	}
	return string(e.Runtime) + ":" + e.ID.Raw()
}

// Chain is what a process belongs to, from the host inwards: the innermost comes last. Docker in Docker has two
// containers in it. Services, scopes and sessions appear only where there is no container, pod or conmon.
type Chain []ChainEntry

// Innermost returns the last entry; its Kind is None if there is none.
func (c Chain) Innermost() ChainEntry {
	if len(c) == 0 {
		return ChainEntry{}
	}
	return c[len(c)-1]
}

// Container returns the container that a process with this chain runs in: a conmon beside a container runs in the
// one around it, or in none.
func (c Chain) Container() (ChainEntry, bool) {
	if cs := c.Containers(); len(cs) > 0 {
		return cs[len(cs)-1], true
	}
	return ChainEntry{}, false
}

// Containers returns the chain as far as its innermost container, nil if it has none.
func (c Chain) Containers() Chain {
	for i := len(c) - 1; i >= 0; i-- {
		if c[i].Kind == Container {
			return c[:i+1]
		}
	}
	return nil
}

// Key identifies the innermost container on this host: it is the same for all its processes, and empty for a chain
// without a container. It is for comparing, not for showing.
//
// What is in the way to the container is part of it, and so is the user in whose slice it runs: in a group of their
// own, users and containers can give the name of somebody else's container to a group. That is not enough to tell two
// containers of one name apart: see the package inventory, which looks at whose the groups are.
func (c Chain) Key() string {
	c = c.Containers()
	if c == nil {
		return ""
	}
	key := ""
	if uid := sliceUser(c[0].Group.Raw()); uid != "" {
		key = "user-" + uid
	}
	for _, e := range c {
		if e.Kind != Container {
			continue
		}
		if key != "" {
			key += "/"
		}
		key += e.key()
	}
	return key
}

// sliceUser returns the number of the user in whose slice a group is; "" for none, and for root.
func sliceUser(group string) string {
	uid := sliceNumber(group)
	if uid == "0" {
		return ""
	}
	return uid
}

// sliceNumber is sliceUser with root's slice as any other. The first slice of a user counts: what is below it is of
// that user's making.
func sliceNumber(group string) string {
	_, rest, ok := strings.Cut(group, "/user-")
	uid, _, ok2 := strings.Cut(rest, ".slice/")
	if !ok || !ok2 || !ids.Digits(uid) {
		return ""
	}
	return uid
}

// WithSandbox returns the chain of a process that has a pid or user namespace and a root of its own, if contained says
// so: without any container it is an unnamed sandbox. A program may make one within a service or a session.
func (c Chain) WithSandbox(contained bool) Chain {
	kind := c.Innermost().Kind
	if !contained || kind == Container || kind == Pod || kind == Conmon {
		return c
	}
	if _, ok := c.Container(); ok {
		return c
	}
	return append(c[:len(c):len(c)], ChainEntry{Kind: Sandbox})
}
