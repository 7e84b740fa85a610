package container

// The tables of names that engines give to the groups of their containers. A new engine is a new row.

// prefixed is a group named PREFIX-ID, with the systemd driver PREFIX-ID.scope. The first row that fits counts.
var prefixed = []struct {
	prefix  string
	runtime Runtime
	kind    EntryKind
	valid   func(id string) bool
	scope   bool // only as a systemd scope: the name alone says too little
}{
	{"docker-", Docker, Container, isHex64, false},
	{"cri-containerd-", Containerd, Container, isHex64, false},
	{"nerdctl-", Containerd, Container, isHex64, false},
	{"crio-conmon-", CRIO, Conmon, isHex64, false},
	{"crio-", CRIO, Container, isHex64, false},
	{"libpod-conmon-", Podman, Conmon, isHex64, false},
	{"libpod-payload-", Podman, Container, isHex64, false}, // --cgroups=split
	{"libpod-", Podman, Container, isHex64, false},
	{"kata_", Kata, Container, isHex64, false},
	{"runc-", Runc, Container, isName, true},
	{"crun-", Crun, Container, isName, true},
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

// colon is a group named SLICE:PREFIX:ID: what a systemd driver would have turned into a scope, taken for a plain
// name.
var colon = []struct {
	prefix  string
	runtime Runtime
	valid   func(id string) bool
}{
	{"docker", Docker, isHex64},
	{"docker", BuildKit, isBuildKitID},
	{"cri-containerd", Containerd, isHex64},
	{"nerdctl", Containerd, isHex64},
	{"crio", CRIO, isHex64},
	{"libpod", Podman, isHex64},
	{"runc", Runc, isName},
	{"crun", Crun, isName},
}
