package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"
	"bones/procwalk/reexec"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"bones/cmd/bones/internal/host"
)

// enterWorld is a process with pid, mnt and uts namespaces of its own and its own /proc. What the machine's root has
// shells do when they start is nothing there: it can be hundreds of processes.
func enterWorld(t *testing.T, as ...string) string {
	t.Helper()
	proctest.Need(t, proctest.Root, proctest.Namespaces, proctest.Mounts)
	words := append([]string{"/bin/sh", "-c", `mount -t proc proc /proc &&
		for file in ~root/.bashrc ~root/.bash_profile ~root/.bash_login ~root/.profile; do
			if [ -e $file ]; then mount --bind /dev/null $file; fi
		done && exec "$@" /bin/sh -c 'echo ready; read x'`, "sh"}, as...)
	c := exec.Command(words[0], words[1:]...)
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWPID | unix.CLONE_NEWUTS,
		Unshareflags: unix.CLONE_NEWNS, Pdeathsig: syscall.SIGKILL}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		c.Process.Kill()
		c.Wait()
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return strconv.Itoa(c.Process.Pid)
}

// enterCopy is the copy of this program that the workers of runEnter run from. Those of who has started bones itself
// run from one of their own, as users' workers do.
var enterCopy = sync.OnceValues(func() (*os.File, error) { return reexec.SealedCopy(reexec.Self, "bones-enter") })

// runEnter runs "bones enter" with these arguments in this process.
func runEnter(t *testing.T, in io.Reader, out, errOut io.Writer, args ...string) int {
	t.Helper()
	copied, err := enterCopy()
	if err != nil {
		t.Fatal(err)
	}
	a := &app{in: in, out: out, err: errOut, procRoot: "/proc", journal: filepath.Join(proctest.TempDir(t), "journal"),
		copied: copied}
	return a.run(t.Context(), append([]string{"enter"}, args...))
}

func TestEnterCommand(t *testing.T) {
	pid := enterWorld(t)
	for _, c := range []struct {
		args   []string
		status int
		out    string
		err    string
	}{
		{[]string{pid, "--", "sh", "-c", "cat; exit 9"}, 9, "input", ""},
		{[]string{"pid:" + pid, "-n", "uts,mnt", "--wd", "/etc", "--", "pwd"}, 0, "/etc\n", ""},
		{[]string{pid, "--as", "root", "--yes", "--", "sh", "-c", "kill -KILL $$"}, 137, "", ""},
		{[]string{pid, "--", "no-such-program"}, 127, "", "not found"},
		{[]string{pid, "--", "/etc/passwd"}, 126, "", "EACCES"},
		{[]string{pid, "--", "sh", "-c", "echo -n $TERM$PATH >&2; exit 1"}, 1, "", "/usr/bin"},
		{[]string{pid, "-n", "pid,nothing"}, exitBones, "", "not a type of namespace"},
		{[]string{pid, "--as", "king"}, exitBones, "", "root or as container"},
		{[]string{pid, "--nonsense"}, exitBones, "", "no flag --nonsense"},
		{nil, exitBones, "", "TARGET is missing"},
		{[]string{pid, "--from", "x", "--", "true"}, exitBones, "", "is about this host as it is now"},
		{[]string{"4194304"}, exitBones, "", "no such process"},
		{[]string{"nobody"}, exitBones, "", "no running container"},
	} {
		var out, errOut bytes.Buffer
		status := runEnter(t, strings.NewReader("input"), &out, &errOut, c.args...)
		if status != c.status || out.String() != c.out || !strings.Contains(errOut.String(), c.err) {
			t.Errorf("enter %q: status %d, %q, %q; want %d, %q, %q", c.args, status, &out, &errOut, c.status, c.out, c.err)
		}
	}
}

