package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// nsOutput runs `bones ns` with these arguments and returns what it printed and its exit status.
func nsOutput(t *testing.T, a app, args ...string) (out, errOut string, status int) {
	t.Helper()
	var o, e bytes.Buffer
	a.out, a.err = &o, &e
	if a.procRoot == "" {
		a.procRoot = "/proc"
	}
	c := a.nsCommand()
	c.SilenceErrors, c.SilenceUsage = true, true
	c.SetArgs(append([]string{}, args...)) // nil would be those of the test program
	c.SetOut(&o)
	c.SetErr(&e)
	if err := c.ExecuteContext(t.Context()); err != nil {
		status = exitUsage
		var s *statusError
		if errors.As(err, &s) {
			status = s.Status
		}
		fmt.Fprint(&e, err)
	}
	return o.String(), e.String(), status
}

// nsTree is a host with a container, 30 to 32, that shares the network with 40.
func nsTree(t *testing.T) *proctest.Tree {
	tree := proctest.New(t)
	other := t.TempDir()
	own := map[string]uint64{"net": 4026532301, "pid": 4026532302, "mnt": 4026532303, "pid_for_children": 4026532302}
	for _, p := range []proctest.Proc{
		{PID: 1, Comm: "init", Args: []string{"/sbin/init", "splash"}},
		{PID: 2, Comm: "kthreadd", Kernel: true},
		{PID: 29, PPID: 1, Comm: "shim", Args: []string{"shim"}},
		{PID: 30, PPID: 29, Comm: "memcached", Args: []string{"memcached", "-m", "64\x1b[2J"}, UID: 4000000000, NS: own,
			NSpid: []int{30, 1}, RootDir: other},
		{PID: 31, PPID: 30, Comm: "worker", Args: []string{"worker"}, NS: own, NSpid: []int{31, 7}, RootDir: other},
		{PID: 40, PPID: 1, Comm: "sidecar", Args: []string{"sidecar"}, NS: map[string]uint64{"net": 4026532301}},
	} {
		tree.Add(p)
	}
	tree.Self(1)
	return tree
}

func TestNSTable(t *testing.T) {
	tree := nsTree(t)
	out, errOut, status := nsOutput(t, app{procRoot: tree.Path()}, "--type", "net,pid")
	want := fmt.Sprintf(`        NS TYPE NPROCS PID USER       CONTAINER  COMMAND
%d net       3   1 root       -          /sbin/init splash
%d pid       4   1 root       -          /sbin/init splash
4026532301 net       3  30 4000000000 sandbox:30 memcached -m 64\x1b[2J
4026532302 pid       2  30 4000000000 sandbox:30 memcached -m 64\x1b[2J
`, proctest.HostNS("net"), proctest.HostNS("pid"))
	if out != want || status != 0 || errOut != "" {
		t.Errorf("status %d, %q\n%s\nwant\n%s", status, errOut, out, want)
	}
}

func TestNSTarget(t *testing.T) {
	tree := nsTree(t)
	out, _, status := nsOutput(t, app{procRoot: tree.Path()}, "30")
	for _, line := range []string{
		"mnt    4026532303 own   -",
		"net    4026532301 neighbour 40 sidecar",
		"host      the host (PID 1)",
	} {
		if !strings.Contains(squeezed(out), squeezed(line)) {
			t.Errorf("status %d: no line %q in\n%s", status, line, out)
		}
	}
	out, _, _ = nsOutput(t, app{procRoot: tree.Path()}, "--diff", "1", "30")
	if s := squeezed(out); !strings.Contains(s, "TYPE 1 30") || !strings.Contains(s, "4026532303 differs") ||
		!strings.Contains(s, "same") {
		t.Errorf("diff:\n%s", out)
	}
	out, _, status = nsOutput(t, app{procRoot: tree.Path()}, "pid:[4026532302]")
	if s := squeezed(out); status != 0 || !strings.Contains(s, "pid:[4026532302]: 2 processes") ||
		!strings.Contains(s, "its PID 1: 30 here") || !strings.Contains(s, "31 7 30 root sandbox:30 worker") {
		t.Errorf("status %d:\n%s", status, out)
	}
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestNSErrors(t *testing.T) {
	tree := nsTree(t)
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"--type", "cpu"}, exitUsage, "the types are"},
		{[]string{"4026599999"}, exitNoTarget, "sees no namespace with the number"},
		{[]string{"uts:[4026532301]"}, exitNoTarget, "sees no namespace with the number"},
		{[]string{"net:[x]"}, exitUsage, "net:INODE"},
		{[]string{"netns:../x"}, exitUsage, "takes a name of"},
		{[]string{"77"}, exitNoTarget, "77"},
		{[]string{"--diff", "1"}, exitUsage, "two"},
		{[]string{"1", "2"}, exitUsage, "one NAMESPACE"},
	} {
		out, errOut, status := nsOutput(t, app{procRoot: tree.Path()}, c.args...)
		if status != c.status || !strings.Contains(errOut, c.says) || out != "" {
			t.Errorf("%q: status %d, %q, %q; want %d and %q", c.args, status, out, errOut, c.status, c.says)
		}
	}
	if _, _, status := nsOutput(t, app{procRoot: "/nonexistent"}); status != exitFailed {
		t.Errorf("without /proc: status %d", status)
	}
}

