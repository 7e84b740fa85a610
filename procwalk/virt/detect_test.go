package virt

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is a machine: files below /proc ("proc/...") and /sys ("sys/..."), and the hypervisor's leaves of CPUID.
type fixture struct {
	name   string
	files  map[string]string
	leaves map[uint32]string // nil: no hypervisor to the processor
	arm    bool              // no CPUID
	want   Hypervisor
}

func (f fixture) roots(t *testing.T) Roots {
	t.Helper()
	dir := t.TempDir()
	for name, content := range f.files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := Roots{Proc: filepath.Join(dir, "proc"), Sys: filepath.Join(dir, "sys")}
	if !f.arm {
		r.CPUID = func(leaf uint32) (eax, ebx, ecx, edx uint32) {
			if leaf == 1 {
				if f.leaves != nil {
					ecx = 1 << 31
				}
				return 0, 0, ecx, 0
			}
			b := append([]byte(f.leaves[leaf]), make([]byte, 12)...)
			return 0, binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:]), binary.LittleEndian.Uint32(b[8:])
		}
	}
	return r
}

func dmi(pairs ...string) map[string]string {
	files := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		files["sys/class/dmi/id/"+pairs[i]] = pairs[i+1] + "\n"
	}
	return files
}

func with(files map[string]string, more ...string) map[string]string {
	if files == nil {
		files = map[string]string{}
	}
	for i := 0; i < len(more); i += 2 {
		files[more[i]] = more[i+1]
	}
	return files
}

func leaf(signature string) map[uint32]string { return map[uint32]string{0x40000000: signature} }

// smbios is an entry of type 0 whose extension byte 2 is b.
func smbios(b byte) string {
	raw := make([]byte, 24)
	raw[1], raw[19] = 24, b
	return string(raw)
}