func TestEnterDryRunAndReadonly(t *testing.T) {
	pid := enterWorld(t)
	var out, errOut bytes.Buffer
	if s := runEnter(t, nil, &out, &errOut, pid, "--dry-run", "--no-cgroup", "--", "id"); s != 0 {
		t.Fatalf("status %d: %s", s, &errOut)
	}
	if line := out.String(); !strings.Contains(line, "nsenter --target "+pid+" --mount --pid --uts --root --wd") ||
		!strings.HasSuffix(line, "-- id\n") {
		t.Errorf("printed %q", line)
	}
	a := &app{in: strings.NewReader(""), out: &out, err: &errOut, procRoot: "/proc", journal: filepath.Join(t.TempDir(),
		"journal"), readonly: true}
	c := a.enterCommand()
	c.SetArgs([]string{pid, "--", "touch", "/tmp/bones-enter-must-not-be"})
	c.SilenceErrors, c.SilenceUsage = true, true
	if err := c.ExecuteContext(t.Context()); !errors.Is(err, host.ErrReadonly) {
		t.Errorf("--readonly: %v", err)
	}
}

// enterLine is a shell line that runs "bones enter" with its journal in the directory that $DIR names.
func enterLine(t *testing.T, args string) string {
	t.Helper()
	bones, _ := madeBones(t)
	return bones + ` --journal "$DIR/journal" enter ` + args
}

// terminalDriver shows what a test types on a terminal's screen.
type terminalDriver interface {
	send(t *testing.T, keys string)
	screen(t *testing.T) string
	resize(t *testing.T, rows, cols int)
}

// awaitScreen polls the screen for a text.
func awaitScreen(t *testing.T, d terminalDriver, text string) {
	t.Helper()
	for deadline := proctest.Deadline(); ; time.Sleep(10 * time.Millisecond) {
		if strings.Contains(d.screen(t), text) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q did not come; the screen shows\n%s", text, d.screen(t))
		}
	}
}

// enterStory is what a user does at a terminal. What is waited for is never what is typed, because that shows too.
func enterStory(t *testing.T, d terminalDriver, pid string) {
	t.Helper()
	const settings = "echo set$? $(stty -a | tr ' ' '\\n' | grep -x -e icanon -e echo -e isig -e opost | sort)\n"
	d.send(t, "PS1='out''er$?> '\n")
	awaitScreen(t, d, "outer0>")
	d.send(t, enterLine(t, pid+" -- sh -i")+"\n")
	d.send(t, "PS1='in''ner$?> '\n")
	awaitScreen(t, d, "inner0>")
	d.send(t, "echo first is $(readlink /proc/1/exe)\n")
	awaitScreen(t, d, "first is /")
	d.resize(t, 20, 80)
	d.send(t, "while [ \"$(stty size)\" != '20 80' ]; do sleep 0.02; done; echo re''sized\n")
	awaitScreen(t, d, "resized")

	d.send(t, "(echo run''ning; exec sleep 1000)\n")
	awaitScreen(t, d, "running")
	d.send(t, "\x03")
	d.send(t, "echo inter''rupted $?\n")
	awaitScreen(t, d, "interrupted 130")
	// It starts no program: a shell that is about to start one with vfork waits where nothing stops it, for a child that
	// the key has stopped already, and neither ever goes on, with bones or without. And as it reads the terminal, nothing
	// is typed before it has ended.
	d.send(t, "(trap 'echo con''tinued' CONT; trap 'exit 3' INT; echo hal''ting; while :; do read line; done)\n")
	awaitScreen(t, d, "halting")
	d.send(t, "\x1a")
	awaitScreen(t, d, "Stopped")
	d.send(t, "fg\n")
	awaitScreen(t, d, "continued")
	d.send(t, "\x03")
	awaitScreen(t, d, "inner3>")
	d.send(t, "echo af''ter2\n")
	awaitScreen(t, d, "after2")
	d.send(t, "exit 5\n")
	awaitScreen(t, d, "outer5>")
	d.send(t, settings)
	awaitScreen(t, d, "set5 echo icanon isig opost")

	d.send(t, enterLine(t, pid+" -- sh -i")+"\n")
	d.send(t, "echo sec''ond\n")
	awaitScreen(t, d, "second")
	d.send(t, "kill -9 $$\n")
	awaitScreen(t, d, "outer137>")
	d.send(t, settings)
	awaitScreen(t, d, "set137 echo icanon isig opost")
}

