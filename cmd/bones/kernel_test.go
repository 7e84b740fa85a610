package main

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"
)

// TestKernels runs the static binary as the only program beside busybox on a real kernel with cgroup v2 alone, and
// with v1 alone: in a virtual machine in software, from a file system in memory.
func TestKernels(t *testing.T) {
	t.Parallel() // with the other tests in machines
	needPrograms(t, "qemu-system-x86_64", "busybox", "apt-get", "dpkg-deb")
	kernel := fetchKernel(t)
	for _, c := range []struct{ name, options string }{{"v2", ""}, {"v1", "cgroup_no_v1= swapaccount=1"}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // a machine uses one processor
			boot(t, kernel, c.name, c.options)
		})
	}
}

// TestKernelsByBPF reads the process table by BPF on Debian's kernel, and with make soak on those of the releases
// before and after, which are Linux 5.10 and 6.12.
func TestKernelsByBPF(t *testing.T) {
	t.Parallel() // with the other tests in machines
	needPrograms(t, "qemu-system-x86_64", "busybox", "apt-get", "dpkg-deb")
	kernels := map[string]string{"of this release": fetchKernel(t)}
	for range proctest.Soak(0, 1) {
		for _, suite := range []string{"bullseye", "trixie"} {
			kernels["of "+suite] = fetchKernel(t, suite)
		}
	}
	for name, kernel := range kernels {
		t.Run(name, func(t *testing.T) {
			line := machine(t, kernel, "../../testdata/kernels/bpf.sh", "v2", nil)
			outcome(t, line, "check|confidentiality: without it|")
		})
	}
}

// fetchKernel downloads the kernel once, that of a release of Debian if one is named, and keeps it in the user's cache
// directory.
func fetchKernel(t *testing.T, suite ...string) string {
	t.Helper()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = t.TempDir()
	}
	dir := filepath.Join(append([]string{cache, "bones-test-kernel"}, suite...)...)
	script := append([]string{"../../testdata/kernels/fetch.sh", dir}, suite...)
	if out, err := exec.Command("sh", script...).CombinedOutput(); err != nil {
		skipMissing(t, "Debian's kernel could not be fetched: %v %s", err, out)
	}
	return filepath.Join(dir, "vmlinuz")
}

// machine is the command line of a virtual machine that runs a scenario, with these files besides, by their paths in
// it. Its processor is a simple one: with all that qemu can imitate the same takes half as long again.
func machine(t *testing.T, kernel, scenario, cgroups string, more map[string]string,
	options ...string) []string {
	t.Helper()
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"bin/busybox": busybox, "bin/bones": shipped.made(t),
		"init": "../../testdata/kernels/init.sh", "scenario.sh": scenario}
	maps.Copy(files, more)
	dirs := []string{"bin", "proc", "sys", "dev", "tmp", "var", "var/lib", "root", "etc", "run", "mnt"}
	for name := range files {
		for dir := filepath.Dir(name); dir != "."; dir = filepath.Dir(dir) {
			dirs = append(dirs, dir)
		}
	}
	slices.Sort(dirs) // what is around a directory comes before it
	var a cpio
	for _, dir := range slices.Compact(dirs) {
		a.add(dir, 0o40755, nil)
	}
	for name, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		a.add(name, 0o100755, b)
	}
	for _, name := range []string{"sh", "sleep", "cat", "mkdir", "kill", "grep", "ls"} {
		a.add("bin/"+name, 0o120777, []byte("busybox"))
	}
	a.add("etc/passwd", 0o100644, []byte("root:x:0:0:root:/:/bin/sh\nmemcache:x:11211:11211::/:/bin/sh\n"))
	initramfs := filepath.Join(t.TempDir(), "initramfs")
	if err := os.WriteFile(initramfs, a.end(), 0o644); err != nil {
		t.Fatal(err)
	}
	return append([]string{"qemu-system-x86_64", "-accel", "tcg", "-cpu", "qemu64", "-m", "1280", "-nographic",
		"-no-reboot", "-nodefaults", "-serial", "stdio",
		"-kernel", kernel, "-initrd", initramfs, "-append", "console=ttyS0 quiet panic=-1 cgroups=" + cgroups}, options...)
}

// boot runs one scenario of control groups, with the story.
func boot(t *testing.T, kernel, scenario, options string) {
	line := machine(t, kernel, "../../testdata/kernels/"+scenario+".sh", scenario+" "+options, map[string]string{
		"story.sh": "../../testdata/kernels/story.sh", "killall.sh": "../../testdata/kernels/killall.sh"})
	outcome(t, line, "check|story 10: ")
}

// outcome runs a machine; each of its checks is a test of its own, and there is one that begins with the last.
func outcome(t *testing.T, line []string, final string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, line[0], line[1:]...)
	out, err := c.CombinedOutput()
	console := strings.ReplaceAll(string(out), "\r", "")
	if err != nil {
		t.Errorf("qemu: %v", err)
	}
	seen, said := 0, ""
	var last func()
	for line := range strings.Lines(console) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "|")
		switch {
		case f[0] == "said" && len(f) > 1:
			said += strings.Join(f[1:], "|") + "\n"
		case f[0] == "check" && len(f) >= 4:
			if last != nil {
				last()
			}
			said = ""
			seen++
			name, want, got := f[1], f[2], strings.Join(f[3:], "|")
			last = func() {
				t.Run(name, func(t *testing.T) {
					if got != want {
						t.Errorf("%q, expected is %q\n%s", got, want, said)
					}
				})
			}
		}
	}
	if last != nil {
		last()
	}
	if !strings.Contains(console, "check|end|reached|reached") || seen < 10 ||
		!strings.Contains(console, final) {
		t.Errorf("the scenario did not come to its end; the console said:\n%s", console)
	}
}

// cpio is an archive in the form that the kernel unpacks as its first file system.
//
// Source: Documentation/driver-api/early-userspace/buffer-format.rst.
type cpio struct {
	bytes.Buffer
	inode int
}

func (c *cpio) add(name string, mode int, content []byte) {
	c.inode++
	fmt.Fprintf(c, "070701%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x%08x", c.inode, mode, 0, 0, 1, 0, len(content),
		0, 0, 0, 0, len(name)+1, 0)
	c.WriteString(name + "\x00")
	c.pad()
	c.Write(content)
	c.pad()
}

func (c *cpio) pad() {
	for c.Len()%4 != 0 {
		c.WriteByte(0)
	}
}

func (c *cpio) end() []byte {
	c.add("TRAILER!!!", 0, nil)
	return c.Bytes()
}
