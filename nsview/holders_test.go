package nsview

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// heldOnly finds a namespace that no process is in, and the one holder of this kind that it must have. It must have
// been opened, too: its owner must be known.
func heldOnly(t *testing.T, v *View, k Key, kind HolderKind) Holder {
	t.Helper()
	if slices.ContainsFunc(lsns(t), func(l lsnsRow) bool { return l.NS == k.Inode }) {
		t.Errorf("lsns knows %s: the case is not the one to be tested", k)
	}
	n := v.Find(k)
	if n == nil {
		t.Fatalf("%s was not found", k)
	}
	if len(n.Members) != 0 || n.Leader() != -1 {
		t.Errorf("%s has members %v", k, n.Members)
	}
	if n.Relations.Err != nil || n.Relations.Owner.Type != procwalk.User || n.Relations.Owner.Inode == 0 {
		t.Errorf("%s: relations %+v", k, n.Relations)
	}
	for _, h := range n.Holders {
		if h.Kind == kind {
			return h
		}
	}
	t.Fatalf("%s is held by %v, want %s", k, n.Holders, kind)
	return Holder{}
}

// emptyFile makes a file to mount a namespace on.
func emptyFile(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ns")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestHeldByThread(t *testing.T) {
	needRoot(t)
	cmd, m := helper(t, 0, "thread")
	r := reader(t)
	v, err := r.Threads(t.Context(), Groups(snapshot(t, procwalk.WantNS)))
	if err != nil {
		t.Fatal(err)
	}
	if v, err = r.Relate(t.Context(), v); err != nil {
		t.Fatal(err)
	}
	for _, ty := range []procwalk.NSType{procwalk.UTS, procwalk.Net} {
		h := heldOnly(t, v, Key{ty, m.NS[ty.String()]}, ByThread)
		if h.ID.PID != cmd.Process.Pid || h.TID != m.TID || h.Next {
			t.Errorf("%s: %+v, want thread %d of process %d", ty, h, m.TID, cmd.Process.Pid)
		}
	}
	// The thread's next child will be in a time namespace of its own.
	next := slices.ContainsFunc(v.Namespaces, func(n Namespace) bool {
		return n.Type == procwalk.Time && slices.ContainsFunc(n.Holders, func(h Holder) bool {
			return h.TID == m.TID &&
				h.Next
		})
	})
	if !next {
		t.Error("the time namespace for the thread's children was not found")
	}
}

func TestHeldByBindInAnotherMountNamespace(t *testing.T) {
	needRoot(t)
	cmd, m := helper(t, unix.CLONE_NEWNS, "bind", emptyFile(t))
	_, v := discovered(t)
	h := heldOnly(t, v, Key{procwalk.UTS, m.NS["uts"]}, ByBind)
	if h.Path.Raw() != m.Path || h.MntNS != inodeOf(t, cmd.Process.Pid, "mnt") || h.ID.PID != cmd.Process.Pid {
		t.Errorf("held by %+v, want the mount on %s that process %d sees", h, m.Path, cmd.Process.Pid)
	}
	if n := v.Find(Key{procwalk.UTS, m.NS["uts"]}); fmt.Sprint(v.HeldBy(n)) != "[bind]" {
		t.Errorf("held by %v, want the bind mount alone", v.HeldBy(n))
	}
}

func TestHeldByDescriptorThroughBind(t *testing.T) {
	needRoot(t)
	for _, what := range []string{"fd", "detached"} {
		cmd, m := helper(t, unix.CLONE_NEWNS, what, emptyFile(t))
		link, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", cmd.Process.Pid, m.FD))
		if err != nil || strings.HasPrefix(link, "uts:[") {
			t.Fatalf("%s: the link says %q, %v: the case is not the one to be tested", what, link, err)
		}
		_, v := discovered(t)
		h := heldOnly(t, v, Key{procwalk.UTS, m.NS["uts"]}, ByFD)
		if h.ID.PID != cmd.Process.Pid || h.FD != m.FD {
			t.Errorf("%s: held by %+v, want descriptor %d of %d", what, h, m.FD, cmd.Process.Pid)
		}
	}
}

