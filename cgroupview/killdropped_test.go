package cgroupview

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/cgroupview/cgrouptest"
	"bones/procwalk/proctest"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// withoutKill runs f on a thread without CAP_KILL, which ends with it.
func withoutKill(t *testing.T, f func() error) error {
	t.Helper()
	type result struct{ dropped, err error }
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // and never unlocked
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var data [2]unix.CapUserData
		err := unix.Capget(&header, &data[0])
		data[0].Effective &^= 1 << unix.CAP_KILL
		if err == nil {
			err = unix.Capset(&header, &data[0])
		}
		if err != nil {
			done <- result{err, nil}
			return
		}
		done <- result{nil, f()}
	}()
	r := <-done
	if r.dropped != nil {
		t.Skipf("CAP_KILL cannot be dropped: %v", r.dropped)
	}
	return r.err
}

// TestKillAllWithoutCapability: a process of another user may not be sent a signal. Where the kernel kills the group
// that it is in as well, nothing is left and nothing has failed; elsewhere it is named once, and what was killed is
// told from it.
func TestKillAllWithoutCapability(t *testing.T) {
	h, pids := real(t, "pids")
	var freezer *Group
	var unified *Group
	for _, in := range h.Hierarchies() {
		if in.Root != "/" || in.Version == 1 && !in.Has("freezer") {
			continue
		}
		switch g, err := h.Group(in, cgrouptest.Make(t, in.Mount)); {
		case err != nil:
			t.Fatal(err)
		case in.Version == 2:
			unified = g
		default:
			freezer = g
		}
	}
	if freezer == nil {
		t.Skip("there is no freezer of version 1 here")
	}
	join := func(c *exec.Cmd, list ...*Group) {
		t.Helper()
		for _, g := range list {
			if err := os.WriteFile(filepath.Join(g.Dir.Raw(), "cgroup.procs"), []byte(strconv.Itoa(c.Process.Pid)),
				0); err != nil {
				t.Fatal(err)
			}
		}
	}
	sleepAs := func(uid uint32) (*exec.Cmd, chan struct{}) {
		t.Helper()
		c := exec.Command("sleep", "1000")
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan struct{})
		go func() { c.Wait(); close(ended) }()
		t.Cleanup(func() { c.Process.Kill(); <-ended })
		return c, ended
	}
	for _, with := range [][]*Group{{freezer, pids, unified}, {freezer, pids}} {
		if with[len(with)-1] == nil {
			continue // there is no version 2 here
		}
		foreign, foreignEnded := sleepAs(65534)
		mine, mineEnded := sleepAs(0)
		join(foreign, with...)
		join(mine, with...)
		k, err := h.NewKillAll(Groups{List: with}, Surroundings{Name: text.New("test")})
		if err != nil {
			t.Fatal(err)
		}
		err = withoutKill(t, func() error { _, err := k.Apply(context.Background()); return err })
		select {
		case <-mineEnded:
		case <-time.After(proctest.Patience):
			t.Fatal("what may be killed goes on")
		}
		if len(with) == 3 {
			if err != nil {
				t.Errorf("all were killed: %v", err)
			}
			<-foreignEnded
			continue
		}
		if err == nil || strings.Count(err.Error(), "not empty yet") != 1 ||
			!strings.Contains(err.Error(), "all that may be killed was killed, but not empty yet: PID "+
				strconv.Itoa(foreign.Process.Pid)) || !strings.Contains(err.Error(), "CAP_KILL") {
			t.Errorf("of one user's that may not be killed: %v", err)
		}
	}
}
