package virt

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"bones/procwalk/fault"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Roots are where the facts are read. Each is a value, so that a fixture and a host that is mounted elsewhere need no
// other code.
type Roots struct {
	Proc string // "/proc"
	Sys  string // "/sys"
	// CPUID executes the processor's instruction of that name; nil where the facts are of another machine, or where
	// the processor has no such instruction. What a process asks of it is answered by the machine it runs on.
	CPUID func(leaf uint32) (eax, ebx, ecx, edx uint32)
}

// Host are the roots of the machine that the program runs on.
func Host() Roots { return Roots{Proc: "/proc", Sys: "/sys", CPUID: hostCPUID()} }

// DetectAt looks at the machine whose proc file system is mounted at a path: this host as a rule. Where it is
// another mount of one, as in a container that is shown its host, what belongs to it is looked for beside it; nil
// where that is not there, and nothing can be told.
func DetectAt(proc string) *Machine {
	proc = filepath.Clean(proc)
	if proc == Host().Proc {
		return Detect(Host())
	}
	sys := filepath.Join(filepath.Dir(proc), "sys")
	if _, err := os.Lstat(filepath.Join(sys, "class")); err != nil {
		return nil
	}
	return Detect(Roots{Proc: proc, Sys: sys})
}

// Detect looks at the machine. It needs no privilege, but Amazon's bare metal is told from its virtual machines by a
// file that root alone may read; without it the name of the product decides.
func Detect(r Roots) *Machine {
	d := &detector{roots: r, m: &Machine{}}
	d.m.Hypervisor = d.refine(d.verdict())
	if d.m.Dom0 && d.m.Hypervisor == Xen {
		d.m.Hypervisor = None
	}
	d.order()
	return d.m
}

// detector collects the evidence of one machine.
type detector struct {
	roots Roots
	m     *Machine
}

// verdict asks in systemd's order. Some hypervisors that use KVM, and Xen that poses as Hyper-V, name themselves in
// DMI only; the others name themselves best in the processor, which nobody who only changes DMI's strings can hide.
func (d *detector) verdict() Hypervisor {
	dmi := d.dmi()
	switch dmi {
	case VirtualBox, Xen, Amazon, Parallels, Google:
		return dmi
	}
	if d.userModeLinux() {
		return UserModeLinux
	}
	xen := d.xen()
	if xen && !d.m.Dom0 {
		return Xen
	}
	processor := d.processor()
	if processor != None && processor != Other {
		return processor
	}
	if d.m.Dom0 { // not nested in another: what DMI says is of the metal
		return Xen
	}
	if dmi != None && dmi != Other {
		return dmi
	}
	for _, ask := range []func() Hypervisor{d.sysHypervisor, d.deviceTree, d.zvm} {
		if h := ask(); h != None && h != Other {
			return h
		}
	}
	for _, e := range d.m.Evidence {
		if e.Suggest == Other {
			return Other
		}
	}
	return None
}

// refine tells apart what one mark stands for.
func (d *detector) refine(h Hypervisor) Hypervisor {
	switch h {
	case KVM:
		// Firecracker is KVM to the processor, and has no DMI. Its ACPI tables name their maker.
		// Source: firecracker src/vmm/src/acpi/mod.rs (OEM_ID).
		const table = "firmware/acpi/tables/FACP"
		if raw, ok := d.read(filepath.Join(d.roots.Sys, table)); ok && len(raw) >= 16 && string(raw[10:16]) == "FIRECK" {
			d.add(filepath.Join(d.roots.Sys, table), "FIRECK", Firecracker)
			return Firecracker
		}
	case HyperV:
		release := filepath.Join(d.roots.Proc, "sys/kernel/osrelease")
		if s, ok := d.line(release); ok && strings.Contains(strings.ToLower(s), "microsoft") {
			d.add(release, s, WSL2)
			return WSL2
		}
	}
	return h
}

// order puts the evidence of the verdict first.
func (d *detector) order() {
	var first, rest []Evidence
	for _, e := range d.m.Evidence {
		if e.Suggest == d.m.Hypervisor {
			first = append(first, e)
		} else {
			rest = append(rest, e)
		}
	}
	d.m.Evidence = append(first, rest...)
}

func (d *detector) add(source, says string, h Hypervisor) {
	d.m.Evidence = append(d.m.Evidence, Evidence{Source: source, Says: text.New(says), Suggest: h})
}

