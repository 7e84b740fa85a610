package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// changing says of every command whether it changes the system: then it has --dry-run, which prints the command that
// does the same, and does nothing. What is written where the user says, as `files get`, `man`, `record` and `snapshot`
// do, is no such change.
var changing = map[string]bool{
	"kill": true, "set": true, "tune": true, "freeze": true, "thaw": true, "enter": true, "unshare": true, "undo": true,
	"demo":        true,
	"files touch": true, "files mkdir": true, "files rm": true, "files put": true, "files edit": true, "files mv": true,
	"": false, "files": false, "files ls": false, "files cat": false, "files stat": false, "files get": false,
	"ps": false, "top": false, "ns": false,
	"which": false, "pid": false, "containers": false, "stats": false, "cgroup": false, "history": false,
	"host": false, "version": false, "completion": false,
	"record": false, "snapshot": false, "replay": false, "events": false, "health": false,
	"export": false, "deploy": false, "deploy systemd": false, "deploy systemd export": false,
	"logs": false, "schema": false,
	"net": false, "ports": false, "reach": false, "deploy prometheus": false, "deploy grafana": false,
	"deploy kubernetes": false, "kubectl": true,
	"diff": false, "storage": false, "tour": false,
	"man": false, "help": false, "explain": false,
}

func TestDryRunIsEverywhere(t *testing.T) {
	for _, c := range visibleCommands() {
		path := strings.TrimPrefix(strings.TrimPrefix(c.CommandPath(), "bones"), " ")
		changes, told := changing[path]
		switch has := c.LocalFlags().Lookup("dry-run") != nil; {
		case !told:
			t.Errorf("%s: say in the table whether it changes the system", c.CommandPath())
		case has != changes:
			t.Errorf("%s changes the system: %v; has --dry-run: %v", c.CommandPath(), changes, has)
		}
		if path != "" && changes && path != "unshare" && path != "enter" && path != "kubectl" &&
			!slices.ContainsFunc(byHandCases,
				func(x byHandCase) bool {
					return after(strings.Fields(strings.Join(x.args, " ")), strings.Fields(path)) == len(strings.Fields(path))
				}) {
			t.Errorf("%s: what it prints is not tried by hand", c.CommandPath())
		}
	}
}

// byHandCase is one command that is carried out on one demo, and by hand on another.
type byHandCase struct {
	prepare string // what a shell does in both before, in the directory /tmp/desk of the demo
	// {} stands for the demo's name, {worker} for the PID of its worker, {work} for /tmp/desk, {local} for ours
	args []string
	in   string
}

