package virt

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/text"
)

func texts(words string) (list []text.Text) {
	for w := range strings.FieldsSeq(words) {
		list = append(list, text.New(w))
	}
	return list
}

func TestGuest(t *testing.T) {
	kvm := []text.Text{text.New("/dev/kvm"), text.New("anon_inode:kvm-vm"), text.New("anon_inode:kvm-vcpu:0"),
		text.New("anon_inode:kvm-vcpu:1")}
	for _, c := range []struct {
		name  string
		facts ProcessFacts
		want  string // "": none
	}{
		{"QEMU with KVM", ProcessFacts{Exe: text.New("/usr/bin/qemu-system-x86_64"), Descriptors: kvm,
			Args: texts("/usr/bin/qemu-system-x86_64 -name guest=web,debug-threads=on -m size=2097152k -smp 2,sockets=2")},
			"QEMU web 2 2147483648 true"},
		{"QEMU without KVM", ProcessFacts{Exe: text.New("/usr/bin/qemu-system-x86_64"),
			Args:    texts("qemu-system-x86_64 -m 512 -smp 4 -name test"),
			Threads: []text.Text{text.New("qemu-system-x86"), text.New("CPU 0/TCG"), text.New("CPU 1/TCG")}},
			"QEMU test 2 536870912 false"},
		{"QEMU whose threads have no names", ProcessFacts{Exe: text.New("/usr/bin/qemu-system-aarch64"),
			Args: texts("qemu-system-aarch64 -m 1G -smp cpus=3"), Threads: texts("qemu-system-aar qemu-system-aar")},
			"QEMU  3 1073741824 false"},
		{"qemu-img", ProcessFacts{Exe: text.New("/usr/bin/qemu-img"), Args: texts("qemu-img convert a b")}, ""},
		{"QEMU that is asked what it can do", ProcessFacts{Exe: text.New("/usr/bin/qemu-system-x86_64"),
			Args: texts("qemu-system-x86_64 -S -no-user-config -machine none,accel=kvm:tcg -daemonize")}, ""},
		{"QEMU's version", ProcessFacts{Exe: text.New("/usr/bin/qemu-system-x86_64"),
			Args: texts("qemu-system-x86_64 --version")},
			""},
		{"Firecracker", ProcessFacts{Exe: text.New("/usr/bin/firecracker"), Descriptors: kvm[:3],
			Args: texts("firecracker --id vm-1 --api-sock /run/x")}, "Firecracker vm-1 1 0 true"},
		{"Cloud Hypervisor", ProcessFacts{Exe: text.New("/usr/bin/cloud-hypervisor"),
			Args:    texts("cloud-hypervisor --cpus boot=2,max=4 --memory size=1024M"),
			Threads: texts("vmm vcpu0 vcpu1")}, "Cloud Hypervisor  2 1073741824 false"},
		{"crosvm", ProcessFacts{Exe: text.New("/usr/bin/crosvm"), Descriptors: kvm,
			Args: texts("crosvm run --cpus 2 --mem 1024")},
			"crosvm  2 1073741824 true"},
		{"VirtualBox", ProcessFacts{Exe: text.New("/usr/lib/virtualbox/VBoxHeadless"),
			Threads: texts("VBoxHeadless EMT-0 EMT-1"),
			Args:    texts("VBoxHeadless --comment web --startvm 1234-5678")}, "VirtualBox web 2 0 false"},
		{"VMware", ProcessFacts{Exe: text.New("/usr/lib/vmware/bin/vmware-vmx"),
			Threads: texts("vmware-vmx vmx-vcpu-0 vmx-vcpu-1"),
			Args:    texts("vmware-vmx -s vmx.stdio /vm/web.vmx")}, "VMware web 2 0 false"},
		{"whoever only asks KVM", ProcessFacts{Exe: text.New("/usr/sbin/libvirtd"), Args: texts("libvirtd"),
			Descriptors: []text.Text{text.New("/dev/kvm"), text.New("anon_inode:kvm-vm")}}, ""},
		{"one nobody knows", ProcessFacts{Exe: text.New("/opt/own"), Args: texts("own"), Descriptors: kvm},
			"a monitor that is not known  2 0 true"},
		{"gVisor with KVM", ProcessFacts{Exe: text.New("/usr/bin/runsc"), Args: texts("runsc-sandbox --root=/x boot"),
			Descriptors: kvm}, ""},
		{"names alone", ProcessFacts{Exe: text.New("/usr/bin/sleep"), Args: texts("qemu-system-x86_64 -m 1G"),
			Threads: []text.Text{text.New("CPU 0/KVM")}}, ""},
		{"a deleted program", ProcessFacts{Exe: text.New("/usr/bin/qemu-kvm (deleted)"), Descriptors: kvm,
			Args: texts("qemu-kvm")},
			"QEMU  2 0 true"},
		{"a size beyond all", ProcessFacts{Exe: text.New("/usr/bin/qemu-kvm"),
			Args: texts("qemu-kvm -m 99999999999999999T")},
			"QEMU  0 0 false"},
		{"no arguments", ProcessFacts{}, ""},
	} {
		g, ok := GuestOf(c.facts)
		got := ""
		if ok {
			got = fmt.Sprint(g.Monitor, " ", g.Name, " ", g.VCPUs, " ", g.Memory, " ", g.Accelerated)
		}
		if got != c.want || ok && g.Evidence == "" {
			t.Errorf("%s: %q (%s), want %q", c.name, got, g.Evidence, c.want)
		}
	}
	kata := ProcessFacts{Exe: text.New("/opt/kata/bin/qemu-system-x86_64"), Descriptors: kvm,
		Args: texts("qemu-system-x86_64 -name sandbox-1234,debug-threads=on -qmp unix:fd=3 -m 2048M")}
	if got := SandboxOf(kata); got != Kata {
		t.Errorf("Kata is %q", got)
	}
	if _, ok := GuestOf(kata); !ok {
		t.Error("Kata's sandbox is no virtual machine")
	}
	if got := SandboxOf(ProcessFacts{Exe: text.New("/usr/bin/runsc"), Args: texts("runsc-sandbox")}); got != GVisor {
		t.Errorf("gVisor is %q", got)
	}
}

