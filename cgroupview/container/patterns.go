package container

import "bones/cgroupview/container/ids"

// The tables of names that engines give to the groups of their containers. A new engine is a new row.

// prefixed is a group named PREFIX-ID, with the systemd driver PREFIX-ID.scope, and SLICE:PREFIX:ID where a runtime
// without that driver was given a path for it. The first row that fits counts.
var prefixed = []struct {
	prefix  string
	runtime Runtime
	kind    EntryKind
	plain   func(id string) bool // ids of a group that is no scope; nil: the name alone says too little
	scope   func(id string) bool // ids of a scope, which may also be the name that a user chose
}{
	{"docker-", Docker, Container, ids.Hex64, ids.Hex64},
	{"docker-", BuildKit, Container, nil, ids.BuildKitID}, // moby, daemon/command: builds have the engine's prefix too
	{"buildkit-", BuildKit, Container, nil, ids.BuildKitID},
	{"cri-containerd-", Containerd, Container, ids.Hex64, ids.Name},
	{"nerdctl-", Containerd, Container, ids.Hex64, ids.Name},
	{"crio-conmon-", CRIO, Conmon, ids.Hex64, ids.Hex64},
	{"crio-", CRIO, Container, ids.Hex64, ids.Hex64},
	{"libpod-conmon-", Podman, Conmon, ids.Hex64, ids.Hex64},
	{"libpod-payload-", Podman, Container, ids.Hex64, ids.Hex64}, // --cgroups=split
	{"libpod-", Podman, Container, ids.Hex64, ids.Hex64},
	{"kata_", Kata, Container, ids.Hex64, ids.Hex64},
	{"kata-", Kata, Container, nil, ids.Name},
	{"runc-", Runc, Container, nil, ids.Name},
	{"crun-", Crun, Container, nil, ids.Name},
	{"youki-", Youki, Container, nil, ids.Name},
	{"runsc-", GVisor, Container, nil, ids.Name},
}

// literal is a group named PREFIX.NAME by an engine that knows nothing of systemd: whatever follows is the name.
//
// Source: lxc, src/lxc/cgroups/cgroup.h; Incus and LXD use it too. The last is that of `bones demo`.
var literal = []struct {
	prefix  string
	runtime Runtime
	kind    EntryKind
}{
	{"lxc.payload.", LXC, Container},
	{"lxc.monitor.", LXC, Conmon},
	{"bones-demo-", Bones, Container},
}

// inside is a group named ID in a directory of the engine's. top: only where the directory stands at the top, in a
// systemd unit or in a container, because its name or the form of the id is too common to be believed elsewhere.
var inside = []struct {
	dir     string
	runtime Runtime
	kind    EntryKind
	valid   func(id string) bool
	top     bool
}{
	{"docker", Docker, Container, ids.Hex64, false},
	{"docker", BuildKit, Container, ids.BuildKitID, false}, // moby, daemon/command: builds run below the same parent
	{"moby", Docker, Container, ids.Hex64, false},
	{"actions_job", Docker, Container, ids.Hex64, false}, // GitHub's runners: docker --cgroup-parent
	{"buildkit", BuildKit, Container, ids.BuildKitID, false},
	{"default", Containerd, Container, ids.Hex64, false}, // /NAMESPACE/ID; other ids need the disk
	{"k8s.io", Containerd, Container, ids.Name, true},
	{"lxc", LXC, Container, ids.Name, true},
	{"lxc.payload", LXC, Container, ids.Name, false},
	{"lxc.monitor", LXC, Conmon, ids.Name, false},
	{"libvirt/lxc", LibvirtLXC, Container, ids.Name, false},
	{"libvirt/qemu", LibvirtQEMU, Scope, ids.Name, false},
	{"mesos", Mesos, Container, ids.UUID, false},
	{"garden", Garden, Container, ids.GardenID, false},
	{"firecracker", Firecracker, Container, ids.VMID, true},
	{"kata_overhead", Kata, Conmon, ids.Hex64, false}, // the hypervisor, outside of the machine
	{"uuid", Unknown, Container, ids.UUID, true},      // older Cloud Foundry
}
