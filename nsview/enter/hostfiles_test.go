package enter

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// thief is a container whose first process is testdata/attacks/hostfiles.
type thief struct {
	*proctest.Child
	pid, bait int
	marker    string
}

const kept = "of the host"

// startThief starts one that is told where a file of the host is.
func startThief(t *testing.T, attack []byte) *thief {
	t.Helper()
	dir := t.TempDir()
	k := &thief{marker: filepath.Join(dir, "marker")}
	k.reset(t)
	program := filepath.Join(dir, "hostfiles")
	if err := os.WriteFile(program, attack, 0o755); err != nil {
		t.Fatal(err)
	}
	const setup = `set -e
mount --make-rprivate /
mount -t tmpfs none "$1/root"
cp "$1/hostfiles" "$1/root/"
mkdir "$1/root/proc" "$1/root/old"
mount -t proc proc "$1/root/proc"
cd "$1/root"
pivot_root . old
exec /hostfiles "$2"`
	if err := os.Mkdir(filepath.Join(dir, "root"), 0o755); err != nil {
		t.Fatal(err)
	}
	c := exec.Command("/bin/sh", "-c", setup, "sh", dir, k.marker)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWNET,
		Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	if k.Child = proctest.Start(t, c); k.Said != "ready" {
		t.Fatalf("the container said %q", k.Said)
	}
	k.pid = c.Process.Pid
	k.bait = k.awaitBait(t)
	return k
}

func (k *thief) reset(t *testing.T) {
	t.Helper()
	if err := os.WriteFile(k.marker, []byte(kept), 0o600); err != nil {
		t.Fatal(err)
	}
}

// awaitBait finds the child that may trace nobody.
func (k *thief) awaitBait(t *testing.T) int {
	t.Helper()
	for deadline := proctest.Deadline(); time.Now().Before(deadline); k.next(t) {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", k.pid, k.pid))
		if err != nil {
			t.Fatal(err)
		}
		for word := range strings.FieldsSeq(string(b)) {
			pid, _ := strconv.Atoi(word)
			status, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
			if eff, ok := strings.CutPrefix(capLine(string(status), "CapEff"), "CapEff:"); ok {
				n, err := strconv.ParseUint(strings.TrimSpace(eff), 16, 64)
				if err == nil && n>>unix.CAP_SYS_PTRACE&1 == 0 {
					return pid
				}
			}
		}
	}
	t.Fatal("the container's second process did not come")
	return 0
}

// next returns what the thief says after a look that begins now: how many it has seen and what it stole.
func (k *thief) next(t *testing.T) (seen int, stolen string) {
	t.Helper()
	return k.does(t, "look")
}

// watches has it look without a pause from now on until it is asked again.
func (k *thief) watches(t *testing.T) (seen int) {
	t.Helper()
	seen, _ = k.does(t, "watch")
	return seen
}

func (k *thief) does(t *testing.T, what string) (seen int, stolen string) {
	t.Helper()
	fmt.Fprintln(k.In, what)
	line, err := k.Out.ReadString('\n')
	if err != nil {
		t.Fatalf("the thief has ended: %v", err)
	}
	if _, err := fmt.Sscanf(line, "seen=%d", &seen); err != nil {
		t.Fatalf("the thief said %q", line)
	}
	_, stolen, _ = strings.Cut(strings.TrimSpace(line), "stolen=")
	return seen, stolen
}

// looks lets it look around several times, and at least so long that it has seen one more than before if it may.
func (k *thief) looks(t *testing.T, before int, sees bool) {
	t.Helper()
	for i, deadline := 0, proctest.Deadline(); i < 5; {
		if now, _ := k.next(t); now > before || !sees {
			i++
		}
		if time.Now().After(deadline) {
			t.Fatal("the thief does not see what was started inside")
		}
	}
}

// robbed says what it could do, and whether the host's file is another now.
func (k *thief) robbed(t *testing.T) string {
	t.Helper()
	_, stolen := k.next(t) // a program can be written to when it has ended
	if b, err := os.ReadFile(k.marker); err != nil || string(b) != kept {
		stolen += fmt.Sprintf(" marker=%q %v", b, err)
	}
	return stolen
}

// buildThief returns the program.
func buildThief(t *testing.T) []byte {
	t.Helper()
	attack, err := os.ReadFile(proctest.Build(t, t.TempDir(), "bones/testdata/attacks/hostfiles"))
	if err != nil {
		t.Fatal(err)
	}
	return attack
}

