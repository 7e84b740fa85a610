package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"bones/cmd/bones/internal/complete"
	"bones/procwalk/proctest"

	"github.com/spf13/cobra"
)

// targetCommand is a way to run a command that takes a TARGET: its path, and a function that puts a word in.
type targetCommand struct {
	name    string // "files put", "kill --all"
	command *cobra.Command
	onlyPID bool // it takes PIDs alone
	args    func(word string) []string
}

// targetCommands are all commands whose usage line has a TARGET or a PID in it, so that a new one cannot be forgotten.
// Paths are in dir, and enter runs touch there.
func targetCommands(t *testing.T, dir string) []targetCommand {
	t.Helper()
	stands := map[string]string{"PATH": dir + "/target-path", "FROM": dir + "/target-from", "TO": dir + "/target-to",
		"LOCAL|-": filepath.Join(t.TempDir(), "local"), "FILE": "cgroup.procs", "FILE=VALUE": "pids.max=77",
		"NAME=VALUE": "oom_score_adj=77"}
	var list []targetCommand
	for _, c := range visibleCommands() {
		places, _ := complete.Arguments(c.Use)
		if !slices.ContainsFunc(places, func(p string) bool { return strings.Contains(p, "TARGET") || p == "PID" }) {
			continue
		}
		path := strings.Fields(c.CommandPath())[1:]
		variants := [][]string{nil}
		switch c.Name() {
		case "kill":
			variants = [][]string{{"--signal", "CONT"}, {"--all"}}
		case "ns":
			variants = append(variants, []string{"--diff"})
		}
		for _, flags := range variants {
			make := targetCommand{name: strings.Join(append(slices.Clone(path), flags...), " "), command: c,
				onlyPID: slices.Contains(places, "PID")}
			make.args = func(word string) []string {
				args := append(slices.Clone(path), flags...)
				if c.Flags().Lookup("yes") != nil {
					args = append(args, "--yes")
				}
				if c.Name() == "enter" {
					return append(args, word, "--", "touch", dir+"/target-entered")
				}
				args = append(args, "--") // a word may begin with a hyphen
				for _, p := range places {
					switch at, known := stands[p]; {
					case strings.Contains(p, "TARGET") || p == "PID":
						args = append(args, word)
					case known:
						args = append(args, at)
					default:
						t.Fatalf("%s: what stands for %s?", c.CommandPath(), p)
					}
				}
				if slices.Contains(flags, "--diff") {
					args = append(args, "self")
				}
				return args
			}
			list = append(list, make)
		}
	}
	if len(list) < 25 {
		t.Fatalf("only %d commands take a TARGET", len(list))
	}
	return list
}

