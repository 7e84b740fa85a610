package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// attacker is the user who attacks: nobody, who has an entry in every passwd.
const attacker = 65534

// attackScript runs an attack of testdata/attacks as the attacker.
func attackScript(t *testing.T, name string, args ...string) {
	t.Helper()
	script, err := os.ReadFile("../../testdata/attacks/" + name)
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/bin/sh", append([]string{"-s", "--"}, args...)...)
	c.Stdin, c.Dir = bytes.NewReader(script), "/"
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: attacker, Gid: attacker}}
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v: %s", name, args, err, out)
	}
}

// attackGround is a group in each hierarchy that kill, freeze and set act on, and what the test puts there.
type attackGround struct {
	t    *testing.T
	dirs []string // of the hierarchies
	path string   // of the group, as in /proc/PID/cgroup
}

func newAttackGround(t *testing.T) *attackGround {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Cgroups, proctest.Users, proctest.UserNamespaces)
	g := &attackGround{t: t, path: "/" + ownName("bones-attack"), dirs: []string{"/sys/fs/cgroup"}}
	if _, err := os.Stat("/sys/fs/cgroup/freezer/cgroup.procs"); err == nil {
		g.dirs = []string{"/sys/fs/cgroup/freezer", "/sys/fs/cgroup/pids"}
	}
	g.make(g.path)
	return g
}

// make makes a group, which is removed at the end.
func (g *attackGround) make(path string) {
	g.t.Helper()
	for _, dir := range g.dirs {
		if err := os.MkdirAll(dir+path, 0o755); err != nil {
			g.t.Fatal(err)
		}
	}
	g.t.Cleanup(func() {
		for _, dir := range g.dirs {
			g.remove(dir + path)
		}
	})
}

// thaw undoes what commands did to a group and those below it.
func (g *attackGround) thaw(path string) {
	for _, dir := range g.dirs {
		os.WriteFile(dir+path+"/freezer.state", []byte("THAWED"), 0)
		os.WriteFile(dir+path+"/cgroup.freeze", []byte("0"), 0)
		children, _ := filepath.Glob(dir + path + "/*/cgroup.procs")
		for _, c := range children {
			g.thaw(strings.TrimPrefix(filepath.Dir(c), dir))
		}
	}
}

// remove waits until the processes in there, which have been ended, have gone.
func (g *attackGround) remove(dir string) {
	children, _ := filepath.Glob(dir + "/*/cgroup.procs")
	for _, c := range children {
		g.remove(filepath.Dir(c))
	}
	for deadline := proctest.Deadline(); ; time.Sleep(5 * time.Millisecond) {
		err := unix.Rmdir(dir)
		if err == nil || err == unix.ENOENT {
			return
		}
		if time.Now().After(deadline) {
			g.t.Errorf("removing %s: %v", dir, err)
			return
		}
	}
}

// delegate gives a group to the attacker, as an administrator or systemd does.
func (g *attackGround) delegate(path string) {
	g.t.Helper()
	for _, dir := range g.dirs {
		for _, file := range []string{"", "/cgroup.procs", "/tasks"} {
			if err := os.Chown(dir+path+file, attacker, attacker); err != nil && !os.IsNotExist(err) {
				g.t.Fatal(err)
			}
		}
	}
}

// process starts one that waits, in a group.
func (g *attackGround) process(path string, attr *syscall.SysProcAttr) procwalk.ID {
	g.t.Helper()
	c := exec.Command("/bin/sleep", "1000")
	c.Dir = "/"
	c.SysProcAttr = attr
	if err := c.Start(); err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() {
		g.thaw(g.path) // what is frozen does not end
		c.Process.Kill()
		c.Wait()
	})
	if path != "" {
		for _, dir := range g.dirs {
			if err := os.WriteFile(dir+path+"/cgroup.procs", []byte(strconv.Itoa(c.Process.Pid)), 0); err != nil {
				g.t.Fatal(err)
			}
		}
	}
	return identify(g.t, c.Process.Pid)
}

func identify(t *testing.T, pid int) procwalk.ID {
	t.Helper()
	start, err := procwalk.StartTime("/proc", pid)
	if err != nil {
		t.Fatal(err)
	}
	return procwalk.ID{PID: pid, Start: start}
}

