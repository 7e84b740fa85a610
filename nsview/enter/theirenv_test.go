package enter

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// TestEnvironmentOfTheTargetRunsNothingOfOurs: testdata/attacks/preload.sh has variables that choose which program a
// name means. No program that has the host's files, or root's rights where the target has not, gets them.
func TestEnvironmentOfTheTargetRunsNothingOfOurs(t *testing.T) {
	needRoot(t)
	script, err := os.ReadFile("../../testdata/attacks/preload.sh")
	if err != nil {
		t.Fatal(err)
	}
	const nobody = 65534
	for name, x := range map[string]struct {
		flags uintptr
		ask   []Request // each is refused
		safe  Request   // is not
	}{
		"with files of its own": {unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWUTS, []Request{
			{Types: []procwalk.NSType{procwalk.Net}},
			{Types: []procwalk.NSType{procwalk.Net, procwalk.UTS}, As: AsContainer},
			{Types: []procwalk.NSType{procwalk.Net}, As: AsRoot},
			{Types: []procwalk.NSType{procwalk.Net}, User: "0"},
			{HostTools: true},
		}, Request{As: AsContainer}},
		"with the host's files": {unix.CLONE_NEWNET, []Request{
			{Types: []procwalk.NSType{procwalk.Net}},
			{As: AsRoot},
			{User: "0"},
		}, Request{As: AsContainer}},
	} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp("/tmp", "bones-preload-") // where nobody may reach it
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(dir) })
			if err := os.Chown(dir, nobody, nobody); err != nil {
				t.Fatal(err)
			}
			c := exec.Command("/bin/sh", "-s", "--", dir)
			c.Stdin, c.Dir = bytes.NewReader(script), "/"
			c.SysProcAttr = &syscall.SysProcAttr{Unshareflags: x.flags,
				Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			out, err := c.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { c.Process.Kill(); c.Wait() })
			if _, err := out.Read(make([]byte, 6)); err != nil {
				t.Fatal(err)
			}
			proctest.Until(t, "it has the variables", func() bool {
				b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", c.Process.Pid))
				return bytes.Contains(b, []byte("LD_PRELOAD="+dir))
			})
			id, err := Identify("/proc", c.Process.Pid)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range x.ask {
				r.Target, r.Program, r.TargetEnv, r.NoCgroup = id, []string{"ip", "link"}, true, true
				e, err := New("/proc", r)
				if err == nil {
					_, errs, s := runEnter(t, e, "")
					t.Errorf("%+v: it runs: status %d, %s", r, s.Code, errs)
				} else if !strings.Contains(err.Error(), "--env") {
					t.Errorf("%+v: %v", r, err)
				}
				if _, err := os.Stat(dir + "/robbed"); err == nil {
					t.Errorf("%+v: the target chose what ran", r)
					os.Remove(dir + "/robbed")
				}
				r.TargetEnv = false
				if _, err := New("/proc", r); err != nil && strings.Contains(err.Error(), "--env") {
					t.Errorf("%+v: without the environment: %v", r, err)
				}
			}
			x.safe.Target, x.safe.Program, x.safe.TargetEnv, x.safe.NoCgroup = id, []string{"ip"}, true, true
			if _, errs, s := run(t, x.safe, ""); s.Code != 0 {
				t.Errorf("as the target itself: status %d, %s", s.Code, errs)
			}
			if _, err := os.Stat(dir + "/robbed"); err != nil {
				t.Errorf("the attack does nothing where nothing stands against it: %v", err)
			}
		})
	}
}
