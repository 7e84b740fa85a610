package virt

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// The hypervisors' leaves of CPUID begin at the first, and one that shows those of another beside its own has them 256
// further on. Source: Documentation/virt/kvm/x86/cpuid.rst, and include/asm/cpuid/api.h (cpuid_base_hypervisor).
const (
	firstLeaf = 0x40000000
	leafStep  = 0x100
	lastLeaf  = 0x40010000
)

// signatures are what the hypervisors call themselves.
var signatures = map[string]Hypervisor{
	"XenVMMXenVMM": Xen,
	"KVMKVMKVM":    KVM,
	"Linux KVM Hv": KVM, // KVM that offers Hyper-V's interface
	"TCGTCGTCGTCG": QEMU,
	"VMwareVMware": VMware,
	"Microsoft Hv": HyperV,
	"bhyve bhyve ": Bhyve,
	"QNXQVMBSQG":   QNX,
	"ACRNACRNACRN": ACRN,
	"SRESRESRESRE": SRE,
	"Apple VZ":     Apple,
	"VBoxVBoxVBox": VirtualBox,
	" lrpepyh vr":  Parallels, // with its bytes in another order
	"prl hyperv  ": Parallels,
}

// processor asks the processor, which the hypervisor answers for.
func (d *detector) processor() Hypervisor {
	if d.roots.CPUID == nil {
		return d.cpuinfoFlag()
	}
	if _, _, ecx, _ := d.roots.CPUID(1); ecx&(1<<31) == 0 {
		return None
	}
	h, leaf, signature := d.signature(firstLeaf)
	if h == HyperV {
		// Any hypervisor may say so to Windows' taste. Who does has another name further on; who is the real one
		// has another mark as well.
		for next := uint32(firstLeaf + leafStep); next < lastLeaf; next += leafStep {
			if other, at, name := d.signature(next); other != Other && other != HyperV {
				d.add(fmt.Sprintf("CPUID %#x", at), name, other)
				return other
			}
		}
		if !d.hyperVElsewhere() {
			h = Other
		}
	}
	d.add(fmt.Sprintf("CPUID %#x", leaf), signature, h)
	return h
}

func (d *detector) signature(leaf uint32) (h Hypervisor, at uint32, name string) {
	_, ebx, ecx, edx := d.roots.CPUID(leaf)
	var b []byte
	for _, register := range []uint32{ebx, ecx, edx} {
		b = binary.LittleEndian.AppendUint32(b, register)
	}
	name = strings.TrimRight(string(b), "\x00")
	if h, known := signatures[name]; known {
		return h, leaf, name
	}
	return Other, leaf, name
}

// hyperVElsewhere reports whether something besides the processor speaks for Hyper-V: its bus, its firmware or the
// kernel that Microsoft builds for WSL.
func (d *detector) hyperVElsewhere() bool {
	if names, _ := filepath.Glob(filepath.Join(d.roots.Sys, "bus/vmbus/devices/*")); len(names) > 0 {
		return true
	}
	vendor, _ := d.line(d.dmiPath("sys_vendor"))
	product, _ := d.line(d.dmiPath("product_name"))
	release, _ := d.line(filepath.Join(d.roots.Proc, "sys/kernel/osrelease"))
	return strings.HasPrefix(vendor, "Microsoft") && product == "Virtual Machine" ||
		strings.Contains(strings.ToLower(release), "microsoft")
}

// cpuinfoFlag is what the kernel tells of the processor of another machine: that there is a hypervisor.
func (d *detector) cpuinfoFlag() Hypervisor {
	path, flags := d.cpuinfo("flags")
	if !slices.Contains(strings.Fields(flags), "hypervisor") {
		return None
	}
	d.add(path, "hypervisor", Other)
	return Other
}
