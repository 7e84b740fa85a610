package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/procwalk/mountinfo"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// engine is a Docker engine of the test's own: its own socket, data, image, and no network.
type engine struct {
	t    testing.TB
	dir  string
	host string
	pid  int // of dockerd
}

// startEngine starts Debian's dockerd. Nothing is pulled: the image is made of memcached's and busybox's own files.
func startEngine(t testing.TB) *engine {
	t.Helper()
	proctest.NeedPrograms(t, "dockerd", "docker", "containerd", "runc", "memcached", "busybox")
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.Namespaces, proctest.Cgroups, proctest.Users)
	dir, err := os.MkdirTemp("", "bde") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, dir: dir, host: "unix://" + dir + "/s"}
	before := groupsNamed("docker")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("dockerd", "-H", e.host, "--data-root", dir+"/data", "--exec-root", dir+"/exec", "-p", dir+"/pid",
		"--bridge=none", "--iptables=false", "--ip6tables=false", "--storage-driver=vfs")
	c.Stdout, c.Stderr = log, log
	c.Env = append(os.Environ(), "TMPDIR="+dir) // dockerd has a containerd that is slow write its stacks there
	c.SysProcAttr = &unix.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	log.Close()
	e.pid = c.Process.Pid
	t.Cleanup(func() {
		if ids := strings.Fields(e.try("ps", "-aq")); len(ids) > 0 {
			e.try(append([]string{"rm", "-f"}, ids...)...)
		}
		c.Process.Signal(unix.SIGTERM)
		done := make(chan struct{})
		go func() { c.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(proctest.Patience):
			proctest.Signal(t, -c.Process.Pid, unix.SIGKILL)
			<-done
		}
		e.unmount()
		os.RemoveAll(dir)
		for _, g := range groupsNamed("docker") { // the engine leaves its own group behind
			if !slices.Contains(before, g) {
				os.Remove(g)
			}
		}
	})
	deadline := proctest.Deadline()
	for {
		if out, err := e.run("version", "-f", "{{.Server.Version}}"); err == nil && out != "" {
			break
		}
		if time.Now().After(deadline) {
			b, _ := os.ReadFile(log.Name())
			t.Fatalf("dockerd did not start:\n%s", b)
		}
		time.Sleep(50 * time.Millisecond)
	}
	e.image()
	return e
}

// unmount takes away what the engine left mounted below its directory.
func (e *engine) unmount() {
	b, _ := os.ReadFile("/proc/self/mountinfo")
	for m, err := range mountinfo.Lines(b) {
		if err == nil && strings.HasPrefix(m.Point.Raw(), e.dir+"/") {
			unix.Unmount(m.Point.Raw(), unix.MNT_DETACH)
		}
	}
}

func (e *engine) run(args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), proctest.Patience)
	defer cancel()
	c := exec.CommandContext(ctx, "docker", append([]string{"-H", e.host}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		err = errors.Join(err, errors.New(errs.String()))
	}
	return strings.TrimSpace(string(out)), err
}

func (e *engine) try(args ...string) string {
	out, _ := e.run(args...)
	return out
}

func (e *engine) must(args ...string) string {
	e.t.Helper()
	out, err := e.run(args...)
	if err != nil {
		e.t.Fatalf("docker %s: %v", strings.Join(args, " "), err)
	}
	return out
}

// image makes memcached:test.
func (e *engine) image() {
	e.t.Helper()
	root := e.dir + "/image"
	makeRoot(e.t, root)
	tarball := e.dir + "/image.tar"
	if out, err := exec.Command("tar", "-C", root, "-cf", tarball, ".").CombinedOutput(); err != nil {
		e.t.Fatalf("tar: %v %s", err, out)
	}
	e.must("import", "-c", `CMD ["memcached","-u","memcache"]`, tarball, "memcached:test")
	os.RemoveAll(root)
	os.Remove(tarball)
}

// makeRoot makes a root directory with memcached, what it links to, and busybox as a shell.
func makeRoot(t testing.TB, root string) {
	t.Helper()
	script := `set -eu
mkdir -p "$1/bin" "$1/etc" "$1/tmp" "$1/proc" "$1/dev" "$1/sys" "$1/run"
for b in "$(command -v memcached)" $(ldd "$(command -v memcached)" | grep -o '/[^ ]*'); do
  mkdir -p "$1$(dirname "$b")"; cp -L "$b" "$1$b"
done
cp "$(command -v busybox)" "$1/bin/busybox"
for n in sh ls cat touch sleep id; do ln -s busybox "$1/bin/$n"; done
printf 'root:x:0:0:root:/:/bin/sh\nmemcache:x:11211:11211::/:/bin/sh\n' > "$1/etc/passwd"
printf 'root:x:0:\nmemcache:x:11211:\n' > "$1/etc/group"`
	if out, err := exec.Command("sh", "-c", script, "sh", root).CombinedOutput(); err != nil {
		t.Fatalf("making a root directory: %v %s", err, out)
	}
}

// ask runs bones, which must end well, and returns what it printed.
func (m made) ask(t *testing.T, args ...string) string {
	t.Helper()
	c := exec.Command(m.bones, append([]string{"--journal", filepath.Join(m.dir, "journal")}, args...)...)
	var errs bytes.Buffer
	c.Stderr = &errs
	out, err := c.Output()
	if err != nil {
		t.Fatalf("bones %s: %v\n%s", strings.Join(args, " "), err, errs.String())
	}
	return string(out)
}

// here runs bones in this process, with the journal that ask has: for what is the same whoever runs it, a start of
// bones is most of what it would take.
func (m made) here(t *testing.T, in string, args ...string) (out, errs string, status int) {
	t.Helper()
	return runInProcess(t, filepath.Join(m.dir, "journal"), in, args...)
}

// runInProcess runs bones in this process.
func runInProcess(t *testing.T, journal, in string, args ...string) (out, errs string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	a := &app{in: strings.NewReader(in), out: &o, err: &e}
	status = a.run(t.Context(), append([]string{"--journal", journal}, args...))
	*a = app{} // cobra keeps the commands of all runs of a process, and they what they have read
	return o.String(), e.String(), status
}

// askHere is ask in this process.
func (m made) askHere(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, status := m.here(t, "", args...)
	if status != 0 {
		t.Fatalf("bones %s: status %d\n%s", strings.Join(args, " "), status, errs)
	}
	return out
}