// TestNoNumberMeansAContainer: on a host whose containers are called like PIDs that have ended, and whose ids begin
// so, no word that is a number, or that names nothing, is taken for one of them, by any command. Each command is given
// every other word, the next one those between; with a soak each is given all.
func TestNoNumberMeansAContainer(t *testing.T) {
	proctest.Need(t, proctest.Cgroups)
	h := newContainerHost(t)
	// No process of this host can have these PIDs: the largest is 4194304.
	h.docker("326"+strings.Repeat("a", 61), "web", "/docker/326"+strings.Repeat("a", 61), 5000100, "var/lib/docker")
	h.docker("0"+strings.Repeat("7", 63), "327", "/docker/0"+strings.Repeat("7", 63), 5000200, "var/lib/docker")
	h.docker(strings.Repeat("9", 64), "+5", "/docker/"+strings.Repeat("9", 64), 5000300, "var/lib/docker")
	h.docker("5"+strings.Repeat("b", 63), "３２６", "/docker/5"+strings.Repeat("b", 63), 5000400, "var/lib/docker")
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	h.tree.Self(1)
	h.tree.Write("1/mountinfo", string(mounts))
	h.tree.Write("self/mountinfo", string(mounts))
	cgroups, err := os.ReadFile("/proc/cgroups")
	if err == nil {
		h.tree.Write("cgroups", string(cgroups))
	}
	dir := t.TempDir()
	words := map[string]int{
		"326": exitNoTarget, "pid:326": exitNoTarget, "327": exitNoTarget, "0": exitNoTarget, "00": exitNoTarget,
		"pid:0": exitNoTarget, "9": exitNoTarget,
		strings.Repeat("9", 20): exitNoTarget, strings.Repeat("9", 64): exitNoTarget, "name:326": exitNoTarget,
		"nosuch": exitNoTarget, "id:1": exitNoTarget,
		"+5": exitUsage, "-5": exitUsage, "0326": exitUsage, "07": exitUsage, "326 ": exitUsage, " 326": exitUsage,
		"３２６": exitUsage, "32\u200b6": exitUsage,
		"": exitUsage, " ": exitUsage, "name:": exitUsage, "id:": exitUsage, "pid:": exitUsage, "cgroup:": exitUsage,
		"/": exitUsage, "cgroup://": exitUsage,
		"pid:+5": exitUsage, "pid:x": exitUsage,
	}
	for i, c := range targetCommands(t, dir) {
		for j, word := range slices.Sorted(maps.Keys(words)) {
			if proctest.Soak(0, 1) == 0 && (i+j)%4 != 0 {
				continue // a quarter of the commands is given each word, and each command a quarter of them
			}
			want := words[word]
			enter := c.command.Name() == "enter"
			switch {
			case c.onlyPID && slices.Contains([]string{"name:326", "nosuch", "id:1"}, word):
				want = exitUsage
			case enter && word == "-5":
				continue // what begins with a hyphen is a flag before the --
			case enter:
				want = exitBones // no status that a program may have
			}
			a, out, errOut := testApp(t)
			status := a.run(context.Background(), append([]string{"--proc", filepath.Join(h.root, "proc"), "--journal",
				a.journal}, c.args(word)...))
			if status != want || out.Len() > 0 || strings.Count(errOut.String(), "\n") != 1 {
				t.Errorf("bones %q: status %d, want %d; %s%s", c.args(word), status, want, out, errOut)
			}
			if word == "0" && !strings.Contains(errOut.String(), "docker inspect") {
				t.Errorf("bones %q does not say where the 0 comes from: %s", c.args(word), errOut)
			}
			if _, err := os.Stat(a.journal); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("bones %q did something: there is a journal", c.args(word))
			}
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("there is something in the directory: %v, %v", left, err)
	}
}

// TestNoCommandTakesADeadPIDForAContainer is the same on the real kernel: a container is called like a PID that has
// ended, which is also how its id begins. It is reached by name: and by nothing less. Each command is given one of the
// three words, and all of them with a soak.
func TestNoCommandTakesADeadPIDForAContainer(t *testing.T) {
	needRoot(t)
	t.Setenv("VISUAL", "")
	t.Setenv("EDITOR", "true")
	m := builtBones(t)
	dead := deadPID(t)
	row := m.startDemo(t, dead, "")
	pid := *row.PID
	root := fmt.Sprintf("/proc/%d/root", pid)
	before := containerState(t, root, pid)
	const dir = "/tmp" // inside
	for i, word := range []string{dead, "pid:" + dead, dead[:len(dead)-1]} {
		for j, c := range targetCommands(t, dir) {
			if proctest.Soak(0, 1) == 0 && (i+j)%3 != 0 {
				continue
			}
			want := exitNoTarget
			if c.command.Name() == "enter" {
				want = exitBones
			}
			out, status := m.carriesOut(t, c.args(word)...)
			if status != want || !strings.Contains(out, "no such process") && want != exitBones {
				t.Errorf("bones %q: status %d, want %d: %s", c.args(word), status, want, out)
			}
			if now := containerState(t, root, pid); now != before {
				t.Fatalf("bones %q did something in the container:\n%s\nbefore:\n%s", c.args(word), now, before)
			}
		}
	}
	if _, err := os.Stat(filepath.Join(m.dir, "journal")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was done: %s", readFile(t, filepath.Join(m.dir, "journal")))
	}
	all := targetCommands(t, dir)
	last := slices.IndexFunc(all, func(c targetCommand) bool { return c.name == "kill --all" })
	all = append(slices.Delete(slices.Clone(all), last, last+1), all[last])
	for _, c := range all {
		want := func(status int) bool { return status != exitUsage && status != exitNoTarget }
		if c.onlyPID {
			want = func(status int) bool { return status == exitUsage }
		}
		if out, status := m.carriesOut(t, c.args("name:"+dead)...); !want(status) {
			t.Errorf("bones %q: status %d: %s", c.args("name:"+dead), status, out)
		}
	}
	if containerState(t, root, pid) == before {
		t.Error("nothing reached the container by its name")
	}
}