func TestHeldBySocket(t *testing.T) {
	needRoot(t)
	cmd, m := helper(t, 0, "socket")
	_, v := discovered(t)
	h := heldOnly(t, v, Key{procwalk.Net, m.NS["net"]}, BySocket)
	if h.ID.PID != cmd.Process.Pid || h.FD != m.FD {
		t.Errorf("held by %+v, want descriptor %d of %d", h, m.FD, cmd.Process.Pid)
	}
}

// TestHeldInsideHeld has a uts namespace mounted in a mount namespace that is itself only held by a descriptor.
func TestHeldInsideHeld(t *testing.T) {
	needRoot(t)
	inner, m := helper(t, unix.CLONE_NEWNS, "bind", emptyFile(t))
	mnt := inodeOf(t, inner.Process.Pid, "mnt")
	outer, _ := helper(t, 0, "open", fmt.Sprintf("/proc/%d/ns/mnt", inner.Process.Pid))
	inner.Process.Kill()
	inner.Wait()
	r, v := discovered(t)
	if h := heldOnly(t, v, Key{procwalk.Mnt, mnt}, ByFD); h.ID.PID != outer.Process.Pid {
		t.Errorf("mnt is held by %+v, want process %d", h, outer.Process.Pid)
	}
	if h := heldOnly(t, v, Key{procwalk.UTS, m.NS["uts"]}, ByBind); h.MntNS != mnt ||
		!strings.HasSuffix(h.Path.Raw(), m.Path) { // in a chroot, what is before it leads to the chroot
		t.Errorf("uts is held by %+v, want the mount on %s in mnt:[%d]", h, m.Path, mnt)
	}
	if d := r.Details(t.Context(), v, HostOf(v.Snapshot), Key{procwalk.UTS, m.NS["uts"]}); d.Err != nil ||
		d.UTS.HostName.Len() == 0 {
		t.Errorf("details through two holders: %+v", d)
	}
}

func TestPIDForChildren(t *testing.T) {
	needRoot(t)
	cmd := sleeper(t, syscall.SysProcAttr{}, "unshare", "--pid", "--fork", "--kill-child", "sleep", "1000")
	child := children(t, cmd.Process.Pid, 1)[0]
	v := Groups(snapshot(t, procwalk.WantNS))
	n := v.Find(Key{procwalk.PID, inodeOf(t, child, "pid")})
	if n == nil || len(n.Members) != 1 || len(n.ForChildren) != 1 {
		t.Fatalf("the pid namespace is %+v, want one member and one for its children", n)
	}
	if pid := v.Snapshot.Processes[n.Leader()].PID; pid != child {
		t.Errorf("leader %d, want %d", pid, child)
	}
	if pid := v.Snapshot.Processes[n.ForChildren[0]].PID; pid != cmd.Process.Pid {
		t.Errorf("it is for the children of %d, want %d", pid, cmd.Process.Pid)
	}
}

// TestNestedParents makes user and pid namespaces within each other, of which the middle ones have no process left.
func TestNestedParents(t *testing.T) {
	needRoot(t)
	cmd := sleeper(t, syscall.SysProcAttr{}, "unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child",
		"unshare", "--user", "--pid", "--fork", "--kill-child", "sleep", "1000")
	middle := children(t, cmd.Process.Pid, 1)[0]
	child := children(t, middle, 1)[0]
	r := reader(t)
	v, err := r.Relate(t.Context(), Groups(snapshot(t, procwalk.WantNS)))
	if err != nil {
		t.Fatal(err)
	}
	key := func(pid int, ty procwalk.NSType) Key { return Key{ty, inodeOf(t, pid, ty.String())} }
	for _, c := range []struct {
		what                 string
		key, parent, ownedBy Key
	}{
		// The second unshare is itself in the first pid namespace and in the second user namespace.
		{"inner pid", key(child, procwalk.PID), key(middle, procwalk.PID), key(child, procwalk.User)},
		{"outer pid", key(middle, procwalk.PID), key(os.Getpid(), procwalk.PID), key(cmd.Process.Pid, procwalk.User)},
		{"inner user", key(child, procwalk.User), key(cmd.Process.Pid, procwalk.User), key(cmd.Process.Pid, procwalk.User)},
		{"outer user", key(cmd.Process.Pid, procwalk.User), key(os.Getpid(), procwalk.User),
			key(os.Getpid(), procwalk.User)},
	} {
		n := v.Find(c.key)
		if n == nil {
			t.Errorf("%s was not found", c.what)
			continue
		}
		if n.Relations.Err != nil || n.Relations.Parent != c.parent || n.Relations.Owner != c.ownedBy {
			t.Errorf("%s: %+v, want parent %s, owner %s", c.what, n.Relations, c.parent, c.ownedBy)
		}
	}
	own := v.Find(key(os.Getpid(), procwalk.User))
	if !errorIs(own.Relations.ParentErr, ErrOutside) {
		t.Errorf("parent of our own user namespace: %+v", own.Relations)
	}
	if kinds := v.HeldBy(own); !slices.Contains(kinds, ByChild) {
		t.Errorf("our own user namespace is held by %v, want also by its children", kinds)
	}
	depth := map[Key]int{}
	for _, b := range v.Tree(nil) {
		depth[b.Key] = b.Depth
	}
	if a, b := depth[key(cmd.Process.Pid, procwalk.User)], depth[key(child, procwalk.User)]; b != a+1 {
		t.Errorf("in the tree the user namespaces have depth %d and %d", a, b)
	}
}

