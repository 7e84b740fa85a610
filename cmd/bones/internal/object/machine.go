package object

import (
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"
)

// Machine is what this host runs on: metal, or a virtual machine of some hypervisor.
type Machine struct {
	Virtual    bool       `json:"virtual"`
	Hypervisor string     `json:"hypervisor"` // bare metal, KVM, VMware, Microsoft Hyper-V, ...
	Systemd    string     `json:"systemd"`    // the word of systemd-detect-virt --vm: none, kvm, vmware, ...
	Dom0       bool       `json:"dom0"`       // it is Xen's first domain, which is the host
	Evidence   []Evidence `json:"evidence"`   // the verdict's first
	Unread     []string   `json:"unread"`     // what could have told more and could not be read
	ByHand     string     `json:"by_hand"`
}

// Evidence is one fact that points to a hypervisor.
type Evidence struct {
	Source   string `json:"source"` // a path, or a leaf of CPUID
	Says     string `json:"says"`
	Suggests string `json:"suggests"`
}

// NewMachine makes the object of what package virt found out about this host; nil for nil, where bones cannot tell.
func NewMachine(m *virt.Machine) *Machine {
	if m == nil {
		return nil
	}
	o := &Machine{Virtual: m.Virtual(), Hypervisor: m.Hypervisor.String(), Systemd: m.Hypervisor.Systemd(), Dom0: m.Dom0,
		Evidence: []Evidence{}, Unread: []string{}, ByHand: m.ByHand()}
	for _, e := range m.Evidence {
		o.Evidence = append(o.Evidence, Evidence{e.Source, strings.ToValidUTF8(e.Says.Raw(), "\uFFFD"),
			e.Suggest.String()})
	}
	for _, err := range m.Unread {
		o.Unread = append(o.Unread, fault.Line(err))
	}
	return o
}

// Guest is a process that is a virtual machine.
type Guest struct {
	PID         int        `json:"pid"`
	Name        *text.Text `json:"name"`
	Monitor     string     `json:"monitor"`      // the program that runs it: QEMU, Firecracker, ...
	VCPUs       *int       `json:"vcpus"`        // null: not known
	MemoryBytes *uint64    `json:"memory_bytes"` // of the guest, as it was asked for; null: not known
	KVM         bool       `json:"kvm"`          // it holds virtual processors of KVM; else it is emulated in software
	Sandbox     *string    `json:"sandbox"`      // what the machine is part of: Kata Containers
	Evidence    string     `json:"evidence"`
	Error       *string    `json:"error"` // why its descriptors could not be looked at
}

// NewGuest makes the object of a process that is a virtual machine.
func NewGuest(g *machines.GuestProcess) *Guest {
	o := &Guest{PID: g.ID.PID, Name: OrNull(g.Guest.Name), Monitor: g.Guest.Monitor, KVM: g.Guest.Accelerated,
		Evidence: g.Guest.Evidence}
	if n := g.Guest.VCPUs; n > 0 {
		o.VCPUs = &n
	}
	if n := g.Guest.Memory; n > 0 {
		o.MemoryBytes = &n
	}
	if s := string(g.Sandbox); s != "" {
		o.Sandbox = &s
	}
	if g.Unread != "" {
		why := text.Line(g.Unread)
		o.Error = &why
	}
	return o
}
