package virt

import (
	"os"
	"path/filepath"
	"strings"
)

// deviceTree asks what the firmware of ARM, Power and RISC-V describes the machine with.
// Source: Documentation/devicetree/bindings/arm/xen.txt,
// Documentation/devicetree/bindings/firmware/qemu,fw-cfg-mmio.yaml.
func (d *detector) deviceTree() Hypervisor {
	root := filepath.Join(d.roots.Proc, "device-tree")
	found := func(path, says string, h Hypervisor) Hypervisor {
		d.add(path, says, h)
		return h
	}
	compatible := filepath.Join(root, "hypervisor/compatible")
	if s, ok := d.line(compatible); ok {
		switch {
		case s == "linux,kvm":
			return found(compatible, s, KVM)
		case strings.Contains(s, "xen"):
			return found(compatible, s, Xen)
		case strings.Contains(s, "vmware"):
			return found(compatible, s, VMware)
		}
		return found(compatible, s, Other)
	}
	has := func(name string) bool {
		_, err := os.Lstat(filepath.Join(root, name))
		return err == nil
	}
	if partition := "ibm,partition-name"; has(partition) && has("hmc-managed?") && !has("chosen/qemu,graphic-width") {
		return found(filepath.Join(root, partition), "", PowerVM)
	}
	nodes, _ := os.ReadDir(root)
	for _, node := range nodes {
		if strings.Contains(node.Name(), "fw-cfg") {
			return found(filepath.Join(root, node.Name()), node.Name(), QEMU)
		}
	}
	compatible = filepath.Join(root, "compatible")
	if s, _ := d.line(compatible); s == "qemu,pseries" {
		return found(compatible, s, QEMU)
	}
	return None
}
