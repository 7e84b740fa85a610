package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/cmd/bones/internal/complete"
	"bones/procwalk/proctest"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"
)

// completed runs `bones __complete` and returns the words that are offered.
func completed(t *testing.T, args ...string) []string {
	t.Helper()
	var out, errs bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &errs}
	if status := a.run(context.Background(), append([]string{cobra.ShellCompRequestCmd}, args...)); status != 0 {
		t.Errorf("__complete %q: status %d, %s", args, status, errs.String())
	}
	return offered(t, out.String())
}

// offered takes the answer of __complete apart: a line for each word and its description, and one for what the shell
// shall do beside.
func offered(t *testing.T, answer string) []string {
	t.Helper()
	lines := strings.Split(strings.TrimSuffix(answer, "\n"), "\n")
	last := lines[len(lines)-1]
	if last == "" || last[0] != ':' {
		t.Fatalf("no directive at the end of %q", answer)
	}
	var list []string
	for _, line := range lines[:len(lines)-1] {
		word, _, _ := strings.Cut(line, "\t")
		list = append(list, word)
	}
	return list
}

func TestCompleteContainers(t *testing.T) {
	h := newContainerHost(t)
	h.docker(dockerA, "cache", "/docker/"+dockerA, 100, "var/lib/docker")
	h.docker(dockerB, "web", "/docker/"+dockerB, 200, "var/lib/docker")
	h.docker(strings.Repeat("5", 64), "300", "/docker/"+strings.Repeat("5", 64), 500, "var/lib/docker")
	h.docker(strings.Repeat("6", 64), "a$(touch pwned)", "/docker/"+strings.Repeat("6", 64), 600, "var/lib/docker")
	h.docker(strings.Repeat("7", 64), "two", "/docker/"+strings.Repeat("7", 64), 700, "var/lib/docker")
	h.docker(strings.Repeat("8", 64), "two", "/docker/"+strings.Repeat("8", 64), 800, "var/lib/docker")
	for _, c := range []struct {
		word string
		want string
	}{
		{"c", "cache cgroup:"},
		{"we", "web"},
		{"68", "68fad1f9e098 68fae319ed9c"},
		{"6", "600 605"}, // ids only from the second digit
		{"id:68fad", "id:68fad1f9e098"},
		{"68fad1f9e0985", dockerA},
		{"name:", "name:cache name:web name:300"},
		{"30", ""}, // it is a container's name, and no PID
		{"pid:10", "pid:100 pid:105"},
		{"10", "100 105"},
		{"a", ""},
		{"tw", ""}, // the name of two
		{"id:7", "id:" + strings.Repeat("7", 12)},
		{"se", "self service:"},
		{"nosuch", ""},
		{"$(", ""},
	} {
		got := completed(t, "--proc", filepath.Join(h.root, "proc"), "pid", c.word)
		if strings.Join(got, " ") != c.want {
			t.Errorf("pid %s: offered %q, want %s", c.word, got, c.want)
		}
	}
	// What could not be told is offered by what can.
	if got := completed(t, "--proc", filepath.Join(h.root, "proc"), "top", ""); !slices.Contains(got, "cache") ||
		!slices.Contains(got, "id:"+strings.Repeat("7", 12)) ||
		!slices.Contains(got, "name:300") || !slices.Contains(got, "1") {
		t.Errorf("%q", got)
	}
	// Each that is offered as a whole means something.
	for _, word := range completed(t, "--proc", filepath.Join(h.root, "proc"), "pid", "") {
		if strings.HasSuffix(word, ":") {
			continue
		}
		if out, errs, status := h.run(false, (*app).pidCommand, word); status != 0 && word != "self" {
			t.Errorf("%s is offered: %s%s", word, out, errs)
		}
	}
}