func TestNSJSON(t *testing.T) {
	tree := nsTree(t)
	out, _, status := nsOutput(t, app{procRoot: tree.Path(), json: true})
	var all []map[string]any
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != 0 {
		t.Fatalf("status %d, %v:\n%s", status, err, out)
	}
	for _, o := range all {
		for _, field := range []string{"ns", "type", "nprocs", "pid", "ppid", "uid", "user", "command", "parent", "owner",
			"held_by", "containers", "errors"} {
			if _, there := o[field]; !there {
				t.Errorf("%v has no field %s", o, field)
			}
		}
		// A recording cannot be asked for relations: null, with the reason.
		if errs := o["errors"].(map[string]any); o["owner"] != nil || errs["owner"] == nil {
			t.Errorf("owner %v, errors %v", o["owner"], errs)
		}
		if o["ns"].(float64) == 4026532302 && (o["command"] != "memcached -m 64\x1b[2J" || o["nprocs"].(float64) != 2 ||
			fmt.Sprint(o["held_by"]) != "[process]") {
			t.Errorf("%v", o)
		}
	}
}

// TestNSAgreesWithLsns compares table and JSON with lsns for namespaces that the test makes.
func TestNSAgreesWithLsns(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Namespaces)
	cmd := exec.Command("sleep", "1000")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUTS |
		unix.CLONE_NEWIPC | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	type row struct {
		NS     uint64
		Type   string
		NProcs int
		PID    *int
		User   *string
	}
	find := func(all []row, of string) (found []string) {
		for _, r := range all {
			if r.PID != nil && *r.PID == cmd.Process.Pid {
				found = append(found, fmt.Sprint(r.NS, r.Type, r.NProcs, *r.User))
			}
		}
		if len(found) != 5 {
			t.Fatalf("%s finds %q, want five", of, found)
		}
		return found
	}
	var theirs struct{ Namespaces []row }
	for deadline := proctest.Deadline(); ; {
		// It prints nothing while any process has a newline in its name.
		out, err := exec.Command("lsns", "-J", "-o", "ns,type,nprocs,pid,user").Output()
		theirs.Namespaces = nil
		if err == nil && json.Unmarshal(out, &theirs) == nil &&
			slices.ContainsFunc(theirs.Namespaces, func(r row) bool { return r.PID != nil && *r.PID == cmd.Process.Pid }) {
			break // a short PID is also among the digits of other numbers
		}
		if time.Now().After(deadline) {
			t.Fatalf("lsns: %v", err)
		}
	}
	out, errOut, status := nsOutput(t, app{json: true})
	var ours []row
	if err := json.Unmarshal([]byte(out), &ours); err != nil || status != 0 {
		t.Fatalf("status %d, %s, %v", status, errOut, err)
	}
	if a, b := find(ours, "bones"), find(theirs.Namespaces, "lsns"); strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Errorf("bones %q\nlsns  %q", a, b)
	}
	table, _, _ := nsOutput(t, app{})
	lines := 0
	for line := range strings.Lines(table) {
		if w := strings.Fields(line); len(w) == 8 && w[3] == fmt.Sprint(cmd.Process.Pid) && w[2] == "1" && w[4] == "root" &&
			w[6] == "sleep" {
			lines++
		}
	}
	if lines != 5 {
		t.Errorf("%d lines of the table are of the sleeper, want 5:\n%s", lines, table)
	}
	tree, _, status := nsOutput(t, app{}, "--tree")
	if status != 0 || !strings.Contains(tree, "└─") {
		t.Errorf("tree, status %d:\n%s", status, tree)
	}
}
