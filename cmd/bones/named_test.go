package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestNamedSaysWhatTheTableSays: a container that is found without the process table is the one that the whole table
// tells, with the same process behind it and the same groups; and what the table says of a word that names nothing, or
// several things, is said all the same.
func TestNamedSaysWhatTheTableSays(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name, other := demoName("named"), demoName("named-2")
	m.startDemo(t, name, "")
	m.startDemo(t, other, "")
	f := newFinder(t)
	_, table, err := f.Containers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	words := []string{name, "name:" + name, "id:" + name, other, "name:nobody-is-called-so", "id:" + name[:len(name)-1],
		"id:test-named", "1", "self", "name:", "4194304"}
	for _, c := range table.List { // whatever else runs here
		if c.Name.Len() > 0 && len(words) < 40 {
			words = append(words, "name:"+c.Name.Raw())
		}
	}
	if narrow := f.sameAsTable(t, words); narrow < 2 {
		t.Errorf("only %d of the words were answered without the whole table", narrow)
	}
}

// TestAttackersDoNotSteerNamed: what a user calls groups and writes into records does not make a name mean another
// process than the whole table tells, nor a name that means two things mean one.
func TestAttackersDoNotSteerNamed(t *testing.T) {
	word := ownName("web")
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/monitor", []byte("sleep 1000 & echo $!; wait\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		attack func(t *testing.T, g *attackGround)
		status int // of commands that are given the word
	}{
		"no attack": {func(*testing.T, *attackGround) {}, 0},
		"a group of the same name": {func(t *testing.T, g *attackGround) {
			delegated := g.path + "/x"
			g.make(delegated)
			g.delegate(delegated)
			hers := g.process(delegated, asAttacker(0))
			for _, dir := range g.dirs {
				attackScript(t, "name.sh", dir+delegated, "lxc.payload."+word, strconv.Itoa(hers.PID))
			}
		}, exitUsage},
		"a group whose name begins so": {func(t *testing.T, g *attackGround) {
			delegated := g.path + "/x"
			g.make(delegated)
			g.delegate(delegated)
			hers := g.process(delegated, asAttacker(0))
			for _, dir := range g.dirs {
				attackScript(t, "name.sh", dir+delegated, "lxc.payload."+word+"x", strconv.Itoa(hers.PID))
			}
		}, 0},
		"a record of the same name": {func(t *testing.T, g *attackGround) {
			own := g.path + "/own"
			g.make(own)
			g.delegate(own)
			hers := g.process(own, asAttacker(unix.CLONE_NEWPID))
			run := runtimeDir(t)
			attackScript(t, "records.sh", run, "runc", strconv.Itoa(hers.PID), strconv.FormatUint(hers.Start, 10), own)
			if err := os.Rename(run+"/runc/web", run+"/runc/"+word); err != nil {
				t.Fatal(err)
			}
			rename(t, run+"/runc/"+word+"/state.json", `"id":"web"`, `"id":"`+word+`"`)
		}, exitUsage},
		"a record of the same name about root's process": {func(t *testing.T, g *attackGround) {
			victim := g.process(g.path, &syscall.SysProcAttr{})
			run := runtimeDir(t)
			attackScript(t, "records.sh", run, "crun", strconv.Itoa(victim.PID), strconv.FormatUint(victim.Start, 10), g.path)
			if err := os.Rename(run+"/crun/web", run+"/crun/"+word); err != nil {
				t.Fatal(err)
			}
		}, 0},
		// No attack, but the same danger: LXC's monitor says that the group of another name is of this name too.
		"a monitor that gives the name": {func(t *testing.T, g *attackGround) {
			ours, err := os.Readlink("/proc/self/ns/mnt")
			hosts, err2 := os.Readlink("/proc/1/ns/mnt")
			if err != nil || err2 != nil || ours != hosts {
				t.Skip("root of another mount namespace than PID 1's is not believed what its arguments say: we are in one")
			}
			g.make(g.path + "/lxc.monitor." + word + "-1")
			g.make(g.path + "/lxc.payload." + word + "-1")
			monitor := exec.Command("/bin/sh")
			monitor.Args = []string{"[lxc monitor]", dir + "/monitor", word}
			out, err := monitor.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			monitor.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
			if err := monitor.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				proctest.Signal(t, -monitor.Process.Pid, syscall.SIGKILL) // a group of its own, which this test has started
				monitor.Wait()
			})
			var child int
			if _, err := fmt.Fscan(out, &child); err != nil {
				t.Fatal(err)
			}
			for pid, group := range map[int]string{monitor.Process.Pid: "lxc.monitor.", child: "lxc.payload."} {
				for _, dir := range g.dirs {
					file := dir + g.path + "/" + group + word + "-1/cgroup.procs"
					if err := os.WriteFile(file, []byte(strconv.Itoa(pid)), 0); err != nil {
						t.Fatal(err)
					}
				}
			}
		}, exitUsage},
	} {
		t.Run(name, func(t *testing.T) {
			g := newAttackGround(t)
			roots := g.path + "/lxc.payload." + word
			g.make(roots)
			c.attack(t, g)
			his := g.process(roots, &syscall.SysProcAttr{})
			newFinder(t).sameAsTable(t, []string{word, "name:" + word, "id:" + word, word + "x", word +
				"-1", word[:len(word)-1]})
			for what, command := range map[string]func() (string, int){
				"pid":             func() (string, int) { return g.root((*app).pidCommand, "name:"+word) },
				"files ls":        func() (string, int) { return g.root((*app).filesCommand, "ls", "name:"+word) },
				"enter --dry-run": func() (string, int) { return g.root((*app).enterCommand, "name:"+word, "--dry-run") },
			} {
				out, status := command()
				if status != c.status || what == "pid" && status == 0 && strings.TrimSpace(out) != strconv.Itoa(his.PID) {
					t.Errorf("%s: status %d, want %d: %s", what, status, c.status, out)
				}
			}
		})
	}
}