func TestCompleteWords(t *testing.T) {
	journal := filepath.Join(t.TempDir(), "journal.jsonl")
	for line, want := range map[string][]string{
		"kill 1 -s H":               {"HUP"},
		"kill 1 -s SIG":             nil,
		"kill 1 2":                  nil,
		"enter 1 -n pid,ne":         {"pid,net"},
		"enter 1 -n pid,p":          nil, // each of them once
		"enter 1 --as ":             {"container", "root"},
		"enter 1 -- ":               nil,
		"ns --type mn":              {"mnt"},
		"ns --type mnt,u":           {"mnt,user", "mnt,uts"},
		"ps -o pid,contai":          {"pid,container"},
		"ps --sort=-rss,+conta":     {"-rss,+container"},
		"ps --source p":             {"proc"},
		"ps --sort=-rss,rs":         {"-rss,rssize", "-rss,rsz"},
		"completion ":               {"bash", "fish", "zsh"},
		"unshare --propagation s":   {"shared", "slave"},
		"unshare --setgroups d":     {"deny"},
		"unshare --kill-child=KI":   {"KILL"},
		"unshare --memory 1":        {"128M", "1G"},
		"files pu":                  {"put"},
		"undo ":                     nil,
		"--journal /nosuch/x undo ": nil,
		"frobnicate ":               nil,
		"kill --dry":                {"--dry-run"},
		"which se":                  {"self"},
		"which self se":             {"self"},
		"version ":                  nil,
		"files stat 99999999 /":     nil,
		"set 99999999 ":             nil,
		"cgroup nosuch ":            nil,
		"--columns pid,comma":       {"pid,command"},
	} {
		args := strings.Split(line, " ")
		if args[0] != "--journal" && args[0] != "frobnicate" {
			args = append([]string{"--journal", journal}, args...)
		}
		// The order of equals is the shell's.
		if got := completed(t, args...); strings.Join(got, " ") != strings.Join(want, " ") {
			t.Errorf("%s: offered %q, want %q", line, got, want)
		}
	}
	if _, err := os.Stat(journal); err == nil {
		t.Error("completing made a journal")
	}
	self := strconv.Itoa(os.Getpid())
	// What was not found within a second is not offered: where the host is busy, Tab is pressed again.
	proctest.Until(t, "our own PID, and nothing else, is offered", func() bool {
		got := completed(t, "kill", self)
		return len(got) == 1 && got[0] == self
	})
	// A host of two processes is read within that time also where fifty others wait for the processor.
	tree := proctest.New(t)
	tree.Fill(2, func(i int) proctest.Proc {
		return proctest.Proc{PID: i*699 + 1, PPID: i, Comm: "x", Args: []string{"x"}}
	})
	link, err := os.Readlink("/proc/self/ns/uts")
	if err != nil {
		t.Fatal(err)
	}
	inode := strings.Trim(link, "uts:[]")
	proctest.Until(t, "our own UTS namespace is offered", func() bool {
		return slices.Contains(completed(t, "ns", inode[:len(inode)-1]), inode)
	})
	for _, prefix := range []string{"", "ns:", "uts:"} {
		word := prefix + inode
		proctest.Until(t, word+" is offered where a namespace is entered", func() bool {
			return slices.Contains(completed(t, "enter", word[:len(word)-1]), word)
		})
		if got := completed(t, "ports", word[:len(word)-1]); slices.Contains(got, word) {
			t.Errorf("ports %s: %q", word, got)
		}
	}
	if got := completed(t, "ns", "1", ""); got != nil {
		t.Errorf("a second namespace: %q", got)
	}
	proctest.Until(t, "a second process to compare is offered", func() bool {
		return slices.Contains(completed(t, "--proc", tree.Path(), "ns", "--diff", "1", "70"), "700")
	})
}

// TestCompleteIsTold: a new argument or flag with a value must be given its completion, or be named here as one that
// nobody can guess.
func TestCompleteIsTold(t *testing.T) {
	free := strings.Fields(`--count --last --boottime --hostname --monotonic --setgid --setuid --owner --wd --image --namespace --debug --context --bones-namespace
		--host-root --container`)
	a := &app{}
	root := a.rootCommand()
	a.completions(root)
	for _, gap := range complete.Gaps(root, free) {
		t.Error(gap)
	}
}