// byHandCases are done one after the other.
var byHandCases = []byHandCase{
	{"", []string{"files", "touch", "{}", "{work}/new", "{work}/with blank"}, ""},
	{"", []string{"files", "touch", "{}", "{work}/mine", "--mode", "600", "--owner", "1000:1001", "--yes"}, ""},
	{"touch -d '2001-01-01' old; chmod 640 old", []string{"files", "touch", "{}", "{work}/old"}, ""},
	{"touch -d '2001-01-01' goal; ln -s goal link; touch -h -d '2001-01-01' link", []string{"files", "touch", "{}",
		"{work}/link"}, ""},
	{"", []string{"files", "mkdir", "{}", "{work}/dir"}, ""},
	{"", []string{"files", "mkdir", "{}", "{work}/a/b/c", "-p"}, ""},
	{"", []string{"files", "mkdir", "{}", "{work}/a/b/c", "--parents"}, ""},
	{"", []string{"files", "mkdir", "{}", "{work}/sticky", "--mode", "1777", "--owner", "12:13", "--yes"}, ""},
	{"echo gone > gone", []string{"files", "rm", "{}", "{work}/gone", "--yes"}, ""},
	{"mkdir empty", []string{"files", "rm", "{}", "{work}/empty", "--yes"}, ""},
	{"mkdir -p full/of/it; echo x > full/of/it/x", []string{"files", "rm", "{}", "{work}/full", "--recursive", "--yes"},
		""},
	{"echo moved > from; chmod 611 from; chown 3:4 from", []string{"files", "mv", "{}", "{work}/from", "{work}/to",
		"--yes"}, ""},
	{"bones files mv {} {work}/to {work}/there --yes", []string{"undo"}, ""},
	{"ln -s /etc/hostname out", []string{"files", "rm", "{}", "{work}/out", "--yes"}, ""},
	{"", []string{"files", "put", "{}", "{local}/program", "{work}/program"}, ""},
	{"echo before > it; chmod 604 it; chown 7:8 it", []string{"files", "put", "{}", "{local}/text", "{work}/it",
		"--yes"}, ""},
	{"", []string{"files", "put", "{}", "{local}/text", "{work}/hers", "--mode", "400", "--owner", "33:34"}, ""},
	{"", []string{"files", "put", "{}", "-", "{work}/typed"}, "it's\n$HOME `id` \\033 %s\n\n"},
	{"", []string{"files", "put", "{}", "-", "{work}/nothing"}, ""},
	{"", []string{"files", "put", "{}", "{local}/tree", "{work}/tree"}, ""},
	{"echo one > edited; chmod 600 edited", []string{"files", "edit", "{}", "{work}/edited", "--yes"}, ""},
	{"", []string{"files", "edit", "{}", "{work}/made", "--mode", "640", "--owner", "5:6"}, ""},

	{"", []string{"set", "{}", "memory=90M", "pids=77", "cpus=0.5", "--yes"}, ""},
	{"bones set {} memory=80M pids=66 --yes", []string{"undo", "--yes"}, ""},
	{"", []string{"tune", "{worker}", "nice=3", "oom_score_adj=321", "ioprio=idle", "nofile=77:"}, ""},
	{"", []string{"freeze", "{}", "--yes"}, ""},
	{"", []string{"thaw", "{}", "--yes"}, ""},
	{"bones freeze {}", []string{"undo"}, ""},

	{"echo 'precious \\' > kept; chmod 611 kept; chown 9:9 kept; bones files rm {} {work}/kept --yes", []string{"undo"},
		""},
	{"head -c 5000 /dev/zero > binary; bones files rm {} {work}/binary --yes", []string{"undo"}, ""},
	{"mkdir -m 705 was; bones files rm {} {work}/was --yes", []string{"undo"}, ""},
	{"bones files touch {} {work}/undone", []string{"undo"}, ""},
	{"bones files mkdir {} {work}/undonedir", []string{"undo"}, ""},
	{"bones files touch {} {work}/redone; bones undo", []string{"undo", "--redo"}, ""},

	{"", []string{"kill", "{worker}", "--signal", "STOP"}, ""},
	{"", []string{"kill", "{worker}", "-s", "CONT"}, ""},
	{"bones kill {worker} -s STOP --yes", []string{"undo"}, ""},
	{"", []string{"kill", "{worker}"}, ""},
	{"", []string{"kill", "{}", "--all", "--yes"}, ""},
	{"", []string{"demo", "--stop", "--name", "{}"}, ""},
}

// copyOf is one of the two demos.
type copyOf struct {
	made
	name    string
	pid     int
	worker  int
	groups  []string
	journal string
}

