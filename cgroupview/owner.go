package cgroupview

import (
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

// OwnerOf tells who manages a group. chain is what its processes belong to, as container.FromLines tells.
func (h *Host) OwnerOf(g *Group, chain container.Chain) Owner { panic("to be written") }