// ptyDriver keeps all that was shown since the last "clear".
type ptyDriver struct {
	master *os.File
	got    chan []byte
	all    []byte
}

// newPTYDriver shows what a process writes to its terminal, and ends it with the test.
func newPTYDriver(t *testing.T, c *exec.Cmd, master *os.File) *ptyDriver {
	t.Helper()
	d := &ptyDriver{master: master, got: make(chan []byte)}
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			b := make([]byte, 4096)
			n, err := master.Read(b)
			if err != nil {
				return
			}
			select {
			case d.got <- b[:n]:
			case <-stop:
				return
			}
		}
	}()
	t.Cleanup(func() {
		c.Process.Kill()
		close(stop)
		master.Close()
		c.Wait()
		<-ended
	})
	return d
}

func (d *ptyDriver) send(t *testing.T, keys string) {
	t.Helper()
	if _, err := d.master.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func (d *ptyDriver) screen(*testing.T) string {
	for {
		select {
		case b := <-d.got:
			d.all = append(d.all, b...)
		default:
			return string(d.all)
		}
	}
}

func (d *ptyDriver) resize(t *testing.T, rows, cols int) {
	t.Helper()
	if err := pty.Setsize(d.master, &pty.Winsize{Rows: uint16(rows), Cols: uint16(cols)}); err != nil {
		t.Fatal(err)
	}
}

func TestEnterOnAPseudoterminal(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	pid := enterWorld(t)
	c := exec.Command("/bin/sh", "-i")
	c.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "TERM=xterm", "DIR=" + t.TempDir()}
	master, err := pty.StartWithSize(c, &pty.Winsize{Rows: 30, Cols: 200})
	if err != nil {
		t.Fatal(err)
	}
	d := newPTYDriver(t, c, master)
	enterStory(t, d, pid)
}

// tmuxDriver is a shell in tmux.
type tmuxDriver struct{ client *tmuxClient }

func (d tmuxDriver) run(t *testing.T, args ...string) string {
	t.Helper()
	said, err := d.client.run(args)
	if err != nil {
		t.Fatalf("tmux %q: %v", args, err)
	}
	return said
}

func (d tmuxDriver) send(t *testing.T, keys string) {
	t.Helper()
	for i, line := range strings.Split(keys, "\n") {
		if i > 0 {
			d.run(t, "send-keys", "Enter")
		}
		switch line {
		case "":
		case "\x03":
			d.run(t, "send-keys", "C-c")
		case "\x1a":
			d.run(t, "send-keys", "C-z")
		default:
			d.run(t, "send-keys", "-l", line)
		}
	}
}

func (d tmuxDriver) screen(t *testing.T) string { return d.run(t, "capture-pane", "-p") }

func (d tmuxDriver) resize(t *testing.T, rows, cols int) {
	d.run(t, "resize-window", "-x", strconv.Itoa(cols), "-y", strconv.Itoa(rows))
}

func TestEnterInTmux(t *testing.T) {
	pid := enterWorld(t)
	if _, err := exec.LookPath("tmux"); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("tmux is not installed")
		}
		skipMissing(t, "tmux is not installed")
	}
	dir := t.TempDir()
	d := tmuxDriver{startTmux(t, filepath.Join(dir, "socket"), 200, 40,
		[]string{"env", "DIR=" + dir, "LC_ALL=C", "/bin/sh", "-i"})}
	d.run(t, "set-option", "-g", "status", "off")
	enterStory(t, d, pid)
}
