package enter

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"bones/cgroupview"
	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

const who = `grep -E '^(Uid|Gid|Groups|CapPrm|CapEff|CapBnd|CapAmb|NoNewPrivs):' /proc/self/status`

func statusLines(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(b)) {
		switch key, _, _ := strings.Cut(line, ":"); key {
		case "Uid", "Gid", "Groups", "CapPrm", "CapEff", "CapBnd", "CapAmb", "NoNewPrivs":
			out.WriteString(line)
		}
	}
	return out.String()
}

// dockerCaps are the 14 capabilities that an ordinary container has.
const dockerCaps = 0xa80425fb

func TestAsContainerIsWhatTheTargetIs(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	setpriv := func(args ...string) []string {
		return append(append([]string{"setpriv"}, args...), "sh", "-c", "echo ready; read x")
	}
	bounding := "-all"
	for i := range 41 {
		if dockerCaps>>i&1 != 0 {
			bounding += fmt.Sprintf(",+cap_%d", i)
		}
	}
	for name, words := range map[string][]string{
		"root with fewer capabilities": setpriv("--bounding-set", bounding),
		"a user with groups": setpriv("--reuid", "1234", "--regid", "2345", "--groups", "5,6,7777",
			"--bounding-set", bounding),
		"a user who can gain nothing": setpriv("--reuid", "1234", "--regid", "2345", "--clear-groups", "--no-new-privs",
			"--bounding-set", "-all"),
		"a user with one capability": setpriv("--reuid", "1234", "--regid", "2345", "--clear-groups", "--inh-caps",
			"-all,+net_raw", "--ambient-caps", "-all,+net_raw"),
		"root who can gain nothing new": setpriv("--no-new-privs"),
	} {
		t.Run(name, func(t *testing.T) {
			id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS, procwalk.IPC}, words: words})
			out, errOut, s := run(t, Request{Target: id, Program: sh(who), As: AsContainer}, "")
			if w := statusLines(t, id.PID); s.Code != 0 || out != w {
				t.Errorf("status %d:\n%swant\n%s%s", s.Code, out, w, errOut)
			}
			out, _, _ = run(t, Request{Target: id, Program: sh(who), As: AsRoot}, "")
			if w := statusLines(t, os.Getpid()); !strings.Contains(out, "Uid:\t0\t0\t0\t0\n") ||
				capLine(out, "CapEff") != capLine(w, "CapEff") {
				t.Errorf("as root:\n%s", out)
			}
		})
	}
}

func capLine(lines, key string) string {
	for line := range strings.Lines(lines) {
		if strings.HasPrefix(line, key+":") {
			return line
		}
	}
	return key + " is not there"
}

// A user of a user namespace of its own has other numbers inside.
func TestAsContainerTranslatesIDs(t *testing.T) {
	needRoot(t)
	proctest.Need(t, proctest.Users)
	id := startTarget(t, want{
		types: []procwalk.NSType{procwalk.User, procwalk.UTS},
		attr: func(a *syscall.SysProcAttr) {
			a.Credential = &syscall.Credential{Uid: 33, Gid: 44, Groups: []uint32{55}}
		},
	})
	out, errOut, s := run(t, Request{Target: id, Program: sh("id -u; id -g; id -G"), As: AsContainer}, "")
	if s.Code != 0 || out != "33\n44\n44 55\n" {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
	out, errOut, s = run(t, Request{Target: id, Program: sh("id -u; id -g; id -G; grep CapEff /proc/self/status"),
		As: AsRoot}, "")
	if s.Code != 0 || !strings.HasPrefix(out, "0\n0\n0\n") || !strings.Contains(out, "CapEff:\t000001ff") {
		t.Errorf("%q, %+v: %s", out, s, errOut)
	}
}

func TestEnvironment(t *testing.T) {
	t.Setenv("HOST_SECRET", "of the host")
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}, env: []string{"PATH=/bin", "COLOUR=of the target"}})
	out, _, _ := run(t, Request{Target: id, Program: []string{"env"}, Term: "xterm-256color", As: AsRoot}, "")
	if out != "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"+
		"HOME=/root\nLANG=C.UTF-8\nTERM=xterm-256color\n" {
		t.Errorf("clean: %q", out)
	}
	out, _, _ = run(t, Request{Target: id, Program: []string{"env"}, TargetEnv: true}, "")
	if out != "PATH=/bin\nCOLOUR=of the target\n" {
		t.Errorf("the target's: %q", out)
	}
}

