package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// most is how many keys a job may take, from the first screen on. What is typed into a prompt, a PID, a name, a value
// or a path, is text and no key; the key that opens the prompt and the one that ends it are counted.
const most = 5

// job is one thing that somebody wants done who reads nothing but the screen.
type job struct {
	*tmuxTerminal
	pressed []string
}

// press presses keys, and counts them.
func (j *job) press(keys ...string) {
	j.t.Helper()
	j.pressed = append(j.pressed, keys...)
	if len(j.pressed) > most {
		j.t.Fatalf("it takes more than %d keys: %q", most, j.pressed)
	}
	for _, k := range keys {
		j.keys(k)
	}
}

// into presses a key that opens a prompt or a menu, and types there.
func (j *job) into(key, prompt, text string) {
	j.t.Helper()
	j.press(key)
	j.until("a place to type", contains(prompt))
	j.tmux("send-keys", "-l", text)
	j.until("what was typed", contains(text))
}

// says waits for a screen that has all of these.
func (j *job) says(texts ...string) string {
	j.t.Helper()
	return j.until(fmt.Sprintf("%q", texts), func(screen string) bool {
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// TestJobs does what people open such a screen for, on one of 80 by 24 cells, in at most five keys each.
func TestJobs(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	web, db := demoName("jobweb"), demoName("jobdb")
	pid := *m.startDemo(t, web, "--memory 128M").PID
	m.startDemo(t, db, "--memory 128M")
	term := newTerminal(t, 80, 24)
	modes := term.modes()
	term.start("-d 0.5")
	for _, one := range []struct {
		name string
		do   func(*job)
	}{
		{"who is PID N", func(j *job) { whoIs(j, pid, web) }},
		{"who eats the memory", whoEats},
		{"raise a limit and put it back", func(j *job) { raiseAndPutBack(j, pid, web) }},
		{"can they see each other", func(j *job) { seeEachOther(j, web, db) }},
		{"a config file out of a container without a shell and back", func(j *job) { configOutAndBack(j, pid, web) }},
		{"OOM and throttling", func(j *job) { oomAndThrottling(j, m, pid, web) }},
	} {
		if !t.Run(one.name, func(t *testing.T) {
			term.t = t
			one.do(&job{tmuxTerminal: term})
			firstScreen(term)
		}) {
			return // nobody knows where it stands
		}
	}
	term.t = t
	term.leave(modes)
	t.Run("one container then and now, and all its processes", func(t *testing.T) { thenAndNow(t, m, pid, web) })
}

// thenAndNow: what was recorded of a container is compared with now, and all its processes are changed and put back.
func thenAndNow(t *testing.T, m made, pid int, web string) {
	dir := t.TempDir()
	run := func(status int, args ...string) string {
		t.Helper()
		out, err := exec.Command(m.bones, append([]string{"--journal", dir + "/journal"}, args...)...).CombinedOutput()
		code := 0
		if ended := (*exec.ExitError)(nil); errors.As(err, &ended) {
			code, err = ended.ExitCode(), nil
		}
		if err != nil || code != status {
			t.Fatalf("%q: %v, status %d and not %d: %s", args, err, code, status, out)
		}
		return string(out)
	}
	run(0, "snapshot", dir+"/then")
	run(0, "diff", web, "--from", dir+"/then")
	run(0, "set", web, "memory=144M", "--yes")
	if out := run(1, "diff", web, "--from", dir+"/then"); !strings.Contains(out, "128M (134217728)") ||
		!strings.Contains(out, "144M (150994944)") {
		t.Errorf("then and now: %s", out)
	}
	run(exitUsage, "diff", web, "--from", dir+"/then", "--at", "-2h") // it begins later
	before := niceOf(t, pid)
	if out := run(0, "tune", web, "--all", "nice=3"); !strings.Contains(out, "3 processes of container "+web) {
		t.Errorf("all of them: %s", out)
	}
	var pids []int
	for _, word := range strings.Fields(readFile(t, groupOf(t, pid, "memory")+"/cgroup.procs")) {
		if pids = append(pids, number(t, word)); niceOf(t, pids[len(pids)-1]) != 3 {
			t.Errorf("PID %s has nice %d", word, niceOf(t, pids[len(pids)-1]))
		}
	}
	proctest.Need(t, proctest.Priorities)
	run(0, "undo", "--yes")
	for _, p := range pids {
		if n := niceOf(t, p); n != before {
			t.Errorf("put back: PID %d has nice %d, want %d", p, n, before)
		}
	}
}

// firstScreen goes back to what bones begins with: the forest, at PID 1.
func firstScreen(s *tmuxTerminal) {
	s.t.Helper()
	s.escape("Esc back") // of a sheet, whose last line has its keys
	s.keys("1")
	s.until("view 1", contains("1 Processes"))
	s.keys(":")
	s.until("the palette", contains("\n:"))
	s.line("sort tree")
	s.until("the order of the tree", func(screen string) bool { return !strings.Contains(screen, "by RSS") })
	if strings.Contains(s.screen(), "  list") {
		s.keys("t")
		s.until("the forest", func(screen string) bool { return !strings.Contains(screen, "  list") })
	}
	s.gotoPID(1)
}

// whoIs: the details of a PID begin with the container that it is in, and its PID inside.
func whoIs(j *job, pid int, web string) {
	j.into(":", "\n:", strconv.Itoa(pid))
	j.press("Enter")
	j.says(fmt.Sprintf("-p %d;", pid), "Container       "+web, "PID inside      1")
}

// whoEats: M makes a list with the one that has the most on top, in view 1 and among the containers.
func whoEats(j *job) {
	j.press("M")
	j.until("processes by memory, the largest first", func(screen string) bool {
		return strings.Contains(screen, "list by RSS") && descends(screenProcesses(screen))
	})
	j.press("2", "M")
	j.says("containers", "by MEMORY", "▼MEMORY")
}

// descends reports whether what processes have of memory gets less from row to row.
func descends(list []map[string]string) bool {
	last := -1.0
	for _, row := range list {
		size := row["▼RSS"]
		unit := 1.0
		switch size[max(len(size)-1, 0):] {
		case "K":
			unit = 1 << 10
		case "M":
			unit = 1 << 20
		case "G":
			unit = 1 << 30
		}
		n, err := strconv.ParseFloat(strings.TrimRight(size, "KMG"), 64)
		if n *= unit; err != nil || last >= 0 && n > last {
			return false
		}
		last = n
	}
	return len(list) >= 5
}

// raiseAndPutBack: from the process to the limits of its container, and u brings the old one back.
func raiseAndPutBack(j *job, pid int, web string) {
	group := groupOf(j.t, pid, "memory")
	file := filepath.Join(group, memoryFile(group))
	before := strings.TrimSpace(readFile(j.t, file))
	j.into(":", "\n:", strconv.Itoa(pid))
	j.press("Enter")
	j.says(fmt.Sprintf("-p %d;", pid), "e limits")
	j.into("e", "Limits of "+web, "256M")
	j.press("Enter")
	j.says("memory 128 MiB to 256 MiB", "undo: u")
	until(j.t, "256 MiB", func() bool { return strings.TrimSpace(readFile(j.t, file)) == "268435456" })
	j.press("u")
	until(j.t, "the limit of before", func() bool { return strings.TrimSpace(readFile(j.t, file)) == before })
	j.says("done: set memory from 256 MiB to 128 MiB") // see configOutAndBack
}

// seeEachOther: b asks which other one is meant, with the containers to choose from.
func seeEachOther(j *job, web, db string) {
	j.into(":", "\n:", web)
	j.press("Enter")
	j.says("Container       "+web, "b reach")
	j.press("b")
	j.says("Do they see each other: ", db, "host")
	j.tmux("send-keys", "-l", db)
	j.until("the one that was typed", contains(">"+db))
	j.press("Enter")
	j.says("reach each other?", db, "no ", "has no address but those of its own loopback")
}

// configOutAndBack: a container whose only program is bones has no shell and no editor. A file of it is copied out,
// changed here, and put back.
func configOutAndBack(j *job, pid int, web string) {
	inside := fmt.Sprintf("/proc/%d/root/etc/app.conf", pid)
	dir, err := os.MkdirTemp("", "j") // a short name: all of what is typed has to be seen
	if err != nil {
		j.t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	here := filepath.Join(dir, "app.conf")
	if err := os.WriteFile(inside, []byte("level = 1\n"), 0o640); err != nil {
		j.t.Fatal(err)
	}
	j.into(":", "\n:", "get "+web+" /etc/app.conf "+here)
	j.press("Enter")
	j.says("copied to ", ":put puts it back")
	if got := readFile(j.t, here); got != "level = 1\n" {
		j.t.Fatalf("out came %q", got)
	}
	if err := os.WriteFile(here, []byte("level = 2\n"), 0o640); err != nil {
		j.t.Fatal(err)
	}
	j.into(":", "\n:", "put")
	j.press("Enter")
	j.says("replace", "app.conf")
	j.press("y")
	until(j.t, "the file of ours inside", func() bool {
		b, err := os.ReadFile(inside)
		return err == nil && bytes.Equal(b, []byte("level = 2\n"))
	})
	j.says("done: replace /etc/app.conf") // keys that are typed before go to what shows the progress
}

// oomAndThrottling: of a container that the kernel killed a process of and whose quota is used up, the column HEALTH
// says so, and ! tells of both.
func oomAndThrottling(j *job, m made, pid int, web string) {
	in := func(controller, script string) *exec.Cmd {
		c := exec.Command("sh", "-c", `echo $$ > "$0/cgroup.procs" && `+script, groupOf(j.t, pid, controller))
		if err := c.Start(); err != nil {
			j.t.Fatal(err)
		}
		return c
	}
	if out, err := exec.Command(m.bones, "--journal", filepath.Join(j.t.TempDir(), "journal"), "set", "--yes", web,
		"cpus=0.05").CombinedOutput(); err != nil {
		j.t.Fatalf("%v: %s", err, out)
	}
	busy := in("cpu", "while :; do :; done")
	defer func() { busy.Process.Kill(); busy.Wait() }()
	eats := in("memory", "echo 1000 > /proc/self/oom_score_adj; exec tail /dev/zero")
	if err := eats.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		j.t.Fatalf("what ate the memory ended with %v", err)
	}
	j.press("2")
	j.says("2 Containers", "HEALTH")
	j.into(":", "\n:", web)
	j.press("Enter")
	j.until("the finding in the row", func(screen string) bool {
		for line := range strings.Lines(screen) {
			// A neighbour's virtual machine is a row, whose numbers may leave no room for the whole word.
			if strings.HasPrefix(line, ">"+web) && strings.Contains(line, "! oom") {
				return true
			}
		}
		return false
	})
	j.press("!")
	j.says("Health of container "+web, "oom-killed", "cpu-throttled")
}