// TestHostFilesAreNotStolen: the container looks for a program with the host's files in every way of entering it.
func TestHostFilesAreNotStolen(t *testing.T) {
	needRoot(t)
	attack := buildThief(t)
	t.Run("by hand", func(t *testing.T) {
		stolen := ""
		for range 10 { // the thief may come too late for one of them
			if stolen = robbedByHand(t, attack); strings.Contains(stolen, "root") && strings.Contains(stolen, "exe") &&
				strings.Contains(stolen, "marker") {
				return
			}
		}
		t.Errorf("the thief steals nothing where nothing keeps it: this test is worth nothing: %s", stolen)
	})
	k := startThief(t, attack)
	pid, netUTS := []procwalk.NSType{procwalk.PID}, []procwalk.NSType{procwalk.Net, procwalk.UTS}
	inside := []string{"/hostfiles", "wait"}
	for name, c := range map[string]struct {
		r       Request
		refused bool // the thief could get at it
		unseen  bool // it is outside of its pid namespace
	}{
		"as the container":       {Request{Program: inside, As: AsContainer}, false, false},
		"as root":                {Request{Program: inside, As: AsRoot}, false, false},
		"a shell that is lent":   {Request{}, false, false},
		"pid":                    {Request{Program: []string{"cat"}, Types: pid}, true, false},
		"pid as root":            {Request{Program: []string{"cat"}, Types: pid, As: AsRoot}, true, false},
		"pid,net":                {Request{Program: []string{"cat"}, Types: append(pid, procwalk.Net)}, true, false},
		"host tools":             {Request{HostTools: true}, true, false},
		"host tools but for pid": {Request{Program: []string{"cat"}, HostTools: true, Types: netUTS}, false, true},
		"net,uts":                {Request{Program: []string{"cat"}, Types: netUTS, As: AsRoot}, false, true},
	} {
		for _, target := range []string{"the thief", "its bait"} {
			done := t.Run(name+"/"+target, func(t *testing.T) {
				which := k.pid
				if target == "its bait" {
					which = k.bait
				}
				id, err := Identify("/proc", which)
				if err != nil {
					t.Fatal(err)
				}
				c.r.Target, c.r.NoCgroup = id, true
				e, err := New("/proc", c.r)
				if c.refused {
					if err == nil || !strings.Contains(err.Error(), "CAP_SYS_PTRACE") {
						t.Errorf("not refused: %v", err)
					}
				}
				if err != nil {
					if !c.refused {
						t.Error(err)
					}
					return
				}
				e.busybox = filepath.Join(filepath.Dir(k.marker), "hostfiles")
				in, hold, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer in.Close()
				before := k.watches(t)
				s, err := e.Start(t.Context(), Stdio{In: in})
				if err != nil {
					hold.Close()
					t.Fatal(err)
				}
				k.looks(t, before, !c.unseen)
				hold.Close()
				if _, err := s.Wait(); err != nil {
					t.Error(err)
				}
				if stolen := k.robbed(t); stolen != "" {
					t.Errorf("the container got at the host's files: %s", stolen)
				}
			})
			if !done { // what it stole once, it tells ever after
				k = startThief(t, attack)
			}
		}
	}
}

// TestWhoMayTraceCounts: not only what the target has now, but what anybody there can come to have.
func TestWhoMayTraceCounts(t *testing.T) {
	all := uint64(1)<<41 - 1
	less := all &^ (1 << unix.CAP_SYS_PTRACE)
	root := credentials{Prm: all, Eff: all, Bnd: all}
	for name, c := range map[string]struct {
		member, ours credentials
		traces       bool
	}{
		"docker's fourteen":             {credentials{Prm: dockerCaps, Eff: dockerCaps, Bnd: dockerCaps}, root, false},
		"all but CAP_SYS_PTRACE":        {credentials{Prm: less, Eff: less, Bnd: less}, root, false},
		"only permitted":                {credentials{Prm: all, Bnd: 0}, root, true},
		"dropped from the bounding set": {credentials{Prm: all, Eff: all, Bnd: less}, root, true},
		"only bounding":                 {credentials{Bnd: all}, root, true},
		"only inheritable":              {credentials{Inh: all}, root, true},
		"as much as we have": {credentials{Prm: dockerCaps, Eff: dockerCaps, Bnd: dockerCaps},
			credentials{Prm: dockerCaps, Bnd: dockerCaps}, true},
		"less than we have": {credentials{Prm: dockerCaps &^ 1, Bnd: dockerCaps &^ 1},
			credentials{Prm: dockerCaps, Bnd: dockerCaps}, false},
	} {
		if why := c.member.traces(c.ours); (why != "") != c.traces {
			t.Errorf("%s: %q", name, why)
		}
	}
}

// robbedByHand enters the pid namespace of the thief with nsenter, which takes no care of the files of the host, and
// returns what the thief got hold of.
func robbedByHand(t *testing.T, attack []byte) string {
	t.Helper()
	k := startThief(t, attack)
	before := k.watches(t)
	// A program of its own: one that somebody else on this machine runs at the same time cannot be written to.
	program := filepath.Join(filepath.Dir(k.marker), "hostfiles")
	c := exec.Command("nsenter", "--target", strconv.Itoa(k.pid), "--pid", program, "wait")
	c.Dir = filepath.Dir(k.marker)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	k.looks(t, before, true)
	in.Close()
	c.Wait()
	return k.robbed(t)
}
