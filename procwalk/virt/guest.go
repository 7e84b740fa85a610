package virt

import (
	"math"
	"path"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// ProcessFacts are what is known of a process, to tell whether it is a virtual machine. Every field but Descriptors is
// chosen by the process itself.
type ProcessFacts struct {
	Args    []text.Text // its command line
	Exe     text.Text   // where /proc/PID/exe leads; empty: not readable
	Threads []text.Text // the names of its threads (comm)
	// Descriptors are where the links in /proc/PID/fd lead. The kernel names them: anon_inode:kvm-vcpu:0 is a virtual
	// processor. nil: not readable, or not looked at.
	Descriptors []text.Text
}

// Guest is a process that is a virtual machine: its guest has a kernel and processes of its own, which this host
// cannot see.
type Guest struct {
	Monitor string    // the program that runs it: "QEMU", "Firecracker", ...
	Name    text.Text // as its command line has it; empty: none
	// VCPUs is how many virtual processors it has; 0: not known.
	VCPUs int
	// Memory is the guest's memory, in bytes, as the command line asks for; 0: not known.
	Memory uint64
	// Accelerated is true where it holds virtual processors of KVM: that the kernel tells. False with QEMU is software
	// emulation, or descriptors that could not be read.
	Accelerated bool
	// Evidence is why it is taken for one.
	Evidence string
}

// Sandbox is a process that uses a machine's means and is none: what a container runs in.
type Sandbox string

// The sandboxes. gVisor's kernel is a program, which may run its processes by KVM; Kata's container is in a small
// virtual machine, which is a Guest too.
const (
	NoSandbox Sandbox = ""
	GVisor    Sandbox = "gVisor"
	Kata      Sandbox = "Kata Containers"
)

// monitor is a program that runs virtual machines.
type monitor struct {
	name   string
	vcpu   []string // how the names of the threads begin that are virtual processors
	named  []string // the flags for name, processors and memory
	smp    []string
	memory []string
	unit   uint64 // of a memory size without one, in bytes
}

var monitors = map[string]monitor{
	"qemu":             {"QEMU", []string{"CPU "}, []string{"-name"}, []string{"-smp"}, []string{"-m"}, 1 << 20},
	"firecracker":      {"Firecracker", []string{"fc_vcpu"}, []string{"--id"}, nil, nil, 1},
	"cloud-hypervisor": {"Cloud Hypervisor", []string{"vcpu"}, nil, []string{"--cpus"}, []string{"--memory"}, 1},
	"crosvm": {"crosvm", []string{"crosvm_vcpu"}, []string{"--name"}, []string{"--cpus", "-c"}, []string{"--mem", "-m"},
		1 << 20},
	"vboxheadless": {"VirtualBox", []string{"EMT-"}, []string{"--comment", "--startvm", "-s"}, nil, nil, 1},
	"virtualboxvm": {"VirtualBox", []string{"EMT-"}, []string{"--comment", "--startvm"}, nil, nil, 1},
	"vmware-vmx":   {"VMware", []string{"vmx-vcpu-"}, nil, nil, nil, 1},
}

// monitorOf finds the program by the file that is executed, or by argument 0 where that cannot be read.
func monitorOf(f ProcessFacts) (monitor, bool) {
	file := f.Exe.Raw()
	if file == "" && len(f.Args) > 0 {
		file = f.Args[0].Raw()
	}
	word := strings.ToLower(path.Base(strings.TrimSuffix(file, " (deleted)")))
	if strings.HasPrefix(word, "qemu-system-") || word == "qemu-kvm" || word == "qemu" {
		word = "qemu"
	}
	m, ok := monitors[word]
	return m, ok
}

// MonitorName reports whether a name is that of a program which runs machines, as its file, its first argument or the
// kernel (which cuts names after 15 bytes) has it. A name proves nothing; it tells into whom to look.
func MonitorName(name string) bool {
	name = strings.ToLower(name)
	if strings.HasPrefix(name, "qemu-system-") || name == "qemu-kvm" || name == "kvm" {
		return true
	}
	for known := range monitors {
		if known == name || len(name) == commLength && strings.HasPrefix(known, name) {
			return true
		}
	}
	return false
}

// commLength is how much of a name the kernel keeps.
//
// Source: TASK_COMM_LEN, include/linux/sched.h.
const commLength = 15

// SandboxOf reports which sandbox a process belongs to, by the names of its programs.
func SandboxOf(f ProcessFacts) Sandbox {
	if len(f.Args) == 0 {
		return NoSandbox
	}
	switch base := path.Base(f.Args[0].Raw()); {
	case base == "runsc" || base == "runsc-sandbox" || path.Base(f.Exe.Raw()) == "runsc":
		return GVisor
	case isMonitor(f):
		if name := nameOf(f); strings.HasPrefix(name.Raw(), "sandbox-") || strings.Contains(joined(f.Args), "/vc/vm/") {
			return Kata
		}
	}
	return NoSandbox
}

func isMonitor(f ProcessFacts) bool {
	_, ok := monitorOf(f)
	return ok
}

func nameOf(f ProcessFacts) text.Text {
	m, _ := monitorOf(f)
	return text.New(guestName(m, f.Args))
}

func joined(args []text.Text) string {
	var b strings.Builder
	for _, a := range args {
		b.WriteString(a.Raw() + " ")
	}
	return b.String()
}

// GuestOf reports whether a process is a virtual machine, and which. A descriptor of KVM alone proves none: libvirt
// and others ask the kernel what it can do, and gVisor runs ordinary programs by it. It takes virtual processors: as
// descriptors, which the kernel names, or as the threads of a program that is known to run machines.
func GuestOf(f ProcessFacts) (g Guest, ok bool) {
	if SandboxOf(f) == GVisor {
		return Guest{}, false
	}
	processors := 0
	for _, d := range f.Descriptors {
		if strings.HasPrefix(d.Raw(), "anon_inode:kvm-vcpu") {
			processors++
		}
	}
	m, known := monitorOf(f)
	threads := 0
	for _, t := range f.Threads {
		for _, prefix := range m.vcpu {
			if strings.HasPrefix(t.Raw(), prefix) {
				threads++
				break
			}
		}
	}
	switch {
	case processors > 0:
		g = Guest{Accelerated: true, VCPUs: processors, Evidence: "it holds virtual processors of KVM (anon_inode:kvm-vcpu)"}
	case known && threads > 0:
		g = Guest{VCPUs: threads, Evidence: "it is " + m.name + ", and has threads for virtual processors"}
	case known && runsGuest(f):
		g = Guest{Evidence: "it is " + m.name + ", started to run a machine; it holds no virtual processors of KVM that " +
			"could be seen"}
	default:
		return Guest{}, false
	}
	g.Monitor = m.name
	if !known {
		g.Monitor = "a monitor that is not known"
	}
	g.Name = text.New(guestName(m, f.Args))
	if g.VCPUs == 0 {
		g.VCPUs = int(min(number(value(f.Args, m.smp, "cpus", "boot")), math.MaxInt32))
	}
	if m.memory != nil {
		g.Memory = size(value(f.Args, m.memory, "size", "mem"), m.unit)
	}
	return g, true
}

// runsGuest reports whether a known program was started to run a machine, and not to print its version or help, or to
// answer questions about what it can do (libvirt starts QEMU with -machine none).
func runsGuest(f ProcessFacts) bool {
	if len(f.Args) < 2 {
		return false
	}
	for i, a := range f.Args[1:] {
		switch a.Raw() {
		case "--version", "-version", "--help", "-h", "-help":
			return false
		case "-machine", "-M":
			if i+2 < len(f.Args) && strings.HasPrefix(f.Args[i+2].Raw(), "none") {
				return false
			}
		}
	}
	return true
}

// guestName finds the name on the command line. Of QEMU's -name it is the part before the first option.
func guestName(m monitor, args []text.Text) string {
	if m.name == "VMware" && len(args) > 1 {
		file := path.Base(args[len(args)-1].Raw())
		return strings.TrimSuffix(file, ".vmx")
	}
	v := value(args, m.named, "guest", "")
	name, _, _ := strings.Cut(v, ",")
	return name
}

// value finds the value of the first of these flags, written as "-m 2G" or "--mem=2G". Of one with parts
// ("size=2G,slots=2") it is that of the first part with one of the keys, or else the first part if it has no key.
func value(args []text.Text, flags []string, keys ...string) string {
	for i, a := range args {
		for _, flag := range flags {
			v := ""
			if a.Raw() == flag && i+1 < len(args) {
				v = args[i+1].Raw()
			} else if rest, ok := strings.CutPrefix(a.Raw(), flag+"="); ok {
				v = rest
			} else {
				continue
			}
			parts := strings.Split(v, ",")
			for _, key := range keys {
				for _, p := range parts {
					if k, w, ok := strings.Cut(p, "="); ok && k == key && key != "" {
						return w
					}
				}
			}
			if !strings.Contains(parts[0], "=") {
				return parts[0]
			}
		}
	}
	return ""
}

func number(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		return 0
	}
	return n
}

// size reads a size of memory as these programs do; 0: none, or more than there is.
func size(s string, unit uint64) uint64 {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "B"), "i")
	if s == "" {
		return 0
	}
	switch s[len(s)-1] {
	case 'K', 'k':
		unit = 1 << 10
	case 'M', 'm':
		unit = 1 << 20
	case 'G', 'g':
		unit = 1 << 30
	case 'T', 't':
		unit = 1 << 40
	default:
		s += "x"
	}
	n, err := strconv.ParseUint(s[:len(s)-1], 10, 64)
	if err != nil || n > math.MaxUint64/unit {
		return 0
	}
	return n * unit
}