// TestRealGuest starts a machine in software emulation, which is held before its first instruction.
func TestRealGuest(t *testing.T) {
	proctest.NeedPrograms(t, "qemu-system-x86_64")
	for name, words := range map[string]string{"named": "probe,debug-threads=on", "unnamed": "probe"} {
		c := exec.Command("qemu-system-x86_64", "-accel", "tcg", "-S", "-display", "none", "-nodefaults", "-m", "64",
			"-smp", "2", "-name", words)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		dir := fmt.Sprintf("/proc/%d", c.Process.Pid)
		var g Guest
		for deadline := proctest.Deadline(); ; time.Sleep(10 * time.Millisecond) {
			g, _ = GuestOf(factsOf(dir))
			if g.VCPUs == 2 || time.Now().After(deadline) {
				break
			}
		}
		c.Process.Kill()
		c.Wait()
		if g.Monitor != "QEMU" || g.Name != text.New("probe") || g.VCPUs != 2 || g.Memory != 64<<20 || g.Accelerated {
			t.Errorf("%s: it is %+v", name, g)
		}
	}
}

func factsOf(dir string) (f ProcessFacts) {
	exe, _ := os.Readlink(dir + "/exe")
	f.Exe = text.New(exe)
	cmdline, _ := os.ReadFile(dir + "/cmdline")
	for a := range strings.SplitSeq(strings.TrimRight(string(cmdline), "\x00"), "\x00") {
		f.Args = append(f.Args, text.New(a))
	}
	threads, _ := filepath.Glob(dir + "/task/*/comm")
	for _, path := range threads {
		comm, _ := os.ReadFile(path)
		f.Threads = append(f.Threads, text.New(strings.TrimSpace(string(comm))))
	}
	fds, _ := filepath.Glob(dir + "/fd/*")
	for _, path := range fds {
		link, _ := os.Readlink(path)
		f.Descriptors = append(f.Descriptors, text.New(link))
	}
	return f
}
