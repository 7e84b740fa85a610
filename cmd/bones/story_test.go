package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/mountinfo"
)

// story is a container on which the ten steps of the tutorial are replayed, and who else can say how it is: its
// engine, or the files of the kernel, procps and util-linux.
type story struct {
	made
	name string
	pid  int // of the process that backs it, as the engine says
	root int // the PID at which its part of the process tree begins
	// Of others: its processes, a program of busybox run inside, and its memory limit as the engine writes it.
	processes func(t *testing.T) []int
	inside    func(t *testing.T, args ...string) string
	limit     func(t *testing.T) string
	gibibyte  string // how the engine writes 1 GiB
	before    string // the limit that step 9 found, for step 10
}

// storySteps are the steps, in their order: each is one by commands, and one in the terminal UI.
var storySteps = []struct {
	name    string
	command func(*testing.T, *story)
	screen  func(*testing.T, *story, *tmuxTerminal)
}{
	{"1 the process tree", treeByCommand, treeOnScreen},
	{"2 the folder in proc", folderByCommand, folderOnScreen},
	{"3 the processes of the container", processesByCommand, processesOnScreen},
	{"4 the PID that backs it", pidByCommand, pidOnScreen},
	{"5 a file in its root", filesByCommand, filesOnScreen},
	{"6 its namespaces", namespacesByCommand, namespacesOnScreen},
	{"7 a shell in new namespaces", unshareByCommand, unshareOnScreen},
	{"8 its control groups", groupsByCommand, groupsOnScreen},
	{"9 the memory limit", limitByCommand, limitOnScreen},
	{"10 put back", backByCommand, backOnScreen},
}

func TestStoryDockerCommands(t *testing.T) { dockerStory(t).byCommands(t) }

func TestStoryDockerTUI(t *testing.T) { dockerStory(t).onScreen(t) }

func TestStoryDemoCommands(t *testing.T) { demoStory(t).byCommands(t) }

func TestStoryDemoTUI(t *testing.T) { demoStory(t).onScreen(t) }

func (s *story) byCommands(t *testing.T) {
	for _, step := range storySteps {
		if !t.Run(step.name, func(t *testing.T) { step.command(t, s) }) {
			break // the next steps build on it
		}
	}
}

// onScreen goes through the steps in one session of the terminal UI, as a user does.
func (s *story) onScreen(t *testing.T) {
	term := newTerminal(t, 160, 50)
	modes := term.modes()
	term.start("-d 0.5 --columns pid,ppid,pgid,sid,tty,stat,user,time,pcpu,rss,command") // those of ps
	for _, step := range storySteps {
		if !t.Run(step.name, func(t *testing.T) {
			term.t = t
			step.screen(t, s, term)
		}) {
			break
		}
	}
	term.t = t
	if !t.Failed() {
		term.leave(modes)
	}
}

// dockerStory is memcached in a container without limits, as the tutorial starts it, and a second process in there.
func dockerStory(t *testing.T) *story {
	needPrograms(t, "ps", "pstree", "lsns", "unshare")
	e := startEngine(t)
	s := &story{made: builtBones(t), name: fmt.Sprintf("memcached-%d", os.Getpid()), gibibyte: "1GiB"}
	e.must("run", "-d", "--name", s.name, "--network", "none", "memcached:test")
	e.must("exec", "-d", s.name, "sleep", "1000")
	s.pid = number(t, e.must("inspect", "-f", "{{.State.Pid}}", s.name))
	s.root = parentOf(t, s.pid) // the shim that the engine starts
	s.processes = func(t *testing.T) (pids []int) {
		t.Helper()
		for line := range strings.Lines(e.must("top", s.name, "-o", "pid")) {
			if w := strings.TrimSpace(line); w != "PID" {
				pids = append(pids, number(t, w))
			}
		}
		slices.Sort(pids)
		return pids
	}
	until(t, "two processes", func() bool { return len(s.processes(t)) == 2 })
	s.inside = func(t *testing.T, args ...string) string {
		t.Helper()
		return e.must(append([]string{"exec", s.name, "busybox"}, args...)...)
	}
	s.limit = func(t *testing.T) string {
		t.Helper()
		_, limit, _ := strings.Cut(e.must("stats", "--no-stream", "--format", "{{.MemUsage}}", s.name), " / ")
		return limit
	}
	return s
}

// demoStory is the same with no engine: what an engine would say, the kernel's files say.
func demoStory(t *testing.T) *story {
	needPrograms(t, "ps", "pstree", "lsns", "unshare", "nsenter", "busybox")
	s := &story{made: builtBones(t), name: demoName("story"), gibibyte: "1073741824"}
	row := s.startDemo(t, s.name, "")
	s.pid, s.root = *row.PID, *row.PID
	busybox, err := exec.LookPath("busybox")
	if err != nil {
		t.Fatal(err)
	}
	// A program that looks around inside: the demo has none but bones.
	mustRun(t, "cp", busybox, fmt.Sprintf("/proc/%d/root/tmp/busybox", s.pid))
	s.inside = func(t *testing.T, args ...string) string {
		t.Helper()
		return mustRun(t, "nsenter", append([]string{"-t", strconv.Itoa(s.pid), "-m", "-u", "-i", "-n", "-p",
			"/tmp/busybox"}, args...)...)
	}
	s.processes = func(t *testing.T) (pids []int) {
		t.Helper()
		for _, word := range strings.Fields(readFile(t, groupOf(t, s.pid, "memory")+"/cgroup.procs")) {
			pids = append(pids, number(t, word))
		}
		slices.Sort(pids)
		return pids
	}
	until(t, "two workers", func() bool { return len(s.processes(t)) == 3 && comm(s.processes(t)[2]) == "demo-worker" })
	s.limit = func(t *testing.T) string {
		t.Helper()
		group := groupOf(t, s.pid, "memory")
		return strings.TrimSpace(readFile(t, filepath.Join(group, memoryFile(group))))
	}
	return s
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func parentOf(t *testing.T, pid int) int {
	t.Helper()
	return number(t, mustRun(t, "ps", "-o", "ppid=", "-p", strconv.Itoa(pid)))
}

// groupOf is the directory of a process's group in the hierarchy of a controller: the line of /proc/PID/cgroup, put
// below the mount point of /proc/self/mountinfo.
func groupOf(t *testing.T, pid int, controller string) string {
	t.Helper()
	var unified string
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/cgroup", pid))) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		switch {
		case slices.Contains(strings.Split(f[1], ","), controller):
			return groupDir(t, f[1], f[2])
		case f[1] == "":
			unified = groupDir(t, "", f[2])
		}
	}
	return unified
}

// groupDir is the directory that a line of /proc/PID/cgroup names.
func groupDir(t *testing.T, controllers, path string) string {
	t.Helper()
	for m, err := range mountinfo.Lines([]byte(readFile(t, "/proc/self/mountinfo"))) {
		if err != nil {
			t.Fatal(err)
		}
		fs := m.FSType.Raw()
		if fs == "cgroup2" && controllers == "" || fs == "cgroup" && controllers != "" &&
			mountinfo.Has(m.Super, strings.Split(controllers, ",")[0]) {
			return filepath.Join(m.Point.Raw(), strings.TrimPrefix(path, strings.TrimSuffix(m.Root.Raw(), "/")))
		}
	}
	t.Fatalf("no hierarchy of %q is mounted", controllers)
	return ""
}

// memoryFile is the name of the file with the memory limit.
func memoryFile(group string) string {
	if _, err := os.Stat(group + "/memory.max"); err == nil {
		return "memory.max"
	}
	return "memory.limit_in_bytes"
}
