package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"bones/procwalk/proctest"

	"github.com/creack/pty"
)

// riskyEnters are ways of entering that are to be asked about. The target may trace nobody.
var riskyEnters = [][]string{
	{"--as", "root"},
	{"-n", "uts", "--as", "root"},
	{"-n", "pid,net"},
	{"-n", "pid"},
	{"--host-tools"},
	{"--host-tools", "-n", "uts"},
}

func harmlessWorld(t *testing.T) string {
	t.Helper()
	return enterWorld(t, "setpriv", "--bounding-set", "-sys_ptrace")
}

// TestEnterAsksWithoutATerminal: without --yes nothing is run.
func TestEnterAsksWithoutATerminal(t *testing.T) {
	pid := harmlessWorld(t)
	for _, how := range riskyEnters {
		ran := filepath.Join(t.TempDir(), "ran")
		args := append(append([]string{pid}, how...), "--", "touch", ran)
		var out, errOut bytes.Buffer
		if s := runEnter(t, strings.NewReader("y\nyes\n"), &out, &errOut, args...); s != exitBones ||
			!strings.Contains(errOut.String(), "--yes") {
			t.Errorf("enter %q: status %d, %q", args, s, &errOut)
		}
		if _, err := os.Stat(ran); err == nil {
			t.Errorf("enter %q ran the program without a question", args)
		}
		errOut.Reset()
		if s := runEnter(t, strings.NewReader(""), &out, &errOut, append([]string{"--yes"}, args...)...); s != 0 {
			t.Errorf("enter --yes %q: status %d, %q", args, s, &errOut)
		}
		if _, err := os.Stat(ran); err != nil {
			t.Errorf("enter --yes %q: %v", args, err)
		}
	}
	var out, errOut bytes.Buffer
	unwanted := filepath.Join(t.TempDir(), "unwanted")
	if s := runEnter(t, strings.NewReader("touch "+unwanted), &out, &errOut, pid, "--host-tools"); s != exitBones {
		t.Errorf("enter --host-tools: status %d, %q", s, &errOut)
	}
	if _, err := os.Stat(unwanted); err == nil {
		t.Error("enter --host-tools ran a shell without a question")
	}
	errOut.Reset()
	for _, how := range [][]string{nil, {"-n", "uts"}, {"--as", "container"}} { // these are not risky
		args := append(append([]string{pid}, how...), "--", "true")
		if s := runEnter(t, strings.NewReader(""), &out, &errOut, args...); s != 0 || errOut.Len() > 0 {
			t.Errorf("enter %q: status %d, %q", args, s, &errOut)
		}
	}
}

// TestEnterAsksOnATerminal: No is the default. What is asked about and how No is said are looked at by one function
// after the other: each way of entering is answered with Yes and with one of the kinds of No, with a soak with all.
func TestEnterAsksOnATerminal(t *testing.T) {
	pid := harmlessWorld(t)
	answers := []string{"", "n", "x", "y"}
	for i, how := range riskyEnters {
		for n, answer := range answers {
			runs := answer == "y"
			if proctest.Soak(0, 1) == 0 && !runs && n != i%3 {
				continue
			}
			t.Run(strings.Join(how, " ")+" "+answer, func(t *testing.T) {
				dir := t.TempDir()
				ran := filepath.Join(dir, "ran")
				args := strings.Join(append([]string{pid}, how...), " ") + " -- touch " + ran
				c := exec.Command("/bin/sh", "-c", enterLine(t, args))
				c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "DIR=" + dir}
				master, err := pty.Start(c)
				if err != nil {
					t.Fatal(err)
				}
				d := newPTYDriver(t, c, master)
				awaitScreen(t, d, "to go on:")
				if _, err := os.Stat(ran); err == nil {
					t.Errorf("enter %q ran the program before the answer", how)
				}
				d.send(t, answer+"\n")
				err = c.Wait()
				if _, stat := os.Stat(ran); (stat == nil) != runs || (err == nil) != runs {
					t.Errorf("enter %q, answered with %q: %v, ran: %v", how, answer, err, stat == nil)
				}
			})
		}
	}
}
