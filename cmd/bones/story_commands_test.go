package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// agrees compares what bones says with what another says, until both are of the same moment.
func agrees(t *testing.T, what string, ours, theirs func() string) {
	t.Helper()
	var a, b string
	defer func() {
		if a != b {
			t.Errorf("%s: bones says\n%s\nand the other\n%s", what, a, b)
		}
	}()
	until(t, what, func() bool {
		a, b = ours(), theirs()
		return a == b && a != ""
	})
}

// rowsOf are the lines of a table whose column col is one of these PIDs.
func rowsOf(table string, col int, pids []int) string {
	var b strings.Builder
	for line := range strings.Lines(table) {
		if f := strings.Fields(line); len(f) > col {
			if pid, err := strconv.Atoi(f[col]); err == nil && slices.Contains(pids, pid) {
				b.WriteString(line)
			}
		}
	}
	return b.String()
}

// family are the processes of the container and, with an engine, what started them.
func (s *story) family(t *testing.T) []int {
	t.Helper()
	pids := s.processes(t)
	if !slices.Contains(pids, s.root) {
		pids = append(pids, s.root)
	}
	return pids
}

// piped runs a program of others and returns its whole output.
func piped(t *testing.T, name string, args ...string) string {
	t.Helper()
	for patient := proctest.Deadline(); ; {
		out, err := exec.Command(name, args...).Output()
		if err == nil {
			return string(out)
		}
		// It gives up where a process of anybody's ends while lsns reads it.
		if name != "lsns" || time.Now().After(patient) {
			t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
		}
	}
}

func treeByCommand(t *testing.T, s *story) {
	pids := s.family(t)
	agrees(t, "the tree", func() string { return rowsOf(s.ask(t, "ps"), 1, pids) },
		func() string { return rowsOf(piped(t, "ps", "axjf"), 1, pids) })
	agrees(t, "the list", func() string { return rowsOf(s.ask(t, "ps", "--aux"), 1, pids) },
		func() string { return rowsOf(piped(t, "ps", "aux"), 1, pids) })
	if got := rowsOf(s.ask(t, "ps", s.name), 1, pids); strings.Count(got, "\n") < len(s.processes(t)) {
		t.Errorf("bones ps %s has not all of %v:\n%s", s.name, pids, got)
	}
}

func folderByCommand(t *testing.T, s *story) {
	pid := strconv.Itoa(s.pid)
	names := func(list string) string { // the last field but of links
		var all []string
		for line := range strings.Lines(list) {
			line, _, _ = strings.Cut(line, " -> ")
			f := strings.Fields(line)
			all = append(all, f[len(f)-1])
		}
		slices.Sort(all)
		return strings.Join(all, "\n")
	}
	agrees(t, "the folder", func() string { return names(s.ask(t, "files", "ls", "--proc-dir", pid, "/")) },
		func() string { return names(piped(t, "ls", "-A1", "/proc/"+pid)) })
	agrees(t, "its root", func() string { return names(s.ask(t, "files", "ls", s.name, "/")) },
		func() string { return names(s.inside(t, "ls", "-A1", "/")) })
	for _, file := range []string{"limits", "mountinfo", "uid_map", "oom_score_adj", "cgroup"} {
		agrees(t, file, func() string { return s.ask(t, "files", "cat", "--proc-dir", pid, "/"+file) },
			func() string { return readFile(t, "/proc/"+pid+"/"+file) })
	}
	security := func(status string) string {
		return strings.Join(regexp.MustCompile(`(?m)^(Uid|Gid|Cap\w+|NoNewPrivs|Seccomp):.*$`).FindAllString(status, -1),
			"\n")
	}
	agrees(t, "its security settings",
		func() string { return security(s.ask(t, "files", "cat", "--proc-dir", s.name, "/status")) },
		func() string { return security(s.inside(t, "cat", "/proc/1/status")) })
}

// insidePIDs are the PIDs that the container's processes see themselves, by their PIDs here.
func insidePIDs(t *testing.T, pids []int) map[int]int {
	t.Helper()
	inside := map[int]int{}
	for _, pid := range pids {
		line := regexp.MustCompile(`(?m)^NSpid:.*\t(\d+)$`).FindStringSubmatch(readFile(t, fmt.Sprintf("/proc/%d/status",
			pid)))
		if line == nil {
			t.Fatalf("/proc/%d/status has no PID inside", pid)
		}
		inside[pid] = number(t, line[1])
	}
	return inside
}