// offers asks until these words are offered, or where there are none, anything, and returns all that is.
func offers(t *testing.T, ask func() []string, words ...string) (list []string) {
	t.Helper()
	for deadline := proctest.Deadline(); ; time.Sleep(10 * time.Millisecond) {
		list = ask()
		lacks := slices.IndexFunc(words, func(word string) bool { return !slices.Contains(list, word) })
		if lacks < 0 && len(list) > 0 {
			return list
		}
		if time.Now().After(deadline) {
			t.Errorf("%q are not all offered: %q", words, list)
			return list
		}
	}
}

// TestCompleteDemo asks for what only a real container has.
func TestCompleteDemo(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("complete")
	row := m.startDemo(t, name, "")
	pid := strconv.Itoa(*row.PID)
	ask := func(change func(*exec.Cmd), args ...string) []string {
		t.Helper()
		begun := time.Now()
		if change == nil {
			out, errs, status := m.here(t, "", append([]string{cobra.ShellCompRequestCmd}, args...)...)
			if took := time.Since(begun); status != 0 || took > proctest.Patience {
				t.Errorf("%q: status %d after %v: %s", args, status, took, errs)
			}
			return offered(t, out)
		}
		c := exec.Command(m.bones, append([]string{cobra.ShellCompRequestCmd, "--journal", filepath.Join(m.dir, "journal")},
			args...)...)
		change(c)
		out, err := c.Output()
		if took := time.Since(begun); err != nil || took > proctest.Patience {
			t.Errorf("%q: %v after %v", args, err, took)
		}
		return offered(t, string(out))
	}
	// has presses Tab until these words are offered: what was not found within a second is not offered, as a user of a
	// busy host knows.
	has := func(args []string, words ...string) (list []string) {
		t.Helper()
		return offers(t, func() []string { return ask(nil, args...) }, words...)
	}
	has([]string{"pid", name[:len(name)-1]}, name)
	has([]string{"enter", "name:" + name[:6]}, "name:"+name)
	has([]string{"demo", "--stop", "--name", ""}, name)
	has([]string{"top", pid[:1]}, pid)

	inside := "/proc/" + pid + "/root/tmp/"
	nasty := []string{"$(touch pwned)", "a`b", "new\nline", "tab\there", "esc\x1b[2J", "semi;colon", "two words",
		"quo'te", "-rf", "star*", "\u202e"}
	for _, file := range append([]string{"plain", "déjà", "a=b:c"}, nasty...) {
		if err := os.WriteFile(inside+file, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(inside+"full", 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 1500 {
		if err := os.WriteFile(inside+"full/many"+strconv.Itoa(i), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(inside+"dir", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/tmp/dir", inside+"lnk"); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/etc", "/proc/"+pid+"/root/tmp/dir/out"); err != nil {
		t.Fatal(err)
	}
	has([]string{"files", "cat", name, "/tm"}, "/tmp/")
	has([]string{"files", "cat", name, "tm"}, "tmp/")
	has([]string{"files", "ls", name, ""}, "/tmp/", "/etc/")
	for typed, words := range map[string][]string{"a": {"/tmp/a=b:c"}, "p": {"/tmp/plain"},
		"d": {"/tmp/déjà", "/tmp/dir/"}, "l": {"/tmp/lnk/"}} {
		has([]string{"files", "cat", name, "/tmp/" + typed}, words...)
	}
	if n := len(has([]string{"files", "cat", name, "/tmp/full/many"})); n != complete.MaxCandidates {
		t.Errorf("%d files are offered", n)
	}
	has([]string{"files", "rm", name, "/tmp/-"}, "/tmp/-rf") // harmless behind a directory
	if got := ask(nil, "files", "rm", name, "--", ""); len(got) > 0 && got[0][0] == '-' {
		t.Errorf("%q", got)
	}
	offered := ask(nil, "files", "cat", name, "/tmp/")
	for _, file := range nasty {
		if file != "-rf" && slices.ContainsFunc(offered, func(s string) bool {
			return strings.HasPrefix(s, "/tmp/"+file[:min(len(file), 3)])
		}) {
			t.Errorf("%q is offered: %q", file, offered)
		}
	}
	// A link leads no further out than the root of the container: this is its own /etc.
	has([]string{"files", "cat", name, "/tmp/dir/out/hostn"}, "/tmp/dir/out/hostname")
	has([]string{"files", "cat", "--proc-dir", name, "/stat"}, "/stat", "/status")
	if got := ask(nil, "files", "cat", name, "/tmp/../../../../../../proc/1/ro"); len(got) > 1 {
		t.Errorf("%q", got)
	}

	files := has([]string{"set", name, ""}, "memory=", "cpus=", "pids=", "pids.max=")
	if got := ask(nil, "set", name, "pids=50", "pi"); slices.Contains(got, "pids=") {
		t.Errorf("twice: %q", got)
	}
	has([]string{"set", name, "pids.max="}, "pids.max=max", "pids.max=100")
	memory := "memory.max"
	if slices.Contains(files, "memory.limit_in_bytes=") {
		memory = "memory.limit_in_bytes"
	}
	now := strings.TrimSpace(m.ask(t, "cgroup", name, memory))
	has([]string{"set", name, memory + "="}, memory+"="+now, memory+"=512M", memory+"=1G")
	has([]string{"set", name, "memory="}, "memory="+now, "memory=max", "memory=512M")
	has([]string{"cgroup", name, "pids."}, "pids.max", "pids.current")
	for _, g := range row.Cgroups {
		// Level by level to the demo's own group.
		path := "cgroup:"
		for range strings.Split(g.Dir, "/") {
			if strings.HasSuffix(g.Dir, strings.TrimPrefix(path, "cgroup:")) && strings.Contains(path, name) {
				break // there is nothing below it
			}
			for _, step := range offers(t, func() []string { return ask(nil, "cgroup", path+"/") }) {
				if rest := strings.TrimPrefix(step, "cgroup:"); strings.HasSuffix(g.Dir, strings.TrimRight(rest, "/")) ||
					strings.Contains(g.Dir, rest) && strings.HasSuffix(rest, "/") {
					path = strings.TrimRight(step, "/")
				}
			}
		}
		if !strings.HasSuffix(g.Dir, strings.TrimPrefix(path, "cgroup:")) || !strings.Contains(path, name) {
			t.Errorf("by levels to %s: got as far as %s", g.Dir, path)
		}
	}

	m.ask(t, "files", "touch", name, "/tmp/one")
	m.ask(t, "files", "touch", name, "/tmp/two")
	if got := has([]string{"undo", ""}, "1", "2"); strings.Join(got, " ") != "2 1" {
		t.Errorf("undo: %q", got)
	}
	proctest.Need(t, proctest.Users)
	// Without privilege: what can be seen, and nothing that fails.
	offers(t, func() []string { return ask(unprivileged, "pid", name[:len(name)-1]) }, name)
	if got := ask(unprivileged, "files", "ls", name, "/"); len(got) > 0 {
		t.Errorf("without privilege: %q", got)
	}
	offers(t, func() []string { return ask(unprivileged, "set", name, "") }, "memory=")
	ask(unprivileged, "undo", "")
}

// TestCompleteDeafFileSystem: a file system that never answers costs the time there is, and no more.
func TestCompleteDeafFileSystem(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	fuse, err := os.OpenFile("/dev/fuse", os.O_RDWR, 0)
	if err != nil {
		skipMissing(t, "no FUSE here: %v", err)
	}
	dir := t.TempDir()
	if err := unix.Mount("deaf", dir, "fuse", unix.MS_NOSUID|unix.MS_NODEV,
		fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fuse.Fd())); err != nil {
		fuse.Close()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		fuse.Close() // every request fails from now on
		unix.Unmount(dir, unix.MNT_DETACH)
	})
	begun := time.Now()
	c := exec.Command(m.bones, cobra.ShellCompRequestCmd, "files", "cat", strconv.Itoa(os.Getpid()), dir+"/")
	out, err := c.Output()
	took := time.Since(begun)
	if err != nil || len(offered(t, string(out))) > 0 {
		t.Errorf("%q %v", out, err)
	}
	if took < complete.Within/2 || took > proctest.Patience {
		t.Errorf("it took %v: the file system was not asked, or waited for", took)
	}
}
