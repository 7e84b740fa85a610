package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/creack/pty"

	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/proctest"
	"bones/procwalk/psfmt"
)

// psRun runs `bones ps` as a command of its own: a reader that got stuck on some process of this host goes with it.
func psRun(t *testing.T, args ...string) (status int, out, errs string) {
	t.Helper()
	var o, e bytes.Buffer
	cmd := exec.Command(builtBones(t).bones, append([]string{"ps"}, args...)...)
	cmd.Env = append(os.Environ(), "COLUMNS=")
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), o.String(), e.String()
}

// psChild starts a process that waits until the test ends.
func psChild(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return cmd.Process.Pid
}

func TestPSTargets(t *testing.T) {
	child := psChild(t)
	for _, target := range []string{strconv.Itoa(child), fmt.Sprintf("pid:%d", child)} {
		status, out, errs := psRun(t, target, "-o", "pid=,ppid=,comm=")
		if want := fmt.Sprintf("%d %d cat", child, os.Getpid()); status != 0 || strings.Join(strings.Fields(out),
			" ") != want {
			t.Errorf("%s: status %d, %q %q, want %q", target, status, out, errs, want)
		}
	}
	// A process comes with its descendants, drawn as a tree of their own.
	status, out, _ := psRun(t, strconv.Itoa(os.Getpid()))
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if status != 0 || !slices.ContainsFunc(lines, func(l string) bool { return strings.HasSuffix(l, ` \_ cat`) }) {
		t.Errorf("the tree of the test is %q", lines)
	}
	status, out, errs := psRun(t, "self", "-o", "ppid=,args=")
	if f := strings.Fields(out); status != 0 || len(f) < 2 || f[0] != strconv.Itoa(os.Getpid()) ||
		!strings.Contains(out, "self -o") {
		t.Errorf("self gives status %d, %q %q; want bones itself", status, out, errs)
	}
}

func TestPSStatus(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		says   string
	}{
		{[]string{"4194305"}, exitNoTarget, "4194305"},
		{[]string{"no-such-container"}, exitNoTarget, "no-such-container"},
		{[]string{"-1"}, exitUsage, ""},
		{[]string{"-o", "nonsense"}, exitUsage, `unknown column "nonsense"`},
		{[]string{"-o", "_left"}, exitUsage, "unsupported column _left: "},
		{[]string{"-o", "pid,,"}, exitUsage, "missing"},
		{[]string{"--sort", "nonsense"}, exitUsage, "unknown sort key"},
		{[]string{"--aux", "-o", "pid"}, exitUsage, "--aux and -o"},
		{[]string{"--proc", "/nowhere"}, exitFailed, "/nowhere"},
		{[]string{"--no-such-flag"}, exitUsage, "no-such-flag"},
	} {
		status, out, errs := psRun(t, c.args...)
		if status != c.status || !strings.Contains(errs, c.says) || out != "" {
			t.Errorf("%q: status %d, want %d; out %.80q, errors %q, want %q", c.args, status, c.status, out, errs, c.says)
		}
		if strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: the error is not one line: %q", c.args, errs)
		}
	}
}

func TestPSJSON(t *testing.T) {
	child := psChild(t)
	status, out, errs := psRun(t, "--json", strconv.Itoa(child))
	if status != 0 {
		t.Fatalf("status %d: %s", status, errs)
	}
	var list []struct {
		PID, PPID int
		Comm      string
		Args      []string
		NS        map[string]uint64
		NSPIDs    []int `json:"ns_pids"`
		UID       *int
		Start     string
		Errors    map[string]string
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 {
		t.Fatalf("%d processes: %s", len(list), out)
	}
	p := list[0]
	if p.PID != child || p.PPID != os.Getpid() || p.Comm != "cat" || len(p.Args) != 1 || p.Args[0] != "cat" ||
		p.UID == nil ||
		*p.UID != os.Geteuid() || p.NS["mnt"] == 0 || len(p.NSPIDs) == 0 || p.Start == "" || len(p.Errors) != 0 {
		t.Errorf("the child is %+v", p)
	}
}

func TestPSColumns(t *testing.T) {
	status, out, _ := psRun(t, "--columns")
	for _, want := range []string{"%cpu         %CPU\n", "container    CONTAINER\n", "args         COMMAND\n"} {
		if status != 0 || !strings.Contains(out, want) {
			t.Errorf("status %d; the list lacks %q", status, want)
		}
	}
	procps, err := exec.Command("ps", "L").Output()
	if err != nil {
		skipMissing(t, "ps L, to compare with: %v", err)
	}
	for line := range strings.Lines(string(procps)) {
		name := strings.Fields(line)[0]
		if strings.HasPrefix(name, "_") {
			continue // ps's own tests
		}
		if !strings.Contains("\n"+out, "\n"+name+" ") {
			t.Errorf("ps has the column %s", name)
		}
	}
}

func TestLineWidth(t *testing.T) {
	master, slave := proctest.PTY(t)
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 97}); err != nil {
		t.Fatal(err)
	}
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for _, c := range []struct {
		file    *os.File
		wide    bool
		columns string
		want    int
	}{
		{slave, false, "", 97},
		{slave, true, "", psfmt.Unlimited},
		{slave, false, "50", 50},
		{slave, true, "50", psfmt.Unlimited},
		{slave, false, "0x20", 32},
		{slave, false, "-5", 97},
		{slave, false, "12x", 97},
		{slave, false, "99999999", 97},
		{null, false, "", psfmt.Unlimited},
		{null, false, "40", 40},
	} {
		if got := terminal.LineWidth(c.file, c.wide, c.columns); got != c.want {
			t.Errorf("on %s, wide %v, COLUMNS=%q: %d, want %d", c.file.Name(), c.wide, c.columns, got, c.want)
		}
		// as in bones itself
		if got := terminal.LineWidth(&terminal.Output{File: c.file}, c.wide, c.columns); got != c.want {
			t.Errorf("as the standard output on %s, wide %v, COLUMNS=%q: %d, want %d", c.file.Name(), c.wide, c.columns, got,
				c.want)
		}
	}
	if got := terminal.LineWidth(&bytes.Buffer{}, false, ""); got != psfmt.Unlimited {
		t.Errorf("into memory: %d", got)
	}
}

// TestPSWithoutGroupFiles: where no cgroup file system is mounted, as in a chroot, libsystemd tells ps nothing.
func TestPSWithoutGroupFiles(t *testing.T) {
	needRoot(t)
	needPS(t)
	m := builtBones(t)
	const columns = " -o slice,unit,uunit,lsession,ouid,machine,seat "
	got := shell(t, "unshare -m sh -c '! mountpoint -q /sys/fs/cgroup || umount -R -l /sys/fs/cgroup || exit; "+
		"ps"+columns+"-p $$ | sed -n 2p; "+m.bones+" ps"+columns+"$$ | sed -n 2p'")
	if lines := strings.Split(got, "\n"); len(lines) != 4 || lines[0] != lines[1] || lines[2] != "status 0" {
		t.Errorf("ps and bones:\n%s", got)
	}
}