// userModeLinux is a kernel that runs as a process. Source: arch/um/kernel/um_arch.c (show_cpuinfo).
func (d *detector) userModeLinux() bool {
	path, vendor := d.cpuinfo("vendor_id")
	if vendor != "User Mode Linux" {
		return false
	}
	d.add(path, vendor, UserModeLinux)
	return true
}

// cpuinfo returns what the first line of a name in /proc/cpuinfo says, "" if there is none.
//
// Source: proc_cpuinfo(5).
func (d *detector) cpuinfo(name string) (path, value string) {
	path = filepath.Join(d.roots.Proc, "cpuinfo")
	raw, _ := d.read(path)
	for line := range strings.Lines(string(raw)) {
		if key, value, _ := strings.Cut(line, ":"); strings.TrimSpace(key) == name {
			return path, strings.TrimSpace(value)
		}
	}
	return path, ""
}

// xenFeatureDom0 is the bit of the hardware domain. Source: xen/include/public/features.h (XENFEAT_dom0).
const xenFeatureDom0 = 1 << 11

// xen reports whether it is a domain of Xen, and notes whether it is the one that has the hardware.
func (d *detector) xen() bool {
	dir := filepath.Join(d.roots.Proc, "xen")
	if _, err := os.Lstat(dir); err != nil {
		return false
	}
	features := filepath.Join(d.roots.Sys, "hypervisor/properties/features")
	if s, ok := d.line(features); ok {
		if bits, err := strconv.ParseUint(strings.TrimPrefix(s, "0x"), 16, 64); err == nil {
			d.m.Dom0 = bits&xenFeatureDom0 != 0
			d.add(features, s, Xen)
			return true
		}
	}
	capabilities := filepath.Join(dir, "capabilities")
	s, _ := d.line(capabilities)
	for word := range strings.SplitSeq(s, ",") {
		d.m.Dom0 = d.m.Dom0 || strings.TrimSpace(word) == "control_d"
	}
	d.add(dir, s, Xen)
	return true
}

// sysHypervisor asks the kernel's own word for it. Source: Documentation/ABI/stable/sysfs-hypervisor-xen.
func (d *detector) sysHypervisor() Hypervisor {
	path := filepath.Join(d.roots.Sys, "hypervisor/type")
	s, ok := d.line(path)
	switch {
	case !ok:
		return None
	case s == "xen":
		d.add(path, s, Xen)
		return Xen
	}
	d.add(path, s, Other)
	return Other
}

// zvm is the mainframe's. Source: arch/s390/kernel/sysinfo.c.
func (d *detector) zvm() Hypervisor {
	path := filepath.Join(d.roots.Proc, "sysinfo")
	raw, _ := d.read(path)
	for line := range strings.Lines(string(raw)) {
		key, value, _ := strings.Cut(line, ":")
		if key != "VM00 Control Program" {
			continue
		}
		h := KVM
		if value = strings.TrimSpace(value); strings.HasPrefix(value, "z/VM") {
			h = ZVM
		}
		d.add(path, value, h)
		return h
	}
	return None
}

// maxFact is how much of one file is read, in bytes: cpuinfo is the longest, and its first processor is enough.
const maxFact = 16 << 10

// read returns the beginning of a file; ok is false where there is none. A file that is there and cannot be read is
// noted.
func (d *detector) read(path string) (content []byte, ok bool) {
	f, err := os.Open(path)
	if err == nil {
		defer f.Close()
		content = make([]byte, maxFact)
		var n int
		if n, err = f.Read(content); n > 0 || err != nil && err.Error() == "EOF" {
			return content[:max(n, 0)], true
		}
	}
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENOTDIR) {
		return nil, false
	}
	kind, hint := fault.Broken, ""
	if errors.Is(err, fs.ErrPermission) {
		kind, hint = fault.NotPermitted, "root may read it"
	}
	d.m.Unread = append(d.m.Unread, &fault.Error{Kind: kind, What: path, Hint: hint, Err: withoutPath(err)})
	return nil, false
}

func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// line returns the first line of a file, without blanks around it.
func (d *detector) line(path string) (string, bool) {
	raw, ok := d.read(path)
	first, _, _ := strings.Cut(strings.TrimRight(string(raw), "\x00"), "\n")
	return strings.TrimSpace(first), ok
}