// rename replaces a word in a file.
func rename(t *testing.T, file, from, to string) {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(b), from, to, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// namedFinder finds targets on the real host, in both ways.
type namedFinder struct {
	target.Finder
	groups *cgroupview.FileSystem
}

func newFinder(t *testing.T) namedFinder {
	t.Helper()
	f := target.Finder{Proc: "/proc", Cgroups: "/sys/fs/cgroup"}
	h, err := f.CgroupHost()
	if err != nil {
		t.Fatal(err)
	}
	return namedFinder{f, h}
}

// sameAsTable compares what is said of words with what the whole table tells, and returns how many of them were
// answered without that.
func (f namedFinder) sameAsTable(t *testing.T, words []string) (narrow int) {
	t.Helper()
	h := f.groups
	whole, table, err := f.Containers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, word := range words {
		target, err := inventory.ParseTarget(word)
		if err != nil {
			continue
		}
		s, x, err := f.Named(t.Context(), word)
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Processes) < len(whole.Processes)/2 && target.Kind != inventory.ByPID && target.Kind != inventory.Self {
			narrow++
		}
		p, c, err := x.Backing(s, target)
		q, d, wholeErr := table.Backing(whole, target)
		switch {
		case fmt.Sprint(err) != fmt.Sprint(wholeErr):
			t.Errorf("%s: %v; the table: %v", word, err, wholeErr)
		case err != nil:
		case p.ID() != q.ID():
			t.Errorf("%s: PID %d; the table: %d", word, p.PID, q.PID)
		case (c == nil) != (d == nil):
			t.Errorf("%s: a container: %v; the table: %v", word, c != nil, d != nil)
		case c == nil:
		case c.Key != d.Key || c.Label() != d.Label() || c.Why != d.Why || c.Runtime != d.Runtime || c.ID != d.ID:
			t.Errorf("%s: %+v; the table: %+v", word, c, d)
		default:
			a, b := x.Groups(h, p, c), table.Groups(h, q, d)
			if dirsOf(a.List) != dirsOf(b.List) {
				t.Errorf("%s: its groups are %s; the table: %s", word, dirsOf(a.List), dirsOf(b.List))
			}
		}
	}
	return narrow
}

