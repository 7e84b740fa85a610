package main

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// oldBones is a bones of long ago: it has fewer commands, flags and fields.
const oldBones = `#!/bin/sh
case "$*" in
  version) echo "bones v0.1.0 go1.20 linux/amd64" ;;
  *--group*) echo "bones: containers has no flag --group" >&2; exit 2 ;;
  *--check*) echo "bones: health has no flag --check" >&2; exit 2 ;;
  *containers*) echo '[{"id":"x","name":"old-web"}]' ;;
  *stats*) echo 'NAME CPU' ;;
  *) echo "bones: there is no such command" >&2; exit 2 ;;
esac
`

// TestRemoteMerged: every form in which the answers of several hosts become one, and the status that they lead to.
func TestRemoteMerged(t *testing.T) {
	h := newRemoteHosts(t)
	pid := strconv.Itoa(sleeper(t).Process.Pid)
	name := demoName("merged")
	h.startDemo(t, name, "")
	both := func(args ...string) (out, errs string, status int) {
		t.Helper()
		return h.run(append([]string{"--host", "with,second"}, args...)...)
	}
	for _, c := range []struct {
		args   []string
		status int
		head   string // of the one heading; empty: there is none
		rows   string // of the other lines, one must fit for each host
	}{
		{[]string{"ps", pid}, 0, `^HOST +PPID +PID +PGID`, `^HOST +\d+ +` + pid + ` .*sleep 1000$`},
		{[]string{"ps", "--aux", pid}, 0, `^HOST +USER +PID`, `^HOST +\w+ +` + pid + ` .*sleep 1000$`},
		{[]string{"ps", "-o", "pid=,args=", pid}, 0, "", `^HOST +` + pid + ` sleep 1000$`},
		{[]string{"which", pid}, 0, `^HOST +PID +INSIDE +KIND +RUNTIME +CONTAINER +COMMAND$`, `^HOST +` + pid + ` .* sleep$`},
		{[]string{"which", "--all"}, 0, `^HOST +PID +INSIDE`, `^HOST .* ` + name + ` `},
		{[]string{"pid", name}, 0, `^HOST +PID +INSIDE$`, `^HOST +\d+ +\d+$`},
		{[]string{"containers", "-q"}, 0, "", `^HOST +` + name + `$`},
		{[]string{"containers", "-q", "--json"}, 0, "", `^HOST +` + name + `$`},
		{[]string{"containers", "-a"}, 0, `^HOST +NAME +RUNTIME +ID +PID +STATUS`, `^HOST +` + name + ` .* Up `},
		{[]string{"containers", "--services"}, 0, `^HOST +NAME +KIND`, ""},
		{[]string{"containers", "--group", "runtime"}, 0, `^HOST +RUNTIME +CONTAINERS +PROCS +CPU%`, `^HOST +bones +\d+`},
		{[]string{"stats", "--group", "runtime", "-d", "0.1"}, 0, `^HOST +RUNTIME +CONTAINERS`, `^HOST +bones +\d+`},
		{[]string{"which", pid, "4194303"}, exitNoTarget, `^HOST +PID`, `^HOST +` + pid + ` .* sleep$`},
	} {
		out, errs, status := both(c.args...)
		lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
		if status != c.status || status == 0 && errs != "" {
			t.Errorf("%v: status %d, want %d: %s", c.args, status, c.status, errs)
		}
		if c.head != "" {
			if head := lines[0]; !regexp.MustCompile(c.head).MatchString(head) || strings.Count(out, head) != 1 {
				t.Errorf("%v: the heading:\n%s", c.args, out)
			}
			lines = lines[1:]
		}
		for _, host := range []string{"with", "second"} {
			form, found := regexp.MustCompile(strings.ReplaceAll(c.rows, "HOST", host)), c.rows == ""
			for _, line := range lines {
				found = found || form.MatchString(line)
			}
			if !found {
				t.Errorf("%v: no line of %s fits %s:\n%s", c.args, host, form, out)
			}
		}
	}
	for _, args := range [][]string{{"ps", pid}, {"which", pid}, {"pid", name}, {"containers", "-a"},
		{"containers", "--group", "runtime"}} {
		out, errs, status := both(append(args, "--json")...)
		var list []struct{ Host string }
		if err := json.Unmarshal([]byte(out), &list); err != nil || status != 0 || len(list) < 2 ||
			list[0].Host != "with" || list[len(list)-1].Host != "second" {
			t.Errorf("%v: status %d %v %s%s", args, status, err, out, errs)
		}
	}
	for _, args := range [][]string{{"ps", "--sort", "-rss"}, {"ps", "--columns"}, {"containers", "-a", "--sort", "name"},
		{"containers", "--services", "--sort", "mem"}, {"stats", "--group", "pod", "--sort", "cpu"}, {"top", pid},
		{"stats", "--csv"}} {
		if out, errs, status := both(args...); status != exitUsage || !strings.Contains(errs, "name one --host") ||
			strings.Count(errs, "\n") != 1 || out != "" {
			t.Errorf("%v: status %d %s%s", args, status, out, errs)
		}
	}

	out, errs, status := h.run("--host", "with,down,old", "health", "--check", name)
	lines := strings.Split(out, "\n")
	if len(lines) != 5 || errs != "" || status == 0 || status > 3 || strings.Count(lines[0], "|") != 1 ||
		!strings.Contains(lines[0], "unknown=2;;;0") || !strings.Contains(out, "\ndown: UNKNOWN - ssh failed: ") ||
		!strings.Contains(out, "\nold: UNKNOWN - health has no flag --check; the host has bones v0.1.0") {
		t.Errorf("status %d\n%s%s", status, out, errs)
	}

	// What another version does not have.
	for _, c := range []struct {
		hosts  string
		args   []string
		status int
		says   string
	}{
		{"with,old", []string{"containers"}, 0, "bones: old: what it printed lacks runtime, image, pod, pid, pids, "},
		{"with,old", []string{"containers", "--group", "pod"}, exitUsage,
			"bones: old: containers has no flag --group; the host has bones v0.1.0 and this one is "},
		{"with,old", []string{"stats", name}, exitFailed, "bones: old: what it printed is not what bones prints"},
		{"with,old", []string{"ps", pid}, exitUsage, "bones: old: there is no such command; the host has bones v0.1.0"},
		{"old", []string{"ps", pid}, exitUsage,
			"bones: there is no such command\nbones: --host old: the host has bones v0.1.0"},
	} {
		out, errs, status := h.run(append([]string{"--host", c.hosts}, c.args...)...)
		if status != c.status || !strings.Contains(errs, c.says) || strings.Count(errs, "--with-copy") != 1 {
			t.Errorf("%v: status %d, want %d: %s%s", c.args, status, c.status, out, errs)
		}
		if c.hosts != "old" && (strings.Count(errs, "\n") != 1 || !strings.Contains(out, "with ")) {
			t.Errorf("%v: one line is to be said, and the other host shown: %s%s", c.args, out, errs)
		}
	}
	if out, errs, status := h.run("--host", "with,old", "--with-copy", "--yes", "ps", pid); status != 0 || errs != "" ||
		strings.Count(out, "sleep 1000") != 2 {
		t.Errorf("--with-copy: status %d %s%s", status, out, errs)
	}
}
