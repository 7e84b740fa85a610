package main

import (
	"bytes"
	"fmt"
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestFewDescriptorsLoseNoRow: with almost no descriptors, ps shows each process, or does not end with 0.
func TestFewDescriptorsLoseNoRow(t *testing.T) {
	const processes = 500
	tree := proctest.New(t)
	tree.Fill(processes, func(i int) proctest.Proc {
		return proctest.Proc{PID: i + 1, PPID: i, Comm: "sleep", Args: []string{"sleep", "1000"}}
	})
	m := builtBones(t)
	for limit := 8; limit <= 14; limit++ {
		c := exec.Command("/bin/sh", "../../testdata/attacks/descriptors.sh", fmt.Sprint(limit), m.bones, "ps", "--proc",
			tree.Path())
		var errs bytes.Buffer
		c.Stderr = &errs
		out, err := c.Output()
		if rows := strings.Count(string(out), "sleep 1000"); rows != processes && (err == nil || errs.Len() == 0) {
			t.Errorf("%d descriptors: %d of %d rows, %v, %s", limit, rows, processes, err, &errs)
		} else if limit >= 9 && rows != processes {
			t.Errorf("%d descriptors: %d of %d rows although one is enough: %s", limit, rows, processes, &errs)
		}
	}
}

// TestFewDescriptorsAreSaid: with almost no descriptors, a command shows what it shows with many, or ends with another
// status and says why; nothing is ever a trace of the runtime. Each command is tried with every third number, from
// another one on; with a soak it is tried with each.
func TestFewDescriptorsAreSaid(t *testing.T) {
	proctest.Need(t, proctest.Cgroups)
	m := builtBones(t)
	m.startDemo(t, demoName("few"), "") // somebody in namespaces and groups of their own, to be missed
	for i, line := range []string{"containers", "stats --once", "health", "events", "cgroup self", "version",
		"cgroup self --json", "export --textfile -", "explain self", "net", "ports", "reach self self",
		"host --json", "storage self", "snapshot -"} {
		complete := false
		// What is enough depends on how many groups neighbours have made: as many as that takes are tried in the end.
		step := proctest.Soak(3, 1)
		for limit := 4 + i%step; limit <= 12 || !complete && limit <= 1024; limit += max(step, limit/5) {
			c := exec.Command("/bin/sh", append([]string{"../../testdata/attacks/descriptors.sh", fmt.Sprint(limit), m.bones},
				strings.Fields(line)...)...)
			var errs bytes.Buffer
			c.Stderr = &errs
			out, err := c.Output()
			said := errs.String()
			complete = complete || err == nil
			starved := strings.Contains(said, "ulimit -n") || strings.Contains(said, "EMFILE") ||
				strings.Contains(said, unix.EMFILE.Error())
			if err == nil && (line == "containers" || line == "stats --once") && !strings.Contains(string(out), "M/128M") {
				t.Errorf("%s with %d descriptors ends well, and lacks what the demo uses: %s", line, limit, out)
			}
			// What is said to help does help: no other place, and nothing that is there already.
			if strings.Contains(said, "EMFILE") && !strings.Contains(said, "ulimit -n") ||
				strings.Contains(said, "mounted there") || strings.Contains(said, "another directory") {
				t.Errorf("%s with %d descriptors: what helps is not said: %s", line, limit, said)
			}
			if strings.Contains(said, "goroutine") {
				t.Errorf("%s with %d descriptors: %s", line, limit, said)
			}
			if starved != (err != nil) || strings.Contains(string(out), unix.EMFILE.Error()) && err == nil {
				t.Errorf("%s with %d descriptors: %v, %d bytes, %s", line, limit, err, len(out), said)
			}
		}
		if !complete {
			t.Errorf("%s never works with up to 1024 descriptors", line)
		}
	}
}

// TestWhatIsMissingIsSaid: a command whose table lacks something says so, and does not end with 0.
func TestWhatIsMissingIsSaid(t *testing.T) {
	var out, errs bytes.Buffer
	lacking := &procwalk.Snapshot{Short: 3, ShortErr: unix.EMFILE, Processes: make([]procwalk.Process, 10)}
	a := &app{in: strings.NewReader(""), out: &out, err: &errs, incomplete: lacking.Incomplete()}
	if status := a.run(t.Context(), []string{"version"}); status != exitFailed {
		t.Errorf("status %d", status)
	}
	if got := errs.String(); !strings.Contains(got, "3 of 10 processes") || !strings.Contains(got, "EMFILE") ||
		!strings.Contains(got, "ulimit -n") {
		t.Errorf("it says %q", got)
	}
}