func machines() []fixture {
	dell := dmi("product_name", "PowerEdge R640", "sys_vendor", "Dell Inc.", "bios_vendor", "Dell Inc.")
	hv := func() map[string]string {
		return dmi("product_name", "Virtual Machine", "sys_vendor", "Microsoft Corporation", "product_version",
			"Hyper-V UEFI 4.1")
	}
	return []fixture{
		{name: "metal", files: dell, want: None},
		{name: "metal without DMI", want: None},
		{name: "KVM", files: dmi("product_name", "KVM", "sys_vendor", "Red Hat"), leaves: leaf("KVMKVMKVM"), want: KVM},
		{name: "QEMU with KVM", files: dmi("product_name", "Standard PC (Q35 + ICH9, 2009)", "sys_vendor", "QEMU"),
			leaves: leaf("KVMKVMKVM"), want: KVM},
		{name: "QEMU without KVM", files: dmi("product_name", "Standard PC (i440FX + PIIX, 1996)", "sys_vendor", "QEMU"),
			leaves: leaf("TCGTCGTCGTCG"), want: QEMU},
		{name: "KVM with Hyper-V's interface", files: dmi("sys_vendor", "QEMU"),
			leaves: map[uint32]string{0x40000000: "Microsoft Hv", 0x40000100: "KVMKVMKVM"}, want: KVM},
		{name: "Linux KVM Hv", leaves: leaf("Linux KVM Hv"), want: KVM},
		{name: "Xen with Hyper-V's interface", leaves: map[uint32]string{0x40000000: "Microsoft Hv",
			0x40000100: "XenVMMXenVMM"},
			want: Xen},
		{name: "Microsoft Hv alone", files: dell, leaves: leaf("Microsoft Hv"), want: Other},
		{name: "QEMU that says Microsoft Hv", files: dmi("sys_vendor", "QEMU"), leaves: leaf("Microsoft Hv"), want: QEMU},
		{name: "Hyper-V", files: hv(), leaves: leaf("Microsoft Hv"), want: HyperV},
		{name: "Hyper-V by its bus", files: map[string]string{"sys/bus/vmbus/devices/x": ""}, leaves: leaf("Microsoft Hv"),
			want: HyperV},
		{name: "Hyper-V on ARM", arm: true, files: hv(), want: HyperV},
		{name: "WSL 2", files: map[string]string{"proc/sys/kernel/osrelease": "5.15.153.1-microsoft-standard-WSL2\n"},
			leaves: leaf("Microsoft Hv"), want: WSL2},
		{name: "VMware ESXi", files: dmi("product_name", "VMware7,1", "sys_vendor", "VMware, Inc."),
			leaves: leaf("VMwareVMware"),
			want:   VMware},
		{name: "VMware Fusion on ARM", arm: true, files: dmi("product_name", "VMware20,1"), want: VMware},
		{name: "VirtualBox on KVM", files: dmi("product_name", "VirtualBox", "sys_vendor", "innotek GmbH"),
			leaves: leaf("KVMKVMKVM"), want: VirtualBox},
		{name: "VirtualBox on Hyper-V", files: dmi("sys_vendor", "innotek GmbH"), leaves: leaf("Microsoft Hv"),
			want: VirtualBox},
		{name: "VirtualBox by the processor", leaves: leaf("VBoxVBoxVBox"), want: VirtualBox},
		{name: "Parallels", files: dmi("sys_vendor", "Parallels International GmbH."), leaves: leaf(" lrpepyh vr"),
			want: Parallels},
		{name: "Xen HVM", files: dmi("sys_vendor", "Xen", "product_name", "HVM domU"), leaves: leaf("XenVMMXenVMM"),
			want: Xen},
		{name: "Xen PV", files: map[string]string{"proc/xen/capabilities": "", "sys/hypervisor/type": "xen\n"}, want: Xen},
		{name: "Xen's first domain", files: map[string]string{"proc/xen/capabilities": "control_d\n"}, want: None},
		{name: "Xen's first domain by its features", files: map[string]string{"proc/xen/x": "",
			"sys/hypervisor/properties/features": "00000800\n"}, want: None},
		{name: "a nested Xen's first domain", files: map[string]string{"proc/xen/capabilities": "control_d\n"},
			leaves: leaf("KVMKVMKVM"), want: KVM},
		{name: "bhyve", files: dmi("product_name", "BHYVE"), leaves: leaf("bhyve bhyve "), want: Bhyve},
		{name: "Firecracker", leaves: leaf("KVMKVMKVM"), files: map[string]string{
			"sys/firmware/acpi/tables/FACP": "FACP\x14\x01\x00\x00\x06fFIRECKFCVMFADT"}, want: Firecracker},
		{name: "Apple", arm: true, files: dmi("product_name", "Apple Virtualization Generic Platform"), want: Apple},
		{name: "Apple with Rosetta", leaves: leaf("Apple VZ"), want: Apple},
		{name: "Amazon", files: with(dmi("product_name", "t3.micro", "sys_vendor", "Amazon EC2"),
			"sys/firmware/dmi/entries/0-0/raw", smbios(0x10)), leaves: leaf("KVMKVMKVM"), want: Amazon},
		{name: "Amazon's metal", files: with(dmi("product_name", "m5.metal", "sys_vendor", "Amazon EC2"),
			"sys/firmware/dmi/entries/0-0/raw", smbios(0)), want: None},
		{name: "Amazon's metal without root", files: dmi("product_name", "c7i.metal-48xl", "sys_vendor", "Amazon EC2"),
			want: None},
		{name: "Amazon without root", files: dmi("product_name", "c7i.large", "sys_vendor", "Amazon EC2"), want: Amazon},
		{name: "Google", files: dmi("product_name", "Google Compute Engine", "sys_vendor", "Google"),
			leaves: leaf("KVMKVMKVM"),
			want:   Google},
		{name: "OpenStack", files: dmi("product_name", "OpenStack Nova"), arm: true, want: KVM},
		{name: "Bochs", files: dmi("bios_vendor", "Bochs"), want: Bochs},
		{name: "User-mode Linux", files: map[string]string{"proc/cpuinfo": "processor\t: 0\nvendor_id\t: User Mode Linux\n"},
			want: UserModeLinux},
		{name: "ACRN", leaves: leaf("ACRNACRNACRN"), want: ACRN},
		{name: "QNX", leaves: leaf("QNXQVMBSQG"), want: QNX},
		{name: "one nobody knows", leaves: leaf("NobodyKnows!"), want: Other},
		{name: "firmware that says so only", files: map[string]string{"sys/firmware/dmi/entries/0-0/raw": smbios(0x10)},
			want: Other},
		{name: "the bit clear proves nothing", files: map[string]string{"sys/firmware/dmi/entries/0-0/raw": smbios(0)},
			leaves: leaf("KVMKVMKVM"), want: KVM},
		{name: "KVM on ARM by its device tree", arm: true, files: map[string]string{
			"proc/device-tree/hypervisor/compatible": "linux,kvm\x00"}, want: KVM},
		{name: "QEMU on ARM by its device tree", arm: true, files: map[string]string{
			"proc/device-tree/fw-cfg@9020000/compatible": "qemu,fw-cfg-mmio\x00"}, want: QEMU},
		{name: "Xen on ARM", arm: true, files: map[string]string{
			"proc/device-tree/hypervisor/compatible": "xen,xen-4.11\x00xen,xen\x00"}, want: Xen},
		{name: "PowerVM", arm: true, files: map[string]string{"proc/device-tree/ibm,partition-name": "x",
			"proc/device-tree/hmc-managed?": ""}, want: PowerVM},
		{name: "z/VM", arm: true, files: map[string]string{"proc/sysinfo": "Manufacturer: IBM\nVM00 Control Program: " +
			"z/VM    6.4.0\n"},
			want: ZVM},
		{name: "KVM on the mainframe", arm: true,
			files: map[string]string{"proc/sysinfo": "VM00 Control Program: KVM/Linux\n"},
			want:  KVM},
		{name: "another host's cpuinfo", arm: true,
			files: map[string]string{"proc/cpuinfo": "flags\t\t: fpu hypervisor lm\n"},
			want:  Other},
	}
}

