package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"bones/cmd/bones/internal/object"
)

// pastCase is one command line about a container, with NAME and PID to be put in.
type pastCase struct {
	line  string
	moves bool // numbers of what it prints are others from one second to the next
}

// pastCases has a line for each command that takes --from, in each of its forms.
var pastCases = []pastCase{
	{"ps NAME -o pid,ppid,user,args,container,cpid", false}, {"ps NAME --json", true}, {"top NAME", true},
	{"top NAME --json", true},
	{"which PID", false}, {"which PID --json", false}, {"pid NAME", false}, {"pid NAME --json", false},
	{"ns PID", true}, {"ns PID --json", true}, {"ns --diff 1 PID", false},
	{"explain NAME", false}, {"explain NAME --json", false}, {"explain PID", false},
	{"cgroup NAME", true}, {"cgroup NAME --json", true}, {"cgroup NAME pids.max", false},
	{"cgroup NAME LIMIT", false},
	{"stats NAME --once --json", true}, {"containers", true},
}

func threadsOf(t *testing.T, pid int) []os.DirEntry {
	t.Helper()
	list, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

var numbers = regexp.MustCompile(`\d+(\.\d+)?([KMGT]i?)?`)

// TestPastOfAContainerIsAsLive: whatever takes --from prints over a snapshot of now what it prints now, of a container
// with limits. What moves between two looks is compared without its numbers, but for the number of lines.
func TestPastOfAContainerIsAsLive(t *testing.T) {
	needRoot(t)
	m := builtBones(t)
	name := demoName("past")
	row := m.startDemo(t, name, "--memory 96M")
	pid := fmt.Sprint(*row.PID)
	begun := func(worker int) bool { // each looks whether there is room for threads, in children, and names itself then
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", worker))
		return len(childrenOf(worker)) == 0 && len(threadsOf(t, worker)) > 3 && string(comm) == "demo-worker\n"
	}
	until(t, "two workers that have begun", func() bool {
		workers := childrenOf(*row.PID)
		return len(workers) == 2 && begun(workers[0]) && begun(workers[1])
	})
	limit := "memory.max"
	for _, g := range row.Cgroups {
		if _, err := os.Stat(filepath.Join(g.Dir, "memory.limit_in_bytes")); err == nil {
			limit = "memory.limit_in_bytes"
		}
	}
	path := filepath.Join(t.TempDir(), "now")
	m.demoRun(t, "snapshot "+path)
	run := func(line string) string {
		line = strings.NewReplacer("NAME", name, "PID", pid, "LIMIT", limit).Replace(line)
		a, out, errOut := testApp(t)
		if got := a.run(t.Context(), strings.Fields(line)); got != 0 {
			t.Errorf("%s: status %d, %s", line, got, errOut)
		}
		return out.String()
	}
	for _, c := range pastCases {
		if c.line == "containers" { // others may come and go on this host
			if past := run("containers --from " + path); !strings.Contains(past, name) {
				t.Errorf("containers: no %s in\n%s", name, past)
			}
			continue
		}
		past := run(c.line + " --from " + path)
		if strings.HasPrefix(c.line, "stats ") { // rates take two moments
			type used struct {
				PID    int
				CPU    *float64 `json:"cpu_percent"`
				Memory struct {
					Limit *int64  `json:"limit_bytes"`
					From  *string `json:"limit_from"`
				}
			}
			var then, now []used
			if err := errors.Join(json.Unmarshal([]byte(past), &then), json.Unmarshal([]byte(run(c.line)), &now)); err != nil {
				t.Fatal(err, past)
			}
			if len(then) != 1 || len(now) != 1 || then[0].CPU != nil || now[0].CPU == nil {
				t.Fatalf("%s: %s\nthe CPU of one moment must be unknown", c.line, past)
			}
			if now[0].CPU = nil; !reflect.DeepEqual(then, now) {
				t.Errorf("%s: %s", c.line, past)
			}
			continue
		}
		same := func() bool {
			live := run(c.line)
			if !c.moves {
				return live == past
			}
			return still(live) == still(past)
		}
		agree := same()
		if !agree { // it may have been caught between two steps of the demo
			agree = same()
		}
		if !agree {
			t.Errorf("%s: live\n%s\nof a snapshot\n%s", c.line, run(c.line), past)
		}
	}
	if got := strings.TrimSpace(run("cgroup NAME LIMIT --from " + path)); got != "100663296" {
		t.Errorf("the limit of 96M is %q in the snapshot", got)
	}
	for _, command := range showsPast {
		if command == "health" || command == "events" { // now is another span of time: their own tests compare them
			continue
		}
		if command == "diff" {
			samePastDiff(t, pid, path)
			continue
		}
		if !slices.ContainsFunc(pastCases, func(c pastCase) bool { return strings.HasPrefix(c.line+" ", command+" ") }) {
			t.Errorf("%s takes --from, and nobody compares what it prints", command)
		}
	}
}

// still is what does not move: without numbers, and lists of PIDs count as one. Which other containers share a
// namespace of the host's is their own affair, and they come and go.
func still(s string) string {
	s = neighbours.ReplaceAllString(s, "#")
	return lists.ReplaceAllString(numbers.ReplaceAllString(blanks(s), "#"), "#")
}

var neighbours = regexp.MustCompile(`"containers": \[[^\]]*\]|\S*sandbox:\S*`)

var lists = regexp.MustCompile(`#((\s|\\n)+#)+`)

// blanks makes columns alike whose widths depend on numbers.
func blanks(s string) string { return regexp.MustCompile(`[ -]+`).ReplaceAllString(s, " ") }

// samePastDiff compares what differs between PID 1 and a process now and in a recording, where mounts and environments
// are not known.
func samePastDiff(t *testing.T, pid, recording string) {
	t.Helper()
	differing := func(more ...string) (list []object.DifferenceFact) {
		a, out, errOut := testApp(t)
		if status := a.run(t.Context(), append([]string{"diff", "1", pid, "--json"}, more...)); status != 1 {
			t.Errorf("diff: status %d, %s", status, errOut)
		}
		var d object.Difference
		if err := json.Unmarshal(out.Bytes(), &d); err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(d.Differences, func(f object.DifferenceFact) bool {
			return f.Section == "mounts" || f.Section == "environment"
		})
	}
	if now, then := differing(), differing("--from", recording); !reflect.DeepEqual(now, then) || len(now) == 0 {
		t.Errorf("diff: live %v, of a snapshot %v", now, then)
	}
}