// asAttacker is a process of the attacker's, and with ns one that is PID 1 of its pid namespace.
func asAttacker(ns uintptr) *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: attacker, Gid: attacker}, Cloneflags: ns}
}

// state is what commands could change in a group: whether it is frozen, its limit, and who lives in it.
func (g *attackGround) state(path string) string {
	g.t.Helper()
	var list []string
	for _, dir := range g.dirs {
		for _, file := range []string{"freezer.state", "cgroup.freeze", "pids.max", "cgroup.procs"} {
			if b, err := os.ReadFile(dir + path + "/" + file); err == nil {
				list = append(list, file+"="+strings.TrimSpace(string(b)))
			}
		}
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// root runs a command as root does, on the real host.
func (g *attackGround) root(command func(*app) *cobra.Command, args ...string) (string, int) {
	g.t.Helper()
	a := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup", journal: ownJournal(g.t), in: strings.NewReader("")}
	out, errs, status := runOn(a, command, args...)
	return out + errs, status
}

func freezes(a *app) *cobra.Command { return a.freezeCommand(true) }

// commands are what root does to a target; undo what is to be taken back after.
func (g *attackGround) commands(target string) map[string]func() (string, int) {
	return map[string]func() (string, int){
		"freeze":     func() (string, int) { return g.root(freezes, target) },
		"set":        func() (string, int) { return g.root((*app).setCommand, target, "pids.max=77", "--yes") },
		"kill --all": func() (string, int) { return g.root((*app).killCommand, target, "--all", "--yes") },
	}
}

// runtimeDir is the attacker's /run/user/UID, made for the test.
func runtimeDir(t *testing.T) string {
	t.Helper()
	dir := fmt.Sprintf("/run/user/%d", attacker)
	_, err := os.Stat("/run/user")
	if _, here := os.Stat(dir); here == nil {
		t.Skip(dir + " is there: it is somebody's")
	}
	if err != nil {
		if err := os.Mkdir("/run/user", 0o755); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Remove("/run/user") })
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chown(dir, attacker, attacker); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestUsersRecordsDoNotSteerRoot: whatever the attacker writes down, root's command for a process in somebody else's
// group acts on the group that this process is in, and not on the one that the record names. Each record is tried with
// each process and with each command, and each command with each process; all by threes are tried with a soak.
func TestUsersRecordsDoNotSteerRoot(t *testing.T) {
	for i, how := range []string{"runc", "crun", "above", "up", "slash", "no-start", "link", "linked-directory",
		"hard-link", "fifo"} {
		for j, whose := range []string{"a stranger's process", "the attacker's process", "the attacker's own init"} {
			for k, name := range slices.Sorted(maps.Keys((&attackGround{}).commands(""))) {
				if proctest.Soak(0, 1) == 0 && (i+j+k)%3 != 0 {
					continue
				}
				t.Run(how+"/"+whose+"/"+name, func(t *testing.T) {
					g := newAttackGround(t)
					victim := g.path + "/above/victim"
					g.make(victim)
					g.make(victim + "/sub")
					bystander := g.process(victim, &syscall.SysProcAttr{})
					// What the record is about: a process of the attacker's that is the first of its pid namespace.
					g.make(g.path + "/session")
					init := g.process(g.path+"/session", asAttacker(unix.CLONE_NEWPID))
					target := init
					switch whose {
					case "a stranger's process":
						target = g.process(victim+"/sub", &syscall.SysProcAttr{})
					case "the attacker's process":
						target = g.process(victim+"/sub", asAttacker(0))
					}
					dir := runtimeDir(t)
					attackScript(t, "records.sh", dir, how, strconv.Itoa(init.PID), strconv.FormatUint(init.Start, 10), victim)
					before := g.state(victim)
					out, status := g.commands(strconv.Itoa(target.PID))[name]()
					if after := g.state(victim); after != before {
						t.Errorf("root's %s of PID %d changed the group that the record names: status %d, %s\nbefore %s\nafter  %s",
							name, target.PID, status, out, before, after)
					}
					if now, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", bystander.PID)); err != nil ||
						!strings.Contains(string(now), ") S ") && !strings.Contains(string(now), ") R ") {
						t.Errorf("the bystander: %s, %v", now, err)
					}
				})
			}
		}
	}
}

// underOtherIDs starts a process as a rootless engine does: in a user namespace that is the attacker's, where it is
// one of the attacker's subordinate ids.
func (g *attackGround) underOtherIDs(path string) procwalk.ID {
	g.t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const noSetuidFixup = 1 << 2 // the capabilities stay although the effective user is another
	set := func(bits, uid uintptr) {
		if err := unix.Prctl(unix.PR_SET_SECUREBITS, bits, 0, 0, 0); err != nil {
			g.t.Fatal(err)
		}
		if _, _, e := syscall.RawSyscall(syscall.SYS_SETRESUID, 0, uid, 0); e != 0 {
			g.t.Fatal(e)
		}
	}
	set(noSetuidFixup, attacker)
	defer func() {
		syscall.RawSyscall(syscall.SYS_SETRESUID, 0, 0, 0)
		unix.Prctl(unix.PR_SET_SECUREBITS, 0, 0, 0, 0)
	}()
	const first = 1 << 20
	return g.process("", &syscall.SysProcAttr{
		Cloneflags:  unix.CLONE_NEWUSER | unix.CLONE_NEWPID,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: first, Size: 1000}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: first, Size: 1000}},
		Credential:  &syscall.Credential{NoSetGroups: true},
	})
}

