package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"golang.org/x/sys/unix"
)

// namesWord starts bones where the name service of the host is another one: namesWord GETENT ARG...
const namesWord = "__other-names"

func init() {
	reexec.Register(namesWord, func(args []string) int {
		if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
			return reexec.Report(err)
		}
		for _, program := range []string{"/usr/bin/getent", "/bin/getent"} {
			if _, err := os.Stat(program); err == nil {
				if err := unix.Mount(args[0], program, "", unix.MS_BIND, ""); err != nil {
					return reexec.Report(err)
				}
				break
			}
		}
		a := &app{in: os.Stdin, out: os.Stdout, err: os.Stderr}
		return a.run(context.Background(), args[1:])
	})
}

// TestNamesOfTheNameService: a user whom /etc/passwd does not have is called what the name service calls him, as ps
// does.
func TestNamesOfTheNameService(t *testing.T) {
	proctest.Need(t, proctest.Root, proctest.Mounts, proctest.Users)
	proctest.NeedPrograms(t, "getent")
	const uid = 3987654321
	c := exec.Command("sleep", "1000")
	c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: 3987654320}}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { c.Process.Kill(); c.Wait() }()
	pid := fmt.Sprint(c.Process.Pid)
	dir := t.TempDir()
	fake, log := filepath.Join(dir, "getent"), filepath.Join(dir, "log")
	script := "#!/bin/sh\necho \"$@\" >>" + log + "\nfor k; do [ $k = 3987654321 ] && echo ada.of.ldap:x:$k:1::/:\n" +
		"[ $k = 3987654320 ] && echo staff.of.ldap:x:$k:; done\nexit 2\n"
	if err := os.WriteFile(fake, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	run := func(args ...string) string {
		cmd := reexec.Command(append([]string{namesWord, fake}, args...)...)
		cmd.SysProcAttr = &syscall.SysProcAttr{Unshareflags: unix.CLONE_NEWNS}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("bones %q: %v: %s", args, err, out)
		}
		return string(out)
	}
	for _, c := range []struct{ args, want string }{
		{"ps -o user:20=,group:20= " + pid, "ada.of.ldap          staff.of.ldap"}, {"ps --aux " + pid, "ada.of.+ "},
		{"ps --json " + pid, `"user": "ada.of.ldap"`}, {"explain " + pid, "ada.of.ldap"}, {"top " + pid, "ada.of"},
	} {
		if out := run(strings.Fields(c.args)...); !strings.Contains(out, c.want) {
			t.Errorf("bones %s does not say %q:\n%s", c.args, c.want, out)
		}
	}
	os.Remove(log)
	run("ps", "--aux")
	asked, _ := os.ReadFile(log)
	if n := strings.Count(string(asked), "\n"); n < 1 || n > 3 {
		t.Errorf("the name service was asked %d times for one table:\n%s", n, asked)
	}
}