func TestWorkingDirectory(t *testing.T) {
	needRoot(t)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Mnt}, does: []string{"chdir=/usr/lib"}})
	for dir, w := range map[string]string{"": "/usr/lib", "/etc": "/etc", "/usr/lib/..": "/usr"} {
		if out, errOut, _ := run(t, Request{Target: id, Program: sh("pwd -P"), Dir: dir}, ""); out != w+"\n" {
			t.Errorf("--wd %q: %q, want %s; %s", dir, out, w, errOut)
		}
	}
	e, err := New("/proc", Request{Target: id, Program: sh("pwd"), Dir: "/no/such"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Run(t.Context(), Stdio{}); err == nil || !strings.Contains(err.Error(), "/no/such") {
		t.Errorf("a directory that is not there: %v", err)
	}
	if _, err := New("/proc", Request{Target: id, Dir: "relative"}); err == nil {
		t.Error("a relative directory is accepted")
	}
}

// cgroupFor makes a group in a hierarchy and puts the process into it. The test is skipped where /sys/fs/cgroup has no
// control groups: in a container it can be an ordinary directory.
func cgroupFor(t *testing.T, hierarchy string, pid int) string {
	t.Helper()
	proctest.Need(t, proctest.Cgroups)
	root := filepath.Join("/sys/fs/cgroup", hierarchy)
	var fs unix.Statfs_t
	if err := unix.Statfs(root, &fs); err != nil || fs.Type != unix.CGROUP_SUPER_MAGIC &&
		fs.Type != unix.CGROUP2_SUPER_MAGIC {
		proctest.Missing(t, "no control groups are mounted at %s", root)
	}
	// Each has a name of its own: a test that fails before it cleans up does not fail those after it.
	dir, err := os.MkdirTemp(root, fmt.Sprintf("bones-enter-test-%d-", os.Getpid()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if pids, _ := os.ReadFile(dir + "/cgroup.procs"); len(pids) > 0 {
			for pid := range strings.FieldsSeq(string(pids)) {
				os.WriteFile(root+"/cgroup.procs", []byte(pid), 0)
			}
		}
		if err := unix.Rmdir(dir); err != nil {
			t.Errorf("removing %s: %v", dir, err)
		}
	})
	if err := os.WriteFile(dir+"/cgroup.procs", fmt.Append(nil, pid), 0); err != nil {
		t.Fatal(err)
	}
	return dir
}

// programOf finds what runs inside: the only child of the worker that has not ended. The first child, which made it,
// ends by itself right after that; the worker does not wait for it as long as the program runs.
func programOf(t *testing.T, s *Session) int {
	t.Helper()
	var running []int
	proctest.Until(t, "only the program of the worker's children runs", func() bool {
		running = runningChildren(t, s.worker.Pid)
		return len(running) == 1
	})
	return running[0]
}

// runningChildren returns the children of all threads of a process that have not ended.
func runningChildren(t *testing.T, pid int) (running []int) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	if err != nil {
		t.Fatal(err)
	}
	for _, thread := range threads {
		b, err := os.ReadFile(thread)
		if errors.Is(err, fs.ErrNotExist) {
			continue // a thread may end
		}
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(string(b)) {
			child, err := strconv.Atoi(word)
			if err != nil {
				t.Fatal(err)
			}
			if stat, err := procwalk.ReadStat("/proc", child); err == nil && !stat.Ended() {
				running = append(running, child)
			}
		}
	}
	return running
}

func TestCgroupsAreJoined(t *testing.T) {
	needRoot(t)
	mounted, err := cgroupview.Mounted("/proc")
	if err != nil {
		t.Fatal(err)
	}
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.Cgroup}})
	n := 0
	for _, m := range mounted {
		name := strings.TrimPrefix(strings.TrimPrefix(m.Mount, "/sys/fs/cgroup"), "/")
		switch name {
		case "memory", "pids", "freezer", "systemd", "unified", "":
			cgroupFor(t, name, id.PID)
			n++
		}
	}
	if n == 0 {
		proctest.Missing(t, "no cgroup file system is mounted")
	}
	w, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", id.PID))
	if err != nil {
		t.Fatal(err)
	}
	groupsOf := func(r Request) string {
		r.Target, r.Program = id, []string{"cat"}
		e, err := New("/proc", r)
		if err != nil {
			t.Fatal(err)
		}
		in, hold, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer in.Close()
		s, err := e.Start(t.Context(), Stdio{In: in})
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", programOf(t, s)))
		if err != nil {
			t.Error(err)
		}
		hold.Close()
		s.Wait()
		return string(b)
	}
	if got := groupsOf(Request{}); got != string(w) {
		t.Errorf("in the groups\n%swant\n%s", got, w)
	}
	own, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	if got := groupsOf(Request{NoCgroup: true}); got != string(own) {
		t.Errorf("with NoCgroup in the groups\n%swant\n%s", got, own)
	}
}

func TestFrozenTargetIsRefused(t *testing.T) {
	needRoot(t)
	file, freeze, thaw := "freezer.state", "FROZEN", "THAWED"
	hierarchy := "freezer"
	if _, err := os.Stat("/sys/fs/cgroup/freezer"); err != nil {
		hierarchy, file, freeze, thaw = "", "cgroup.freeze", "1", "0"
	}
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	dir := cgroupFor(t, hierarchy, id.PID)
	e, err := New("/proc", Request{Target: id, Program: sh("true")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, file), []byte(freeze), 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.WriteFile(filepath.Join(dir, file), []byte(thaw), 0) })
	if _, err := e.Run(t.Context(), Stdio{}); err == nil || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("entering a frozen target: %v", err)
	}
}