func newCopy(t *testing.T, m made, name string) *copyOf {
	t.Helper()
	row := m.startDemo(t, name, "")
	c := &copyOf{made: m, name: name, pid: *row.PID, journal: filepath.Join(t.TempDir(), "journal")}
	for _, g := range row.Cgroups {
		c.groups = append(c.groups, g.Dir)
	}
	until(t, "two workers", func() bool {
		workers := childrenOf(c.pid)
		slices.Sort(workers)
		if len(workers) != 2 || comm(workers[0]) != "demo-worker" || comm(workers[1]) != "demo-worker" {
			return false
		}
		c.worker = workers[0]
		return true
	})
	if err := os.Mkdir(c.work(), 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *copyOf) work() string { return fmt.Sprintf("/proc/%d/root/tmp/desk", c.pid) }

// fill puts the copy's own names into a text.
func (c *copyOf) fill(s, local string) string {
	return strings.NewReplacer("{}", c.name, "{worker}", strconv.Itoa(c.worker), "{work}", "/tmp/desk", "{local}",
		local).Replace(s)
}

// run runs bones with this copy's journal, in this process.
func (c *copyOf) run(t *testing.T, in string, args ...string) string {
	t.Helper()
	out, errs, status := runInProcess(t, c.journal, in, args...)
	if status != 0 {
		t.Fatalf("bones %q: status %d, %s", args, status, errs)
	}
	return out
}

// hand runs a command line with sh, as a user does who types what was printed.
func (c *copyOf) hand(t *testing.T, line, in string) {
	t.Helper()
	p := exec.Command("sh", "-c", "umask 022; "+line)
	p.Stdin = strings.NewReader(in)
	p.Dir = t.TempDir()
	p.Env = []string{"PATH=" + c.dir + ":" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	if out, err := p.CombinedOutput(); err != nil {
		t.Errorf("by hand: %s: %v %s", line, err, out)
	}
}

// state is all of a copy that the cases change, with nothing in it that tells the two apart.
func (c *copyOf) state() string {
	var b strings.Builder
	filepath.WalkDir(c.work(), func(path string, d os.DirEntry, err error) error {
		var st unix.Stat_t
		if err != nil || unix.Lstat(path, &st) != nil {
			fmt.Fprintf(&b, "%s is not there\n", strings.TrimPrefix(path, c.work()))
			return nil
		}
		fmt.Fprintf(&b, "%s %o %d:%d", strings.TrimPrefix(path, c.work()), st.Mode, st.Uid, st.Gid)
		if time.Unix(st.Mtim.Unix()).Year() == 2001 {
			b.WriteString(" old")
		}
		switch st.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			content, _ := os.ReadFile(path)
			fmt.Fprintf(&b, " %q", content)
		case unix.S_IFLNK:
			to, _ := os.Readlink(path)
			b.WriteString(" " + to)
		}
		b.WriteByte('\n')
		return nil
	})
	for _, g := range c.groups {
		for _, file := range []string{"memory.limit_in_bytes", "memory.memsw.limit_in_bytes", "memory.max", "pids.max",
			"cpu.cfs_quota_us", "cpu.max", "freezer.state", "cgroup.freeze"} {
			if v, err := os.ReadFile(filepath.Join(g, file)); err == nil {
				fmt.Fprintf(&b, "%s %s", file, v)
			}
		}
		if _, err := os.Stat(g); err != nil {
			b.WriteString("a group has gone\n")
		}
	}
	for what, pid := range map[string]int{"service": c.pid} {
		fmt.Fprintf(&b, "%s %s\n", what, stateLetter(pid))
	}
	fmt.Fprintf(&b, "worker %s\n", stateLetter(c.worker))
	nice, _ := unix.Getpriority(unix.PRIO_PROCESS, c.worker)
	class, _, _ := unix.Syscall(unix.SYS_IOPRIO_GET, 1, uintptr(c.worker), 0)
	if class>>13 == 3 {
		class = 3 << 13 // idle has no levels: ionice writes 7 there, which the kernel does not look at
	}
	var files unix.Rlimit
	unix.Prlimit(c.worker, unix.RLIMIT_NOFILE, nil, &files)
	adj, _ := os.ReadFile(fmt.Sprintf("/proc/%d/oom_score_adj", c.worker))
	fmt.Fprintf(&b, "priority %d, I/O %#x, files %d, oom %q\n", nice, class, files, adj)
	record, _ := filepath.Glob("/run/bones/" + c.name + ".demo.json")
	fmt.Fprintf(&b, "records %d\n", len(record))
	return b.String()
}

// stateLetter is T of what is stopped, D of what is frozen, X of what has ended; others are at work.
func stateLetter(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "X"
	}
	var s procwalk.Stat
	if procwalk.ParseStat(b, &s) != nil {
		return "X"
	}
	letter := string(rune(s.State))
	if !strings.Contains("TZ", letter) {
		return "runs"
	}
	return strings.Replace(letter, "Z", "X", 1)
}