// TestUsersOwnContainersAreFound: records about the user's own groups and processes count as before.
func TestUsersOwnContainersAreFound(t *testing.T) {
	for _, how := range []string{"runc", "crun"} {
		for _, ids := range []string{"own id", "other ids"} {
			t.Run(how+"/"+ids, func(t *testing.T) {
				g := newAttackGround(t)
				own := g.path + "/own"
				g.make(own)
				g.delegate(own)
				conmon := g.process("", asAttacker(0)) // some process by which the user is known to be here
				var init procwalk.ID
				if ids == "own id" {
					init = g.process(own, asAttacker(unix.CLONE_NEWPID))
				} else {
					if err := proctest.Lacks(proctest.UserNamespaces); err != nil {
						proctest.Missing(t, "%v", err) // as in a chroot
					}
					init = g.underOtherIDs(own)
					for _, dir := range g.dirs {
						if err := os.WriteFile(dir+own+"/cgroup.procs", []byte(strconv.Itoa(init.PID)), 0); err != nil {
							t.Fatal(err)
						}
					}
				}
				stranger := g.process(own, &syscall.SysProcAttr{}) // root's, in the user's group
				dir := runtimeDir(t)
				attackScript(t, "records.sh", dir, how, strconv.Itoa(init.PID), strconv.FormatUint(init.Start, 10), own)
				s, x, err := (&app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}).snapshotContainers(context.Background())
				if err != nil {
					t.Fatal(err)
				}
				web, ok := x.Of(s.Find(init.PID))
				if !ok || web.Name.Raw() != "web" || web.PID != init.PID {
					t.Fatalf("the user's own container is not found: %+v", web)
				}
				if e, ok := x.Of(s.Find(stranger.PID)); ok && !e.Sandbox() {
					t.Errorf("root's process is in the user's container: %+v", e)
				}
				if _, ok := x.Of(s.Find(conmon.PID)); ok {
					t.Error("a process outside of the group is in the container")
				}
				if out, status := g.root(freezes, "web"); status != 0 {
					t.Errorf("freeze: status %d, %s", status, out)
				}
				if now := g.state(own); !strings.Contains(now, "FROZEN") && !strings.Contains(now, "freeze=1") {
					t.Errorf("the container is not frozen: %s", now)
				}
				if now := g.state(g.path); strings.Contains(now, "FROZEN") || strings.Contains(now, "freeze=1") {
					t.Errorf("the group around it is frozen: %s", now)
				}
			})
		}
	}
}

