package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"bones/procwalk/proctest"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// ptyUI is the terminal UI, the real program, on a pseudoterminal that a test holds the other end of.
type ptyUI struct {
	t      *testing.T
	master *os.File
	slave  *os.File // so that the settings can be read when the program has ended
	guard  *exec.Cmd
	before *unix.Termios

	mu     sync.Mutex
	shown  []byte
	modes  modes
	exited chan struct{}
	hold   sync.Mutex // held: nothing is read of what the program writes
}

// startPTYUI starts the UI and returns once the table of processes is there. It changes nothing on the system.
func startPTYUI(t *testing.T, m made, change ...func(*exec.Cmd)) *ptyUI {
	t.Helper()
	dir := t.TempDir()
	c := exec.Command(m.bones, "--readonly", "--journal", dir+"/journal", "--delay", "5")
	c.Dir = dir
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TERM=xterm-256color", "LC_ALL=C.UTF-8"}
	u := startPTY(t, c, change...)
	u.until("the table", proctest.Patience, func() bool { return strings.Contains(u.modes.text.String(), "by hand") })
	return u
}

// startPTY starts a program on a pseudoterminal.
func startPTY(t *testing.T, c *exec.Cmd, change ...func(*exec.Cmd)) *ptyUI {
	t.Helper()
	proctest.Need(t, proctest.PTYs)
	master, slave, err := pty.Open() // the test itself says when they are closed
	if err != nil {
		t.Fatal(err)
	}
	pty.Setsize(master, &pty.Winsize{Rows: 30, Cols: 100})
	master = pollable(t, master)
	u := &ptyUI{t: t, master: master, slave: slave, modes: newModes(), exited: make(chan struct{})}
	if u.before, err = unix.IoctlGetTermios(int(slave.Fd()), unix.TCGETS); err != nil {
		t.Fatal(err)
	}
	c.Stdin, c.Stdout, c.Stderr = slave, slave, slave
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	for _, f := range change {
		f(c)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	u.guard = c
	t.Cleanup(func() {
		select {
		case <-u.exited:
		default:
			if child := u.child(); child != 0 {
				proctest.Signal(t, child, unix.SIGKILL)
			}
			c.Process.Kill()
			<-u.exited
		}
		master.Close()
		slave.Close()
	})
	go func() {
		buf := make([]byte, 32<<10)
		for {
			u.awaitReading()
			n, err := master.Read(buf)
			u.mu.Lock()
			u.shown = append(u.shown, buf[:n]...)
			u.shown = u.modes.take(u.shown)
			u.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() { c.Wait(); close(u.exited) }()
	return u
}

// awaitReading waits while a test holds the terminal, to be one that takes no output.
func (u *ptyUI) awaitReading() {
	u.hold.Lock()
	defer u.hold.Unlock()
}

// pollable returns the same file as one whose Close interrupts who reads it.
func pollable(t *testing.T, f *os.File) *os.File {
	t.Helper()
	fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
	unix.SetNonblock(fd, true)
	return os.NewFile(uintptr(fd), "master")
}

// until polls under the lock.
func (u *ptyUI) until(what string, within time.Duration, ok func() bool) {
	u.t.Helper()
	for deadline := time.Now().Add(within); ; time.Sleep(5 * time.Millisecond) {
		u.mu.Lock()
		done := ok()
		last := u.modes.text.String()
		u.mu.Unlock()
		if done {
			return
		}
		if time.Now().After(deadline) {
			u.t.Fatalf("waited in vain for %s; shown at last: %q", what, last[max(0, len(last)-600):])
		}
	}
}

// child returns the PID of the UI's own process, 0 if there is none.
func (u *ptyUI) child() int {
	pid := u.guard.Process.Pid
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		c, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		b = append(b, c...)
	}
	for _, f := range strings.Fields(string(b)) {
		if n, err := strconv.Atoi(f); err == nil {
			return n
		}
	}
	return 0
}

func (u *ptyUI) ends(within time.Duration) bool {
	select {
	case <-u.exited:
		return true
	case <-time.After(within):
		return false
	}
}

// restored checks that everything that was turned on is off, and the settings are those from before.
func (u *ptyUI) restored() {
	u.t.Helper()
	after, err := unix.IoctlGetTermios(int(u.slave.Fd()), unix.TCGETS)
	if err != nil || *after != *u.before {
		u.t.Errorf("the terminal's settings were %+v, are %+v (%v)", u.before, after, err)
	}
	// What was written last is still on its way.
	deadline := proctest.Deadline()
	for {
		u.mu.Lock()
		on := u.modes.on()
		u.mu.Unlock()
		if on == "" {
			return
		}
		if time.Now().After(deadline) {
			u.mu.Lock()
			last, cut := u.modes.text.String(), string(u.shown)
			u.mu.Unlock()
			u.t.Errorf("left behind: %s; it ended with %v; shown at last: %q and %q", on, u.guard.ProcessState,
				last[max(0, len(last)-300):], cut)
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// modes are what programs turn on in a terminal like xterm, as far as their output tells.
type modes struct {
	private  map[int]bool // DECSET
	keypad   bool
	other    string      // modifyOtherKeys
	keyboard [2][]string // kitty's stack, for the main and the alternate screen
	titles   int
	text     *bytes.Buffer // what is not a sequence
}

func newModes() modes { return modes{private: map[int]bool{}, text: &bytes.Buffer{}} }

// sequences are what tcell writes: control sequences, strings, and the short ones.
var sequences = regexp.MustCompile("^\x1b(?:\\[([<=>?]?)([0-9;:]*)([ " +
	"!]?)([@-~])|[\\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\\\)|[()]([0-9A-B])|([=>78M\\\\]))")

// take follows the output and returns the rest of it, which is the beginning of a sequence.
func (m *modes) take(b []byte) []byte {
	for len(b) > 0 {
		at := bytes.IndexByte(b, 0x1b)
		if at < 0 {
			at = len(b)
		}
		m.text.Write(b[:at])
		if m.text.Len() > 64<<10 {
			m.text.Next(m.text.Len() - 32<<10)
		}
		if b = b[at:]; len(b) == 0 {
			return nil
		}
		found := sequences.FindSubmatch(b)
		if found == nil {
			if len(b) > 256 { // no sequence of ours
				b = b[1:]
				continue
			}
			return bytes.Clone(b)
		}
		m.sequence(string(found[1]), string(found[2]), string(found[4]), string(found[6]))
		b = b[len(found[0]):]
	}
	return nil
}

func (m *modes) sequence(prefix, numbers, final, short string) {
	screen := 0
	if m.private[1049] {
		screen = 1
	}
	switch {
	case prefix == "?" && (final == "h" || final == "l"):
		for n := range strings.SplitSeq(numbers, ";") {
			v, _ := strconv.Atoi(n)
			m.private[v] = final == "h"
		}
	case prefix == ">" && final == "m":
		m.other = strings.TrimSuffix(strings.TrimPrefix(numbers, "4;"), "0")
	case prefix == ">" && final == "u":
		m.keyboard[screen] = append(m.keyboard[screen], numbers)
	case prefix == "<" && final == "u":
		if n := len(m.keyboard[screen]); n > 0 {
			m.keyboard[screen] = m.keyboard[screen][:n-1]
		} else {
			m.titles += 1000 // it took what was not its own
		}
	case final == "t" && strings.HasPrefix(numbers, "22;"):
		m.titles++
	case final == "t" && strings.HasPrefix(numbers, "23;"):
		m.titles--
	case short == "=" || short == ">":
		m.keypad = short == "="
	}
}

// on returns what is not as in a terminal that nobody used.
func (m *modes) on() string {
	var on []string
	for _, n := range slices.Sorted(maps.Keys(m.private)) {
		if m.private[n] != (n == 7 || n == 25 || n == 12) && n != 12 { // 12 is whether the cursor blinks, part of showing it
			on = append(on, fmt.Sprintf("mode %d is %v", n, m.private[n]))
		}
	}
	if m.keypad {
		on = append(on, "application keypad")
	}
	if m.other != "" {
		on = append(on, "modifyOtherKeys "+m.other)
	}
	if m.titles != 0 {
		on = append(on, fmt.Sprintf("%d titles or keyboards on their stack", m.titles))
	}
	for _, k := range m.keyboard {
		on = append(on, k...)
	}
	return strings.Join(on, ", ")
}