// localFile makes the files of ours that are put.
func localFile(t *testing.T) string {
	t.Helper()
	local := filepath.Join(t.TempDir(), "it's ours")
	for _, dir := range []string{local, local + "/tree", local + "/tree/below"} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for file, mode := range map[string]os.FileMode{"program": 0o755, "text": 0o644, "tree/one": 0o600,
		"tree/below/two": 0o755} {
		if err := os.WriteFile(filepath.Join(local, file), []byte("content of "+file+"\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	return local
}

// same waits until both copies look alike: a process takes a moment to end or to stop.
func same(t *testing.T, what string, own, hand *copyOf) {
	t.Helper()
	var a, b string
	for deadline := proctest.Deadline(); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if a, b = own.state(), hand.state(); a == b {
			return
		}
	}
	t.Fatalf("%s\nbones:\n%s\nby hand:\n%s", what, a, b)
}

// TestByHand carries every kind of change out on one demo, runs what --dry-run prints with sh on another, and compares
// the two. --dry-run itself changes nothing.
func TestByHand(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	m := builtBones(t)
	local := localFile(t)
	editor := filepath.Join(m.dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\necho \"it's 100 % \\\\n\" >> \"$1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EDITOR", editor)
	t.Setenv("VISUAL", "")
	own, hand := newCopy(t, m, demoName("own")), newCopy(t, m, demoName("hand"))
	for _, x := range byHandCases {
		what := strings.Join(x.args, " ")
		for _, c := range []*copyOf{own, hand} {
			if x.prepare != "" {
				line := strings.ReplaceAll(c.fill(x.prepare, local), "bones ", "bones --journal "+c.journal+" ")
				c.hand(t, "cd "+c.work()+" && { "+line+"; }", "")
			}
		}
		same(t, "before "+what, own, hand)
		ownArgs, handArgs := []string{}, []string{"--dry-run"}
		for _, w := range x.args {
			ownArgs, handArgs = append(ownArgs, own.fill(w, local)), append(handArgs, hand.fill(w, local))
		}
		// Some flags are those of a command below: --dry-run stands behind all.
		handArgs = append(handArgs[1:], handArgs[0])
		records, _ := os.ReadFile(hand.journal)
		before := hand.state()
		line := hand.run(t, x.in, handArgs...)
		if now, _ := os.ReadFile(hand.journal); hand.state() != before || !bytes.Equal(now, records) {
			t.Fatalf("%s --dry-run did something:\n%s\nafter:\n%s", what, before, hand.state())
		}
		own.run(t, x.in, ownArgs...)
		if own.state() == before && !slices.Contains(x.args, "--parents") && !strings.Contains(what, "old") {
			// A process may be about to end.
			for deadline := proctest.Deadline(); own.state() == before &&
				time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
			}
			if own.state() == before {
				t.Errorf("%s changed nothing that is compared", what)
			}
		}
		hand.hand(t, line, x.in)
		same(t, what+"\n"+line, own, hand)
	}
}

// TestByHandInAUserNamespace: what is made belongs to the root of the container, also by hand.
func TestByHandInAUserNamespace(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users, proctest.UserNamespaces)
	m := builtBones(t)
	c := exec.Command("sleep", "1000")
	c.SysProcAttr = &unix.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 12345, Size: 10}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: 23456, Size: 10}}}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	pid, dir := strconv.Itoa(c.Process.Pid), t.TempDir()
	m.askHere(t, "files", "mkdir", pid, dir+"/own")
	for file, args := range map[string][]string{"touched": {"files", "touch", pid},
		"put": {"files", "put", pid, "/etc/hostname"}} {
		m.askHere(t, append(args, dir+"/own/"+file)...)
		line := m.askHere(t, append(args, dir+"/hand-"+file, "--dry-run")...)
		if out, err := exec.Command("sh", "-c", line).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v %s", line, err, out)
		}
		for _, path := range []string{"/own", "/own/" + file, "/hand-" + file} {
			var st unix.Stat_t
			if err := unix.Lstat(dir+path, &st); err != nil || st.Uid != 12345 || st.Gid != 23456 {
				t.Errorf("%s belongs to %d:%d, %v", path, st.Uid, st.Gid, err)
			}
		}
	}
}