// TestNamesOfOthersAreNotMerged: the attacker's group is called like one that root's engine made.
func TestNamesOfOthersAreNotMerged(t *testing.T) {
	id := fmt.Sprintf("%x", sha256.Sum256([]byte(ownName("5eed"))))
	word := ownName("web")
	for _, c := range []struct{ group, target string }{
		{"lxc.payload." + word, word},
		{"lxc.payload." + word, "id:" + word},
		{"lxc.payload." + word, "name:" + word},
		{"docker/" + id, id},
		{"docker/" + id, id[:20]},
		{"docker-" + id + ".scope", "id:" + id},
	} {
		t.Run(c.group+" "+c.target, func(t *testing.T) {
			g := newAttackGround(t)
			roots, delegated := g.path+"/"+c.group, g.path+"/x"
			g.make(roots)
			g.make(delegated)
			g.delegate(delegated)
			hers := g.process(delegated, asAttacker(0)) // before root's, with a lower PID
			his := g.process(roots, &syscall.SysProcAttr{})
			for _, dir := range g.dirs {
				attackScript(t, "name.sh", dir+delegated, c.group, strconv.Itoa(hers.PID))
			}
			fake := delegated + "/" + c.group
			s, x, err := (&app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}).snapshotContainers(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			a, _ := x.Of(s.Find(his.PID))
			b, _ := x.Of(s.Find(hers.PID))
			if a == nil || b == nil || a == b {
				t.Fatalf("root's container and the attacker's are one: %+v, %+v", a, b)
			}
			_, _, err = x.Find(s, c.target)
			if err == nil || !ordered(err.Error(), "could be 2", strconv.Itoa(his.PID)+", of root",
				strconv.Itoa(hers.PID)+", of UID "+strconv.Itoa(attacker)) {
				t.Errorf("%q: %v", c.target, err)
			}
			for name, command := range g.commands(c.target) {
				if out, status := command(); status != exitUsage {
					t.Errorf("%s %s: status %d, %s", name, c.target, status, out)
				}
			}
			if now := g.state(roots) + g.state(fake); strings.Contains(now, "FROZEN") || strings.Contains(now, "pids.max=77") {
				t.Errorf("an ambiguous target was acted on: %s", now)
			}
			for _, one := range []struct {
				pid      int
				own, not string
			}{{his.PID, roots, fake}, {hers.PID, fake, roots}} {
				before := g.state(one.not)
				if out, status := g.root((*app).setCommand, "pid:"+strconv.Itoa(one.pid), "pids.max=77", "--yes"); status != 0 {
					t.Errorf("status %d, %s", status, out)
				}
				if now := g.state(one.own); !strings.Contains(now, "pids.max=77") {
					t.Errorf("its own group: %s", now)
				}
				if now := g.state(one.not); now != before {
					t.Errorf("the other's group: %s, before %s", now, before)
				}
				for _, dir := range g.dirs {
					os.WriteFile(dir+one.own+"/pids.max", []byte("max"), 0)
				}
			}
		})
	}
}

// ordered reports whether the parts are in the text, in that order.
func ordered(s string, parts ...string) bool {
	for _, p := range parts {
		_, after, ok := strings.Cut(s, p)
		if !ok {
			return false
		}
		s = after
	}
	return true
}

// TestOneHierarchyDoesNotTakeAProcessAway: root's engine runs a container as the attacker's user. With cgroup v1 the
// attacker may move its process in one hierarchy, into a group that is called as another container.
func TestOneHierarchyDoesNotTakeAProcessAway(t *testing.T) {
	g := newAttackGround(t)
	if len(g.dirs) < 2 {
		t.Skip("there is one hierarchy only")
	}
	ids := [2]string{strings.Repeat("1bad", 16), strings.Repeat("2bad", 16)}
	roots, delegated := g.path+"/docker/"+ids[0], g.path+"/x"
	g.make(g.path + "/docker")
	g.make(roots)
	g.make(delegated)
	g.delegate(delegated)
	p := g.process(roots, asAttacker(0))
	attackScript(t, "name.sh", g.dirs[0]+delegated, "docker/"+ids[1]+"/a/longer/path", strconv.Itoa(p.PID))
	s, x, err := (&app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}).snapshotContainers(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if e, ok := x.Of(s.Find(p.PID)); !ok || e.ID.Raw() != ids[0] {
		t.Errorf("the process is in %+v", e)
	}
	before := g.state(delegated + "/docker/" + ids[1])
	out, status := g.root(freezes, strconv.Itoa(p.PID))
	if now := g.state(delegated + "/docker/" + ids[1]); now != before || status == 0 {
		t.Errorf("freeze: status %d, %s; the attacker's group: %s", status, out, now)
	}
	if out, status := g.root((*app).setCommand, strconv.Itoa(p.PID), "pids.max=77", "--yes"); status != 0 ||
		!strings.Contains(g.state(roots), "pids.max=77") {
		t.Errorf("set: status %d, %s; %s", status, out, g.state(roots))
	}
}
