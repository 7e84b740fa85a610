package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"bones/procwalk/proctest"
)

// compareLogs: what bones reads of the engine's files is what the engine says itself, through rotations, with the last
// lines alone, of both streams, and of a container that has ended.
func compareLogs(t *testing.T, e *engine, m made) {
	name := fmt.Sprintf("printer-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "--log-driver", "json-file", "--log-opt", "max-size=8k",
		"--log-opt", "max-file=9", "memcached:test", "sh", "-c",
		"echo wrong >&2; until [ -e /go ]; do sleep 0.1; done; "+
			"i=0; while [ $i -lt 150 ]; do echo line $i; i=$((i+1)); done; "+
			"head -c 40000 /dev/zero | tr '\\0' x; echo; sleep 1000")
	defer e.run("rm", "-f", name)
	// The engine reads the two streams at once: it has the one line of the other before there is more.
	proctest.Until(t, "the line of the other stream", func() bool {
		return strings.Contains(readFile(t, strings.TrimSpace(e.must("inspect", "-f", "{{.LogPath}}", name))), "wrong")
	})
	e.must("exec", name, "touch", "/go")
	long := strings.Repeat("x", 40000)
	proctest.Until(t, "it has printed all", func() bool { return strings.Contains(e.must("logs", name), long) })
	// Where docker logs shows the one line of the other stream is its own affair.
	plain := func(s string) string {
		return strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "wrong\n", ""))
	}
	all, want := m.ask(t, "logs", name), e.must("logs", name)
	if plain(all) != plain(want) || strings.Count(all, "wrong\n") != 1 {
		t.Errorf("bones logs has %d bytes, docker logs %d:\n%.200s\n...\n%.200s", len(all), len(want), all, want)
	}
	if _, err := os.Stat(strings.TrimSpace(e.must("inspect", "-f", "{{.LogPath}}", name)) + ".1"); err != nil {
		t.Errorf("the log was not rotated: %v", err)
	}
	stamped := strings.TrimSuffix(m.ask(t, "logs", name, "--timestamps", "--tail", "3", "--since", "1h"), "\n")
	if at, line, _ := strings.Cut(stamped, " "); line != long || !strings.HasSuffix(at, "Z") {
		t.Errorf("the last three lines of the file are one line in three parts: %.200s", stamped)
	}
	if got := m.ask(t, "logs", name, "--since", "2100-01-01 00:00"); got != "" {
		t.Errorf("of a time to come: %.200s", got)
	}
	if by := m.ask(t, "logs", name, "--by-hand", "--tail", "5"); !strings.HasPrefix(by, "tail -n 5 -- /") {
		t.Errorf("by hand: %s", by)
	}
	streams := map[string]int{}
	for line := range strings.Lines(m.ask(t, "--json", "logs", name)) {
		var v struct{ Time, Stream, Text string }
		if err := json.Unmarshal([]byte(line), &v); err != nil || v.Time == "" {
			t.Fatalf("%.200s: %v", line, err)
		}
		streams[v.Stream]++
	}
	if streams["stderr"] != 1 || streams["stdout"] < 2 {
		t.Errorf("lines by stream: %v", streams)
	}
	followed(t, e, m, name)
	e.must("kill", name)
	notRunning(t, e, m, name)
}

// followed: following begins with the last line, goes on, and ends with the container.
func followed(t *testing.T, e *engine, m made, name string) {
	t.Helper()
	c := exec.Command(m.bones, "logs", name, "--follow", "--tail", "0")
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan string, 1)
	go func() {
		var got strings.Builder
		for s := bufio.NewScanner(out); s.Scan(); {
			got.WriteString(s.Text() + "\n")
			if strings.HasPrefix(s.Text(), "later 3") {
				break
			}
		}
		done <- got.String()
	}()
	for i := range 4 {
		// Whatever writes to the standard output of PID 1 prints for the container.
		e.must("exec", name, "sh", "-c", fmt.Sprintf("echo later %d >/proc/1/fd/1", i))
	}
	got := <-done
	c.Process.Kill()
	c.Wait()
	if !strings.HasSuffix(got, "later 3\n") || strings.Contains(got, "line 1") {
		t.Errorf("followed: %s", got)
	}
}

// notRunning: a container that has ended is in the list of all, its log is still read, and commands say what became of
// it.
func notRunning(t *testing.T, e *engine, m made, name string) {
	t.Helper()
	id := e.must("inspect", "-f", "{{.Id}}", name)
	proctest.Until(t, "it has ended", func() bool {
		return e.must("inspect", "-f", "{{.State.Status}}", name) == "exited"
	})
	line := ""
	for l := range strings.Lines(m.ask(t, "containers", "--all")) {
		if strings.HasPrefix(l, name+" ") {
			line = l
		}
	}
	if !strings.Contains(line, "Exited (137) ") || !strings.Contains(line, " ago") || !strings.Contains(line, id[:12]) {
		t.Errorf("bones containers --all: %q", line)
	}
	if all := m.ask(t, "containers", "-a", "-q"); !strings.Contains(all, id) {
		t.Error("its id is not among those of all")
	}
	var list []struct {
		ID       string
		State    string
		PID      *int
		ExitCode *int `json:"exit_code"`
	}
	if err := json.Unmarshal([]byte(m.ask(t, "--json", "containers", "-a")), &list); err != nil {
		t.Fatal(err)
	}
	found := false
	for _, c := range list {
		found = found ||
			c.ID == id && c.State == "exited" && c.PID == nil && c.ExitCode != nil && *c.ExitCode == 137
	}
	if !found {
		t.Error("it is not in the JSON of all")
	}
	if got := m.ask(t, "logs", name, "--tail", "1"); !strings.Contains(got, "later 3") {
		t.Errorf("the log of one that has ended: %.200s", got)
	}
	for _, args := range [][]string{{"explain", name}, {"which", name}, {"pid", "id:" + id[:12]}} {
		out, err := exec.Command(m.bones, args...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "does not run: Exited (137)") {
			t.Errorf("bones %s: %v, %s", strings.Join(args, " "), err, out)
		}
	}
}
