// Package virt tells whether Linux runs on bare metal or in a virtual machine, and in which hypervisor's; and which of
// the host's processes are virtual machines themselves.
//
// No single fact proves it. The order in which the facts are asked is that of systemd's detect_vm (src/basic/virt.c),
// so that both programs give one answer; what systemd does not tell apart (Firecracker, WSL 2, a processor that says
// "Microsoft Hv" for a KVM guest with Hyper-V's enlightenments) is looked at afterwards.
package virt

import (
	"cmp"
	"fmt"

	"bones/procwalk/text"
)

// Hypervisor is what runs the virtual machine. None is bare metal.
type Hypervisor int

// The hypervisors. VMware is ESXi, Workstation and Fusion alike: they show one mark. Other is one that says only that
// there is a hypervisor.
const (
	None Hypervisor = iota
	KVM
	QEMU // software emulation, without KVM
	Amazon
	Google
	Firecracker
	VMware
	HyperV
	WSL2
	VirtualBox
	Parallels
	Xen
	Bhyve
	Apple
	Bochs
	UserModeLinux
	QNX
	ACRN
	SRE
	PowerVM
	ZVM
	Other
)

// named holds, for each hypervisor, what it is called, the word of systemd-detect-virt(1) for it, and its mark
// where the name is too long for one.
var named = [...]struct{ name, systemd, mark string }{
	None:          {"bare metal", "none", "metal"},
	KVM:           {"KVM", "kvm", ""},
	QEMU:          {"QEMU without KVM", "qemu", "QEMU"},
	Amazon:        {"Amazon EC2 Nitro", "amazon", "EC2"},
	Google:        {"Google Compute Engine", "google", "GCE"},
	Firecracker:   {"Firecracker (KVM)", "kvm", "Firecracker"},
	VMware:        {"VMware", "vmware", ""},
	HyperV:        {"Microsoft Hyper-V", "microsoft", "Hyper-V"},
	WSL2:          {"Windows Subsystem for Linux 2 (Hyper-V)", "microsoft", "WSL2"},
	VirtualBox:    {"Oracle VirtualBox", "oracle", "VirtualBox"},
	Parallels:     {"Parallels", "parallels", ""},
	Xen:           {"Xen", "xen", ""},
	Bhyve:         {"bhyve", "bhyve", ""},
	Apple:         {"Apple Virtualization", "apple", "Apple"},
	Bochs:         {"Bochs", "bochs", ""},
	UserModeLinux: {"User-mode Linux", "uml", "UML"},
	QNX:           {"QNX", "qnx", ""},
	ACRN:          {"ACRN", "acrn", ""},
	SRE:           {"LMHS SRE", "sre", "SRE"},
	PowerVM:       {"IBM PowerVM", "powervm", "PowerVM"},
	ZVM:           {"IBM z/VM", "zvm", "z/VM"},
	Other:         {"an unknown hypervisor", "vm-other", "unknown"},
}

// String is the name that people use.
func (h Hypervisor) String() string { return named[h].name }

// Mark is the shortest name: one word for a header.
func (h Hypervisor) Mark() string { return cmp.Or(named[h].mark, named[h].name) }

// Systemd is the word that `systemd-detect-virt --vm` prints for it.
func (h Hypervisor) Systemd() string { return named[h].systemd }

// Evidence is one fact that was looked at: where it stands, what it says, and what follows from it.
type Evidence struct {
	Source  string    // a path, or "CPUID 0x40000000"
	Says    text.Text // as the firmware, the processor or the kernel has it
	Suggest Hypervisor
}

// String is one line for a person.
func (e Evidence) String() string { return fmt.Sprintf("%s says %q: %s", e.Source, e.Says, e.Suggest) }

// Machine is what Linux runs on.
type Machine struct {
	Hypervisor Hypervisor
	// Evidence holds the facts that point to a hypervisor, in the order in which they count: the verdict's first.
	Evidence []Evidence
	// Unread are the sources that could not be read though they are there, with the reason. The verdict may be another
	// with them.
	Unread []error
	// Dom0 is true in Xen's first domain, which is the host: it is not a virtual machine, and Hypervisor is None there.
	Dom0 bool
}

// Virtual reports whether it is a virtual machine.
func (m *Machine) Virtual() bool { return m.Hypervisor != None }

// ByHand is the shell command that shows the same.
func (m *Machine) ByHand() string {
	if len(m.Evidence) > 0 && m.Evidence[0].Source[0] == '/' {
		return "systemd-detect-virt --vm; cat " + m.Evidence[0].Source
	}
	return "systemd-detect-virt --vm; grep -c ^flags.*hypervisor /proc/cpuinfo"
}