// dirsOf are the directories of groups.
func dirsOf(list []*cgroupview.Group) (s string) {
	for _, g := range list {
		s += g.Dir.Raw() + " "
	}
	return s
}

// TestStatsOfOneSayWhatTheTableSays: what stats reads of one container without the process table is what it reads with
// it, and Tab offers the containers that the table tells.
func TestStatsOfOneSayWhatTheTableSays(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("stats")
	m.startDemo(t, name, "")
	f := newFinder(t)
	read := func(open func(target.Finder) (inventory.Source, func(), error)) (string, int) {
		t.Helper()
		source, done, err := open(f.Finder)
		if err != nil {
			t.Fatal(err)
		}
		defer done()
		now, list, err := listing.Containers(t.Context(), source, []string{name})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d containers, %v", len(list), err)
		}
		o := list[0].Object(inventory.HostNamespaces(now.Snapshot))
		o.Memory.UsageBytes, o.ReadBytes, o.WriteBytes = nil, nil, nil // they change from one moment to the next
		b, err := json.Marshal(o)
		if err != nil {
			t.Fatal(err)
		}
		return string(b), len(now.Snapshot.Processes)
	}
	var narrow, whole string
	var few, all int
	proctest.Until(t, "the same of both ways", func() bool { // engines and other tests make containers meanwhile
		narrow, few = read(listing.OpenNarrow)
		whole, all = read(listing.OpenSource)
		return narrow == whole
	})
	if few >= all {
		t.Errorf("%d processes were read, and the table has %d", few, all)
	}
	proctest.Until(t, "the same names of both ways", func() bool {
		listed, err := f.Listed(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, table, err := f.Containers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return slices.Equal(labels(listed), labels(table)) && slices.Contains(labels(listed), name)
	})
}

// TestStatsFollowsOneContainer: what stats keeps of a container between two readings holds no longer than the
// container is as it was: who comes into its groups and who leaves them is seen in the next reading, and so is its
// end.
func TestStatsFollowsOneContainer(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("followed")
	m.startDemo(t, name, "")
	source, done, err := listing.OpenNarrow(newFinder(t).Finder)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	read := func() *listing.Container {
		t.Helper()
		_, list, err := listing.Containers(t.Context(), source, []string{name})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d containers, %v", len(list), err)
		}
		return &list[0]
	}
	var first *listing.Container
	proctest.Until(t, "it is found without the table, and its processes stay the same", func() bool {
		first = read()
		next := read()
		return first.Container == next.Container && len(next.Groups.List) > 0
	})
	c := exec.Command("sleep", "1000")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Wait()
	defer c.Process.Kill()
	group := first.Groups.List[0]
	procs := filepath.Join(group.Dir.Raw(), "cgroup.procs")
	if err := os.WriteFile(procs, fmt.Append(nil, c.Process.Pid), 0); err != nil {
		t.Fatal(err)
	}
	if now := read(); !slices.Contains(now.PIDs, c.Process.Pid) {
		t.Errorf("PID %d is in the group %s, and the container has %v", c.Process.Pid, group.Dir, now.PIDs)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	c.Wait()
	proctest.Until(t, "the process has left", func() bool { return !slices.Contains(read().PIDs, c.Process.Pid) })
	m.demoRun(t, "demo --stop --name "+name)
	proctest.Until(t, "it is not found when it has ended", func() bool { // a zombie has its groups for a moment
		_, _, err := listing.Containers(t.Context(), source, []string{name})
		return err != nil
	})
}

// labels are the names of the containers that are no sandboxes.
func labels(x *inventory.Inventory) (list []string) {
	for _, c := range x.List {
		if !c.Sandbox() {
			list = append(list, c.Label().Raw())
		}
	}
	slices.Sort(list)
	return list
}
