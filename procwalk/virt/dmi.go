package virt

import (
	"path/filepath"
	"strings"
)

// dmiFiles are the strings of the firmware, in the order in which they count: the product's name tells KVM from QEMU,
// whose vendor is the same. The kernel shows them to everybody.
// Source: Documentation/ABI/testing/sysfs-firmware-dmi-tables.
var dmiFiles = []string{"product_name", "sys_vendor", "board_vendor", "bios_vendor", "product_version"}

// dmiMarks are how the strings of virtual machines begin.
var dmiMarks = []struct {
	mark string
	h    Hypervisor
}{
	{"KVM", KVM}, {"OpenStack", KVM}, {"KubeVirt", KVM},
	{"Amazon EC2", Amazon},
	{"QEMU", QEMU},
	{"VMware", VMware}, {"VMW", VMware},
	{"innotek GmbH", VirtualBox}, {"VirtualBox", VirtualBox}, {"Oracle Corporation", VirtualBox},
	{"Xen", Xen},
	{"Bochs", Bochs},
	{"Parallels", Parallels},
	{"BHYVE", Bhyve},
	{"Hyper-V", HyperV},
	{"Apple Virtualization", Apple},
	{"Google Compute Engine", Google},
}

// dmi asks the firmware.
func (d *detector) dmi() Hypervisor {
	found := None
	for _, file := range dmiFiles {
		path := d.dmiPath(file)
		s, _ := d.line(path)
		for _, m := range dmiMarks {
			if !strings.HasPrefix(s, m.mark) {
				continue
			}
			if m.h == Amazon && !d.amazonVM() {
				return None
			}
			d.add(path, s, m.h)
			if found == None {
				found = m.h
			}
			break
		}
	}
	if found == None && d.smbios() == bitSet {
		d.add(d.smbiosPath(), "the bit of a virtual machine is set", Other)
		return Other
	}
	return found
}

func (d *detector) dmiPath(file string) string {
	return filepath.Join(d.roots.Sys, "class/dmi/id", file)
}
func (d *detector) smbiosPath() string {
	return filepath.Join(d.roots.Sys, "firmware/dmi/entries/0-0/raw")
}

// amazonVM tells Amazon's virtual machines from its bare metal, which has the same names. Without root the type of the
// instance decides: metal ends in ".metal" or ".metal-48xl".
func (d *detector) amazonVM() bool {
	switch d.smbios() {
	case bitSet:
		return true
	case bitClear:
		return false
	}
	product, _ := d.line(d.dmiPath("product_name"))
	_, after, metal := strings.Cut(product, ".metal")
	return !metal || after != "" && after[0] != '-'
}

// bit is one bit that the firmware may not tell.
type bit int

const (
	bitUnknown bit = iota
	bitSet
	bitClear
)

// smbios reads the bit that says that the machine is virtual. That it is clear proves nothing but on Amazon's.
// Source: DMTF DSP0134 7.1.2.2, BIOS Characteristics Extension Byte 2, bit 4.
func (d *detector) smbios() bit {
	raw, ok := d.read(d.smbiosPath())
	if !ok || len(raw) < 20 || raw[1] < 20 {
		return bitUnknown
	}
	if raw[19]&(1<<4) != 0 {
		return bitSet
	}
	return bitClear
}