// TestHistoryScript makes a series of changes on one demo, runs what `history --sh` printed on another, adapted by
// nothing but whom it is about, and compares the two.
func TestHistoryScript(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	local := localFile(t)
	editor := filepath.Join(m.dir, "editor")
	if err := os.WriteFile(editor, []byte("#!/bin/sh\necho edited >> \"$1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("EDITOR", editor)
	t.Setenv("VISUAL", "")
	own, again := newCopy(t, m, demoName("first")), newCopy(t, m, demoName("again"))
	long := strings.Repeat("a line of text\n", 1000)
	for _, x := range []struct {
		in   string
		args []string
	}{
		{"", []string{"files", "mkdir", "{}", "{work}/sub", "--mode", "700"}},
		{"", []string{"files", "touch", "{}", "{work}/sub/it's empty"}},
		{"it's\n\x1b[2J $HOME `id` \\\n\n", []string{"files", "put", "{}", "-", "{work}/typed"}},
		{"\x00\xff\x01", []string{"files", "put", "{}", "-", "{work}/binary"}},
		{long, []string{"files", "put", "{}", "-", "{work}/long"}},
		{"", []string{"files", "put", "{}", "{local}/tree", "{work}/tree"}},
		{"", []string{"files", "put", "{}", "{local}/program", "{work}/sub"}},
		{"", []string{"files", "edit", "{}", "{work}/typed"}},
		{"", []string{"files", "rm", "{}", "{work}/tree/one", "--yes"}},
		{"", []string{"files", "rm", "{}", "{work}/sub/program", "--yes"}},
		{"", []string{"undo"}},
		{"", []string{"set", "{}", "memory=70M", "pids=44", "--yes"}},
		{"", []string{"set", "{}", "cpus=0.25", "--yes"}},
		{"", []string{"undo"}},
		{"", []string{"kill", "{worker}", "-s", "STOP"}},
		{"", []string{"freeze", "{}"}},
		{"", []string{"thaw", "{}"}},
		{"", []string{"enter", "{}", "--", "/bin/bones", "version"}},
		{"", []string{"unshare", "--fork", "--uts", "--", "true"}},
	} {
		var args []string
		for _, w := range x.args {
			args = append(args, own.fill(w, local))
		}
		own.run(t, x.in, args...)
	}
	// What failed stands there as a comment.
	if out, err := exec.Command(m.bones, "--journal", own.journal, "set", own.name, "cpuset.cpus=4000",
		"--yes").CombinedOutput(); err == nil {
		t.Errorf("a processor that is not there: %s", out)
	}
	script := own.run(t, "", "history", "--sh")
	if strings.Count(script, "\n# failed: ") != 1 {
		t.Errorf("what failed:\n%s", script)
	}
	adapted := strings.NewReplacer(fmt.Sprintf("/proc/%d/", own.pid), fmt.Sprintf("/proc/%d/", again.pid), own.name,
		again.name,
		fmt.Sprintf("kill -STOP %d\n", own.worker), fmt.Sprintf("kill -STOP %d\n", again.worker),
		fmt.Sprintf("--target %d ", own.pid), fmt.Sprintf("--target %d ", again.pid)).Replace(script)
	if !strings.Contains(adapted, fmt.Sprintf("\nstill %d ", own.pid)) {
		t.Errorf("it does not look whose PID it is:\n%s", adapted)
	}
	adapted = regexp.MustCompile(`(?m)^still .*\n`).ReplaceAllString(adapted, "")
	if strings.Contains(adapted, strconv.Itoa(own.pid)+"/") {
		t.Errorf("not adapted:\n%s", adapted)
	}
	file := filepath.Join(t.TempDir(), "again.sh")
	if err := os.WriteFile(file, []byte(adapted), 0o700); err != nil {
		t.Fatal(err)
	}
	c := exec.Command(file)
	c.Dir = t.TempDir()
	out, err := c.CombinedOutput()
	if err != nil {
		t.Errorf("the script: %v\n%s\n%s", err, out, adapted)
	}
	if !strings.HasPrefix(string(out), "bones ") {
		t.Errorf("what the program said that was run inside: %q", out)
	}
	same(t, adapted, own, again)

	// The last so many, and a content that is too long for a command.
	own.run(t, strings.Repeat("x", 100_000), "files", "put", own.name, "-", "/tmp/desk/huge")
	script = own.run(t, "", "history", "--sh", "--last", "1")
	if !strings.Contains(script, "\n# what was written is not in the journal: cat > ") ||
		strings.Contains(script, "\ncat > ") {
		t.Errorf("%s", script)
	}
	if out, err := exec.Command("sh", "-n", "-c", script).CombinedOutput(); err != nil ||
		strings.Count(script, "\n# ") != 2 {
		t.Errorf("%v %s\n%s", err, out, script)
	}
	if lines := strings.Split(strings.TrimSpace(own.run(t, "", "history", "-n", "2")), "\n"); len(lines) != 3 ||
		!strings.Contains(lines[2], "write /tmp/desk/huge in ") {
		t.Errorf("%q", lines)
	}
}
