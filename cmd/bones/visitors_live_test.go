package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// TestVisitorsOfALiveContainer: what nsenter runs in a container's network is in no container and leaves that network
// the container's own; what it runs in the pid namespace belongs to the container. What has namespaces and the host's
// files, as ip netns exec and systemd's PrivateTmp= have it, is no sandbox.
func TestVisitorsOfALiveContainer(t *testing.T) {
	needRoot(t)
	for _, program := range []string{"nsenter", "unshare"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skip(program + " is missing")
		}
	}
	m := builtBones(t)
	name := demoName("visited")
	pid := fmt.Sprint(*m.startDemo(t, name, "").PID)

	// start runs a program that goes on as sleep, and returns the PID of that.
	start := func(args ...string) int {
		t.Helper()
		c := exec.Command(args[0], args[1:]...)
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Process.Kill(); c.Wait() })
		found := 0
		proctest.Until(t, strings.Join(args, " "), func() bool {
			for _, pid := range append(childrenOf(c.Process.Pid), c.Process.Pid) {
				if b, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid)); err == nil && string(b) == "sleep\n" {
					found = pid
				}
			}
			return found > 0
		})
		return found
	}
	network := start("nsenter", "-t", pid, "-n", "sleep", "1000")
	inside := start("nsenter", "-t", pid, "-p", "sleep", "1000")
	netns := start("unshare", "-n", "-m", "sleep", "1000")
	private := start("unshare", "-m", "sleep", "1000")
	bare := start("unshare", "--fork", "--pid", "--kill-child", "sleep", "1000")

	a := &app{procRoot: "/proc", cgroupRoot: "/sys/fs/cgroup"}
	s, x, err := a.snapshotContainers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for what, c := range map[string]struct {
		pid  int
		want string
	}{
		"nsenter -n": {network, ""}, "nsenter -p": {inside, name}, "ip netns exec": {netns, ""}, "PrivateTmp": {private, ""},
		"unshare --pid": {bare, ""},
	} {
		if got := x.Label(s.Find(c.pid)).Raw(); got != c.want {
			t.Errorf("%s (PID %d) is in %q, want %q", what, c.pid, got, c.want)
		}
	}
	if p := s.Find(inside); !x.Guest(p) {
		t.Error("what nsenter -p runs is no guest")
	}
	e := m.explained(t, name)
	if got := e.seen("Its namespaces", "net"); !strings.Contains(got, "its own") || !strings.Contains(got, "visited by") {
		t.Errorf("the container's network: %q", got)
	}
	e = m.explained(t, fmt.Sprint(network))
	if e.Kind != "process" && e.Kind != "session" && e.Kind != "service" ||
		!strings.Contains(e.Verdict, "It visits the net") {
		t.Errorf("the visitor: %s: %s", e.Kind, e.Verdict)
	}
}