func TestDetect(t *testing.T) {
	for _, f := range machines() {
		t.Run(f.name, func(t *testing.T) {
			m := Detect(f.roots(t))
			if m.Hypervisor != f.want {
				t.Errorf("it is %v, want %v; %v", m.Hypervisor, f.want, m.Evidence)
			}
			if m.Virtual() && (len(m.Evidence) == 0 || m.Evidence[0].Suggest != m.Hypervisor) {
				t.Errorf("the verdict %v has no evidence of its own first: %v", m.Hypervisor, m.Evidence)
			}
			if len(m.Unread) > 0 {
				t.Errorf("%v", m.Unread)
			}
		})
	}
}

// TestDetectAsSystemdDoes compares with systemd-detect-virt on this machine.
func TestDetectAsSystemdDoes(t *testing.T) {
	path, err := exec.LookPath("systemd-detect-virt")
	if err != nil {
		t.Skip("systemd-detect-virt is not installed")
	}
	out, _ := exec.Command(path, "--vm").Output() // status 1: none
	m := Detect(Host())
	if got, want := m.Hypervisor.Systemd(), strings.TrimSpace(string(out)); got != want {
		t.Errorf("it is %s, systemd-detect-virt says %s; %v", got, want, m.Evidence)
	}
	t.Log(m.Hypervisor, m.Evidence)
}

// TestUnreadableFactIsSaid: a file that is there and cannot be read is no proof of metal.
func TestUnreadableFactIsSaid(t *testing.T) {
	f := fixture{files: map[string]string{"sys/class/dmi/id/product_name/x": ""}}
	m := Detect(f.roots(t))
	if len(m.Unread) != 1 || !strings.Contains(m.Unread[0].Error(), "product_name") ||
		!strings.Contains(m.Unread[0].Error(), "EISDIR") {
		t.Errorf("it says %q", m.Unread)
	}
}

func TestEveryHypervisorHasNames(t *testing.T) {
	for h := None; h <= Other; h++ {
		if h.String() == "" || h.Systemd() == "" {
			t.Errorf("%d has no name", int(h))
		}
	}
}
