package container

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
	{"docker-", Docker, Container, isHex64, isHex64},
	{"docker-", BuildKit, Container, nil, isBuildKitID}, // moby, daemon/command: builds have the engine's prefix too
	{"buildkit-", BuildKit, Container, nil, isBuildKitID},
	{"cri-containerd-", Containerd, Container, isHex64, isName},
	{"nerdctl-", Containerd, Container, isHex64, isName},
	{"crio-conmon-", CRIO, Conmon, isHex64, isHex64},
	{"crio-", CRIO, Container, isHex64, isHex64},
	{"libpod-conmon-", Podman, Conmon, isHex64, isHex64},
	{"libpod-payload-", Podman, Container, isHex64, isHex64}, // --cgroups=split
	{"libpod-", Podman, Container, isHex64, isHex64},
	{"kata_", Kata, Container, isHex64, isHex64},
	{"kata-", Kata, Container, nil, isName},
	{"runc-", Runc, Container, nil, isName},
	{"crun-", Crun, Container, nil, isName},
	{"youki-", Youki, Container, nil, isName},
	{"runsc-", GVisor, Container, nil, isName},
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
	{"docker", Docker, Container, isHex64, false},
	{"docker", BuildKit, Container, isBuildKitID, false}, // moby, daemon/command: builds run below the same parent
	{"moby", Docker, Container, isHex64, false},
	{"actions_job", Docker, Container, isHex64, false}, // GitHub's runners: docker --cgroup-parent
	{"buildkit", BuildKit, Container, isBuildKitID, false},
	{"default", Containerd, Container, isHex64, false}, // /NAMESPACE/ID; other ids need the disk
	{"k8s.io", Containerd, Container, isName, true},
	{"lxc", LXC, Container, isName, true},
	{"lxc.payload", LXC, Container, isName, false},
	{"lxc.monitor", LXC, Conmon, isName, false},
	{"libvirt/lxc", LibvirtLXC, Container, isName, false},
	{"libvirt/qemu", LibvirtQEMU, Scope, isName, false},
	{"mesos", Mesos, Container, isUUID, false},
	{"garden", Garden, Container, isGardenID, false},
	{"firecracker", Firecracker, Container, isVMID, true},
	{"kata_overhead", Kata, Conmon, isHex64, false}, // the hypervisor, outside of the machine
	{"uuid", Unknown, Container, isUUID, true},      // older Cloud Foundry
}