func processesByCommand(t *testing.T, s *story) {
	pids := s.processes(t)
	want := insidePIDs(t, pids)
	got := map[int]int{}
	for line := range strings.Lines(s.ask(t, "top", s.name)) {
		if f := strings.Fields(line); f[0] != "PID" {
			got[number(t, f[0])] = number(t, f[1])
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(got) < 2 {
		t.Errorf("bones top: %v, the engine and the kernel: %v", got, want)
	}
	// They are ordinary processes of this host, and each sees itself under another number.
	seen := s.inside(t, "ps", "-o", "pid")
	host := piped(t, "ps", "-e", "-o", "pid")
	for here, there := range want {
		if !slices.Contains(strings.Fields(host), strconv.Itoa(here)) || !slices.Contains(strings.Fields(seen),
			strconv.Itoa(there)) {
			t.Errorf("%d is %d inside; ps here:\n%s\nps there:\n%s", here, there, host, seen)
		}
		out := s.ask(t, "which", strconv.Itoa(here))
		if !strings.Contains(out, fmt.Sprintf("sees itself as PID %d\n", there)) || !strings.Contains(out, s.name) {
			t.Errorf("bones which %d:\n%s", here, out)
		}
	}
}

func pidByCommand(t *testing.T, s *story) {
	if got := number(t, s.ask(t, "pid", s.name)); got != s.pid {
		t.Errorf("bones pid says %d, the engine %d", got, s.pid)
	}
	if got := strings.Fields(piped(t, "pgrep", "-x", comm(s.pid))); !slices.Contains(got, strconv.Itoa(s.pid)) {
		t.Errorf("pgrep %s: %v without %d", comm(s.pid), got, s.pid)
	}
	if c := s.listed(t, s.name); c.PID != s.pid || !slices.Equal(slices.Sorted(slices.Values(c.PIDs)), s.processes(t)) {
		t.Errorf("bones containers: %+v, the engine: %d of %v", c, s.pid, s.processes(t))
	}
}

func filesByCommand(t *testing.T, s *story) {
	root := fmt.Sprintf("/proc/%d/root", s.pid)
	s.ask(t, "files", "touch", s.name, "/tmp/from-outside")
	if got := s.inside(t, "ls", "/tmp"); !slices.Contains(strings.Fields(got), "from-outside") {
		t.Errorf("inside ls says:\n%s", got)
	}
	s.inside(t, "touch", "/tmp/from-inside")
	if got := s.ask(t, "files", "ls", s.name, "/tmp"); !strings.Contains(got, " from-inside\n") {
		t.Errorf("bones files ls:\n%s", got)
	}
	if _, err := os.Stat(root + "/tmp/from-inside"); err != nil {
		t.Error(err)
	}
	s.ask(t, "undo")
	if got := s.inside(t, "ls", "/tmp"); slices.Contains(strings.Fields(got), "from-outside") {
		t.Errorf("undone, and inside ls says:\n%s", got)
	}
}

// shared reports for each type whether the container has the host's namespace, as readlink says.
func (s *story) shared(t *testing.T) map[string]bool {
	t.Helper()
	is := map[string]bool{}
	for ns := range procwalk.NSTypes {
		is[ns.String()] = nsLink(t, s.pid, ns.String()) == nsLink(t, os.Getpid(), ns.String()) // PID 1 may be closed to us
	}
	return is
}

// nsLink is the number of a namespace, as readlink(2) says.
func nsLink(t *testing.T, pid int, ns string) string {
	t.Helper()
	link, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/%s", pid, ns))
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(strings.TrimPrefix(link, ns+":["), "]")
}

func namespacesByCommand(t *testing.T, s *story) {
	out := s.ask(t, "ns", strconv.Itoa(s.pid))
	all := s.shared(t)
	for ns, shared := range all {
		whose := "own"
		if shared {
			whose = "host"
		}
		if want := regexp.MustCompile(fmt.Sprintf(`(?m)^%s +%s %s +`, ns, nsLink(t, s.pid, ns),
			whose)); !want.MatchString(out) {
			t.Errorf("bones ns does not say %s:\n%s", want, out)
		}
	}
	// With which others it shares them: lsns counts the processes.
	for line := range strings.Lines(piped(t, "lsns", "-n", "-p", strconv.Itoa(s.pid), "-o", "NS,TYPE,NPROCS")) {
		f := strings.Fields(line)
		if all[f[1]] {
			continue // others come and go
		}
		var one []struct {
			NS     uint64
			NProcs int `json:"nprocs"`
			Type   string
		}
		if err := json.Unmarshal([]byte(s.ask(t, "--json", "ns", f[0])), &one); err != nil || len(one) == 0 {
			t.Fatalf("bones ns %s: %v", f[0], err)
		}
		if one[0].Type != f[1] || one[0].NProcs != number(t, f[2]) || one[0].NProcs != len(s.processes(t)) {
			t.Errorf("bones ns: %+v, lsns: %s", one[0], line)
		}
	}
}

func unshareByCommand(t *testing.T, s *story) {
	// A shell that reads what it is to do, as from a keyboard, and is left again.
	typed := `printf 'echo $$; ps -e -o pid=,comm= | grep -c -v ps; hostname; exit 3\n' | `
	flags := "unshare --fork --pid --mount-proc bash"
	ours := shell(t, typed+s.bones+" --journal "+s.dir+"/journal "+strings.Replace(flags, "proc bash", "proc -- bash", 1))
	if theirs := shell(t, typed+flags); ours != theirs || !strings.HasPrefix(ours, "1\n") ||
		!strings.HasSuffix(ours, "status 3\n") {
		t.Errorf("bones unshare:\n%s\nunshare:\n%s", ours, theirs)
	}
	readlink := `printf 'readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/net\n' | `
	in := strings.Fields(shell(t, readlink+s.bones+" --journal "+s.dir+"/journal "+strings.Replace(flags, "proc bash",
		"proc -- bash", 1)))
	out := strings.Fields(shell(t, "readlink /proc/self/ns/pid /proc/self/ns/mnt /proc/self/ns/net"))
	if len(in) != len(out) || in[0] == out[0] || in[1] == out[1] || in[2] != out[2] {
		t.Errorf("its namespaces are %v, ours %v", in, out)
	}
}

// groupJSON is what these tests read of `bones cgroup --json`.
type groupJSON struct {
	Version     int
	Controllers []string
	Path, Dir   string
	Files       []struct {
		Name  string
		Value *string
	}
}

func groupsByCommand(t *testing.T, s *story) {
	var groups []groupJSON
	if err := json.Unmarshal([]byte(s.ask(t, "--json", "cgroup", s.name)), &groups); err != nil {
		t.Fatal(err)
	}
	if got, want := s.ask(t, "files", "cat", "--proc-dir", s.name, "/cgroup"), piped(t, "cat",
		fmt.Sprintf("/proc/%d/cgroup", s.pid)); got != want {
		t.Errorf("/proc/PID/cgroup: bones\n%s\ncat\n%s", got, want)
	}
	for line := range strings.Lines(readFile(t, fmt.Sprintf("/proc/%d/cgroup", s.pid))) {
		f := strings.SplitN(strings.TrimSuffix(line, "\n"), ":", 3)
		dir := groupDir(t, f[1], f[2])
		i := slices.IndexFunc(groups, func(g groupJSON) bool { return g.Dir == dir })
		if i < 0 {
			t.Errorf("the directory %s of the line %q is missing", dir, line)
			continue
		}
		var names []string
		for _, file := range groups[i].Files {
			names = append(names, file.Name)
		}
		slices.Sort(names)
		entries, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, e := range entries {
			if !e.IsDir() {
				want = append(want, e.Name())
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s: bones has\n%v\nand ls\n%v", dir, names, want)
		}
		if !slices.Contains(strings.Fields(readFile(t, dir+"/cgroup.procs")), strconv.Itoa(s.pid)) {
			t.Errorf("%s does not hold PID %d", dir, s.pid)
		}
	}
	group := groupOf(t, s.pid, "memory")
	for _, file := range []string{memoryFile(group), "cgroup.procs"} {
		if got, want := s.ask(t, "cgroup", s.name, file), piped(t, "cat", filepath.Join(group, file)); got != want {
			t.Errorf("%s: bones %q, cat %q", file, got, want)
		}
	}
}

func limitByCommand(t *testing.T, s *story) {
	before, file := s.limit(t), memoryFile(groupOf(t, s.pid, "memory"))
	if before == s.gibibyte {
		t.Fatalf("the limit is %s already", before)
	}
	s.ask(t, "set", "--yes", s.name, file+"=1G")
	if got := s.limit(t); got != s.gibibyte {
		t.Errorf("the engine says %s", got)
	}
	if got := s.ask(t, "cgroup", s.name, file); got != "1073741824\n" {
		t.Errorf("bones cgroup says %s", got)
	}
	if out := s.ask(t, "stats", "--once", "--interval", "0.1", s.name); !strings.Contains(out, "/1.0G") {
		t.Errorf("bones stats:\n%s", out)
	}
	s.before = before
}

func backByCommand(t *testing.T, s *story) {
	s.ask(t, "undo")
	if got := s.limit(t); got != s.before {
		t.Errorf("the engine says %s, and before it all %s", got, s.before)
	}
}