// carriesOut has this process carry out a command line where bones itself would do no other thing, and returns what
// status returns: what bones takes to start is most of what one command line takes. What enter starts has the
// descriptors of bones itself, and kill of a whole container looks who it is that kills.
func (m made) carriesOut(t *testing.T, args ...string) (string, int) {
	t.Helper()
	if args[0] == "enter" || args[0] == "kill" {
		return m.status(t, args...)
	}
	a, out, errOut := testApp(t)
	a.journal = filepath.Join(m.dir, "journal")
	status := a.run(t.Context(), append([]string{"--journal", a.journal}, args...))
	return out.String() + errOut.String(), status
}

// status runs bones and returns all that it said, and its exit status.
func (m made) status(t *testing.T, args ...string) (string, int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), proctest.Patience)
	defer cancel()
	out, err := exec.CommandContext(ctx, m.bones, append([]string{"--journal", filepath.Join(m.dir, "journal")},
		args...)...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if exit != nil {
		return string(out), exit.ExitCode()
	}
	return string(out), 0
}

// deadPID returns digits that are no process's PID, and neither are they without the last.
func deadPID(t *testing.T) string {
	t.Helper()
	for n := 4100000; n > 4000000; n -= 11 {
		if !alive(n) && !alive(n/10) {
			return strconv.Itoa(n)
		}
	}
	t.Fatal("every PID is taken")
	return ""
}

// containerState is what the commands could change of a container: whether it runs, what is in its /tmp, and its
// limit.
func containerState(t *testing.T, root string, pid int) string {
	t.Helper()
	var s strings.Builder
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	fmt.Fprintf(&s, "alive %v, stopped %v\n", alive(pid), state(pid) == 'T')
	for _, name := range []string{"path", "from", "to", "entered"} {
		if _, err := os.Lstat(root + "/tmp/target-" + name); err == nil {
			fmt.Fprintln(&s, name)
		}
	}
	for line := range strings.Lines(string(b)) {
		f := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(f) != 3 {
			continue
		}
		for _, name := range []string{"pids.max", "freezer.state", "cgroup.freeze"} {
			for _, hierarchy := range append(strings.Split(f[1], ","), "unified", "") {
				if v, err := os.ReadFile(filepath.Join("/sys/fs/cgroup", hierarchy, f[2], name)); err == nil {
					fmt.Fprintf(&s, "%s %s\n", name, strings.TrimSpace(string(v)))
				}
			}
		}
	}
	return s.String()
}

// TestCompletionOffersNoNumberForAContainer: for every command, what is offered for a container is not digits alone.
// Each is asked for two of the five words, the next one for others; with a soak each for all.
func TestCompletionOffersNoNumberForAContainer(t *testing.T) {
	h := newContainerHost(t)
	digits, late := strings.Repeat("326", 21)+"3", "326326326326"+strings.Repeat("a", 52)
	h.docker(digits, "digits", "/docker/"+digits, 5000100, "var/lib/docker")
	h.docker(late, "late", "/docker/"+late, 5000200, "var/lib/docker")
	for i, name := range []string{"327", "0", "self", "+5", "07"} {
		id := strings.Repeat(strconv.Itoa(i+1)+"c", 32)
		h.docker(id, name, "/docker/"+id, 5000300+100*i, "var/lib/docker")
	}
	words := map[string][]string{
		"32":     {late},
		"326326": {late},
		"id:326": {"id:326326326326", "id:326326326326"},
		"name:":  {"name:327", "name:0", "name:self", "name:+5", "name:07"},
		"di":     {"digits"},
	}
	for i, c := range targetCommands(t, "/tmp") {
		if c.onlyPID {
			continue
		}
		path := append([]string{"--proc", filepath.Join(h.root, "proc")}, strings.Fields(c.command.CommandPath())[1:]...)
		for j, word := range slices.Sorted(maps.Keys(words)) {
			if (i+j)%5 > 1 && proctest.Soak(0, 1) == 0 {
				continue
			}
			got := completed(t, append(slices.Clone(path), word)...)
			for _, w := range words[word] {
				if !slices.Contains(got, w) {
					t.Errorf("%s %s: offered %q, without %s", c.name, word, got, w)
				}
			}
			for _, w := range got {
				if strings.Trim(w, "0123456789") == "" && !strings.HasPrefix(w, "5000") && w != "1" || w == "+5" {
					t.Errorf("%s %s: %s is offered, and is no process", c.name, word, w)
				}
			}
		}
	}
}