// TestHeldByChildOnly makes a user namespace whose only trace is another one below it.
func TestHeldByChildOnly(t *testing.T) {
	needRoot(t)
	cmd := sleeper(t, syscall.SysProcAttr{}, "unshare", "--user", "--map-root-user", "unshare", "--user", "sleep", "1000")
	if err := poll(func() bool {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", cmd.Process.Pid))
		return string(b) == "sleep\n"
	}); err != nil {
		t.Fatal(err)
	}
	_, v := discovered(t)
	inner := v.Find(Key{procwalk.User, inodeOf(t, cmd.Process.Pid, "user")})
	h := heldOnly(t, v, inner.Relations.Parent, ByChild)
	if h.Child != inner.Key {
		t.Errorf("held by %+v, want %s", h, inner.Key)
	}
}

func TestNoTraceOfTheSearch(t *testing.T) {
	needRoot(t)
	helper(t, unix.CLONE_NEWNS, "detached", emptyFile(t))
	cmd := sleeper(t, syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWNS |
		unix.CLONE_NEWNET | unix.CLONE_NEWUTS | unix.CLONE_NEWIPC | unix.CLONE_NEWCGROUP})
	fds := func() (links []string) {
		entries, err := os.ReadDir("/proc/self/fd")
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			link, _ := os.Readlink("/proc/self/fd/" + e.Name())
			links = append(links, link)
		}
		return links
	}
	r := reader(t)
	search := func() {
		v, err := r.Discover(t.Context(), Groups(snapshot(t, procwalk.WantNS|procwalk.WantStatus)))
		if err != nil {
			t.Fatal(err)
		}
		for ty := range procwalk.NSTypes {
			if d := r.Details(t.Context(), v, HostOf(v.Snapshot),
				Key{ty, inodeOf(t, cmd.Process.Pid, ty.String())}); d.Err != nil {
				t.Errorf("%s: %v", ty, d.Err)
			}
		}
	}
	search()
	before := fds()
	for range 3 {
		search()
	}
	if after := fds(); len(after) != len(before) {
		t.Errorf("descriptors before: %q\nafter: %q", before, after)
	}
	// Every thread that is left is in the namespaces of the process.
	if err := poll(func() bool { return len(tainted(t)) == 0 }); err != nil {
		t.Errorf("threads that have stayed elsewhere: %v", tainted(t))
	}
}

// tainted lists threads of this process that are in another namespace than a new child of it would be.
func tainted(t *testing.T) (bad []string) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*")
	if err != nil {
		t.Fatal(err)
	}
	cmd := sleeper(t, syscall.SysProcAttr{})
	for _, task := range tasks {
		for ty := range procwalk.NSTypes {
			link, err := os.Readlink(task + "/ns/" + ty.String())
			want := Key{ty, inodeOf(t, cmd.Process.Pid, ty.String())}.String()
			if err == nil && link != want {
				bad = append(bad, task+" "+link)
			}
		}
	}
	return bad
}
