package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEnterHandsSignalsOn: what is sent to bones reaches the program, but for a hang-up that bones was started to
// ignore, as nohup does.
func TestEnterHandsSignalsOn(t *testing.T) {
	pid := enterWorld(t)
	numbers := []unix.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM, unix.SIGWINCH, unix.SIGVTALRM, unix.SIGIO,
		unix.SIGPWR, unix.SIGXCPU, 35, 64, unix.SIGINT, unix.SIGQUIT, unix.SIGCONT}
	script := "trap 'exit 5' TERM\n"
	for _, n := range numbers {
		script += "trap 'echo got " + strconv.Itoa(int(n)) + "' " + strconv.Itoa(int(n)) + "\n"
	}
	script += "echo ready\nwhile :; do sleep 0.02; done"
	bones, _ := madeBones(t)
	c := exec.Command("/bin/sh", "-c", `trap "" HUP; exec "$@"`, "sh", bones, "--journal",
		filepath.Join(t.TempDir(), "journal"), "enter", pid, "--", "sh", "-c", script)
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			lines <- s.Text()
		}
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		for range lines {
		}
		c.Wait()
	})
	await := func(want string) {
		t.Helper()
		late := time.After(proctest.Patience)
		for {
			select {
			case line, ok := <-lines:
				if line == want {
					return
				}
				if !ok {
					t.Fatalf("it ended before it said %q", want)
				}
			case <-late:
				t.Fatalf("%q did not come", want)
			}
		}
	}
	await("ready")
	for _, n := range numbers {
		proctest.Signal(t, c.Process.Pid, unix.SIGHUP)
		proctest.Signal(t, c.Process.Pid, n)
		await("got " + strconv.Itoa(int(n)))
	}
	proctest.Signal(t, c.Process.Pid, unix.SIGTERM)
	for range lines {
	}
	c.Wait()
	if s := c.ProcessState.ExitCode(); s != 5 {
		t.Errorf("status %d, want the program's 5", s)
	}
}

// TestEnterInAJobOfItsOwn: as a job in the background of a terminal, a program runs and ends, and does not touch the
// terminal; errors go where the caller has them.
func TestEnterInAJobOfItsOwn(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	pid := enterWorld(t)
	dir := t.TempDir()
	line := enterLine(t, pid+" -- sh -c 'echo o''ut; echo e''rr >&2; [ -t 0 ] || echo no''ne' 2>"+dir+"/errors")
	for name, how := range map[string]string{"timeout": "timeout 60 " + line, "background": line + " & wait $!"} {
		c := exec.Command("/bin/sh", "-c", how+"; echo en''ded $?; cat "+dir+"/errors")
		c.Env = []string{"PATH=/usr/bin:/bin", "TERM=xterm", "DIR=" + dir}
		u := startPTY(t, c)
		if !u.ends(proctest.Patience) {
			t.Fatalf("%s: it does not end", name)
		}
		u.until(name, proctest.Patience, func() bool {
			return strings.Contains(u.modes.text.String(), "out") && strings.Contains(u.modes.text.String(), "none") &&
				strings.Contains(u.modes.text.String(), "ended 0")
		})
		if b, err := os.ReadFile(dir + "/errors"); err != nil || string(b) != "err\n" {
			t.Errorf("%s: errors %q, %v", name, b, err)
		}
	}
}
