package main

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"bones/cmd/bones/internal/terminal"
	"bones/procwalk/proctest"
	"bones/procwalk/signals"
	"bones/ui"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
	"golang.org/x/sys/unix"
)

// hostileInputs are what a terminal can send and tcell cannot digest.
func hostileInputs() map[string][]byte {
	random := make([]byte, proctest.Soak(3*terminal.MaxPaste, 1<<20))
	rand.NewChaCha8([32]byte{7}).Read(random)
	typed := withoutSignalKeys(random[:proctest.Soak(4<<10, 64<<10)])
	return map[string][]byte{
		"latin-1":           []byte("/na\xefve caf\xe9"),
		"cut UTF-8":         []byte("\xe2\x82"),
		"X10 mouse":         []byte("\x1b[M \xff\xfe\x1b[M\x80\x80\x80\x1b[M \x00\x00\x1b[M !"),
		"SGR mouse":         []byte("\x1b[<0;99999999999;1M\x1b[<2147483648;1;1m\x1b[<0;;M\x1b[<0;65535;65535M\x1b[<"),
		"OSC without end":   []byte("\x1b]0;title"),
		"DCS without end":   []byte("\x1bP1$r0m"),
		"CSI without end":   append([]byte("\x1b["), bytes.Repeat([]byte("1;"), proctest.Soak(1<<16, 1<<18))...),
		"repetitions":       []byte("\x1b[65;30;97;1;0;2147483647_"),
		"paste without end": []byte("\x1b[200~abc\xe2"),
		"paste of random":   append(append([]byte("/\x1b[200~"), random...), "\x1b[201~"...),
		"random":            typed,
		"signal keys":       []byte("\x03\x1c\x03\x1c/\x03\x1c:\x03\x1c"),
		"more after q":      append([]byte("q"), bytes.Repeat([]byte("line\r"), proctest.Soak(1<<10, 1<<14))...),
	}
}

// withoutSignalKeys leaves out Ctrl-C, Ctrl-\ and Ctrl-Z. To the UI they are keys like others. But random bytes end
// the UI somewhere in the middle, and what comes after that is the kernel's, with the settings of the shell again:
// Ctrl-Z would stop what nobody continues, and at each of the others the kernel throws away what the terminal has not
// taken of the output yet, the end of the UI's modes among it.
//
// Source: drivers/tty/n_tty.c, isig.
func withoutSignalKeys(b []byte) []byte {
	return slices.DeleteFunc(bytes.Clone(b), func(c byte) bool { return c == 0x03 || c == 0x1a || c == 0x1c })
}

// TestHostileInput: after each of them, escape and q end the UI, and the terminal is restored.
func TestHostileInput(t *testing.T) {
	m := builtBones(t)
	inputs := hostileInputs()
	if proctest.Soak(0, 1) == 0 { // what ends by itself comes to one UI, which goes on after each
		var all []byte
		for _, name := range []string{"latin-1", "repetitions", "X10 mouse", "cut UTF-8"} {
			all = append(append(all, inputs[name]...), 0x1b)
			delete(inputs, name)
		}
		inputs["short ones"] = all
	}
	for name, in := range inputs {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			survives(t, m, in)
		})
	}
}

// FuzzTerminalInput gives the UI what a terminal may send, in one process and without a clock: the filter, the parser
// and the UI over a host that is made up, so that the fuzzer sees which code a byte reaches. TestHostileInput has the
// real program on a real terminal.
func FuzzTerminalInput(f *testing.F) {
	inputs := hostileInputs()
	for _, name := range slices.Sorted(maps.Keys(inputs)) {
		f.Add(inputs[name][:min(len(inputs[name]), mostTyped)], uint8(7))
	}
	for _, in := range []string{"2/web\r", "5jjj\r", ":health\r", "?jj\x1b", "4e12\r", "3t", "K", "s",
		"\x1b[200~x\x1b[201~", "\x1b[<0;10;5M\x1b[<0;10;5m\x1b[<64;10;5M", "\x1bOA\x1b[B\x1b[1;5C\x1b[3~",
		"\x01\x1a\x03"} {
		f.Add([]byte(in), uint8(0x83))
	}
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		in = in[:min(len(in), mostTyped)] // a fuzzer takes an input of ten seconds for a deadlock
		s := newTypist(t)
		for len(in) > 0 {
			n := min(len(in), int(piece%61)+1)
			s.types(in[:n])
			in = in[n:]
			if piece&0x80 != 0 {
				s.waits()
			}
		}
		s.waits()
		s.last = nil
		for range 2 {
			s.types([]byte{0x1b})
			s.waits()
		}
		s.types([]byte("q"))
		if s.last == nil || s.last.Rune() != 'q' || s.last.Modifiers() != 0 {
			t.Fatalf("after escape, q came as %#v", s.last)
		}
		s.rig.Safe()
	})
}

// mostTyped is how many bytes the fuzzer types.
const mostTyped = 1 << 10

// typist types into a UI as a terminal does.
type typist struct {
	t      *testing.T
	rig    *uitest.Rig
	filter terminal.Filter
	parser tcell.InputProcessor
	events chan tcell.Event
	pasted []byte // what has come of a paste; nil: there is none
	last   *tcell.EventKey
}

func newTypist(t *testing.T) *typist {
	with := func(h *fakehost.FakeHost, o *ui.Options) {
		uitest.WithGroups(h, o)
		uitest.WithFiles(h, o)
		uitest.WithNamespaces(h, o)
	}
	// One sequence makes a few events, which are taken before the next one comes.
	s := &typist{t: t, rig: uitest.Show(t, 90, 26, "1", rowstest.World, with), events: make(chan tcell.Event, 1<<12)}
	s.parser = tcell.NewInputProcessor(s.events)
	return s
}

func (s *typist) types(b []byte) {
	s.filter.Feed(b, s.token)
	s.rig.Redraw()
}

// waits lets the time go by after which nothing can be a part of what came.
func (s *typist) waits() {
	for i := 0; s.filter.Wait() > 0; i++ {
		if s.filter.Silence(s.token); i > 2 {
			s.t.Fatalf("after silence it waits still: %+v", &s.filter)
		}
	}
}

func (s *typist) token(token []byte) {
	s.parser.ScanUTF8(token)
	for {
		select {
		case ev := <-s.events:
			s.event(ev)
		default:
			return
		}
	}
}

// event does what tview's event loop does with one.
func (s *typist) event(ev tcell.Event) {
	switch ev := ev.(type) {
	case *tcell.EventPaste:
		if ev.Start() {
			s.pasted = []byte{}
		} else if s.pasted != nil {
			s.rig.App.PasteHandler()(string(s.pasted), nil)
			s.pasted = nil
		}
	case *tcell.EventKey:
		if s.last = ev; s.pasted != nil {
			s.pasted = utf8.AppendRune(s.pasted, ev.Rune())
			return
		}
		s.rig.App.InputHandler()(ev, nil)
	case *tcell.EventMouse:
		action := map[tcell.ButtonMask]tview.MouseAction{tcell.ButtonNone: tview.MouseMove,
			tcell.ButtonPrimary: tview.MouseLeftClick, tcell.WheelUp: tview.MouseScrollUp,
			tcell.WheelDown: tview.MouseScrollDown}[ev.Buttons()]
		s.rig.App.MouseHandler()(action, ev, nil)
	}
}

func survives(t *testing.T, m made, in []byte) {
	t.Helper()
	u := startPTYUI(t, m)
	sent := make(chan struct{})
	whole := len(in)
	go func() {
		defer close(sent)
		for len(in) > 0 && !u.ends(0) {
			n, err := u.master.Write(in[:min(len(in), 4096)])
			if err != nil {
				return
			}
			in = in[n:]
		}
	}()
	select {
	case <-sent:
	case <-u.exited: // at a key that was in it; nobody takes the rest
	case <-time.After(proctest.Patience):
		if pid := u.child(); pid > 1 { // 0 would be the process group of whoever runs the tests
			proctest.Signal(t, pid, unix.SIGQUIT)
			u.ends(3 * time.Second)
		}
		t.Fatalf("it took %d of %d bytes of its input: %s", whole-len(in), whole, u.modes.text.String())
	}
	// A user looks before a key is pressed, and presses escape until no dialog is left. On a busy machine a dialog whose
	// facts take long comes after that, and takes the q; then the user begins once more.
	for deadline, i := proctest.Deadline(), 1; !u.ends(300 * time.Millisecond); i++ {
		if time.Now().After(deadline) {
			t.Fatalf("q did not end it; the UI uses %s", statOf(u.child()))
		}
		key := "\x1b"
		if i%3 == 0 {
			key = "q"
		}
		u.master.WriteString(key)
	}
	u.restored()
}

func statOf(pid int) string {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return fmt.Sprint(string(b), err)
}

// death is what one terminal UI is sent, and by whom it is taken: the UI, its guard, or both.
type death struct {
	to   string
	sent []unix.Signal
}

// Signals by what a Go program does that does not ask for them: it ends, the first three asked for by the UI, the
// others with a report of all goroutines; or it goes on.
var (
	endingSignals = []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGTERM, unix.SIGQUIT, unix.SIGSEGV, unix.SIGILL,
		unix.SIGTRAP, unix.SIGABRT, unix.SIGBUS, unix.SIGFPE, unix.SIGSTKFLT, unix.SIGSYS}
	harmlessSignals = []unix.Signal{unix.SIGUSR1, unix.SIGUSR2, unix.SIGPIPE, unix.SIGALRM, unix.SIGXCPU, unix.SIGXFSZ,
		unix.SIGVTALRM, unix.SIGPROF, unix.SIGIO, unix.SIGPWR}
)

// deaths are those that are tried: with a soak each signal alone to each, else those that end the UI by each of the
// ways there are, and those that do not end it one after the other.
func deaths() (list []death) {
	list = append(list, death{"the UI", []unix.Signal{unix.SIGKILL}}) // with the guard's nobody is left that could
	each := func(to string, sigs ...unix.Signal) {
		for _, sig := range sigs {
			list = append(list, death{to, []unix.Signal{sig}})
		}
	}
	if proctest.Soak(0, 1) == 1 {
		for _, to := range []string{"the UI", "the guard", "both"} {
			each(to, endingSignals...)
			each(to, harmlessSignals...)
		}
		return list
	}
	// TestTerminalIsRestored sends those that are asked for to one of the two.
	each("the UI", unix.SIGHUP, unix.SIGTERM, unix.SIGQUIT, unix.SIGSEGV)
	each("the guard", unix.SIGINT, unix.SIGQUIT, unix.SIGABRT)
	// As by the terminal, by a shell that ends, by timeout(1) and service managers.
	each("both", unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	return append(list, death{"the UI", harmlessSignals}, death{"the guard", harmlessSignals},
		death{"both", harmlessSignals})
}

// TestEveryDeath: whatever signal ends the UI, its guard or both, the terminal is as it was.
func TestEveryDeath(t *testing.T) {
	m := builtBones(t)
	for _, d := range deaths() {
		name := signals.Name(d.sent[0])
		if len(d.sent) > 1 {
			name = "harmless ones"
		}
		t.Run(name+" to "+d.to, func(t *testing.T) {
			t.Parallel()
			u := startPTYUI(t, m)
			pid := map[string]int{"the UI": u.child(), "the guard": u.guard.Process.Pid, "both": -u.guard.Process.Pid}[d.to]
			for _, sig := range d.sent {
				proctest.Signal(t, pid, sig)
			}
			harmless := slices.Contains(harmlessSignals, d.sent[0])
			if harmless {
				u.master.WriteString("q")
			}
			if !u.ends(proctest.Patience) {
				t.Fatal("it does not end")
			}
			if s := u.guard.ProcessState; harmless && !s.Success() {
				t.Errorf("it ended with %v, and what it got lets a program go on", s)
			}
			u.restored()
		})
	}
}

// TestStuckUIEnds: a UI that does nothing any more is ended 3 s after a signal to the guard, and after the terminal's
// end.
func TestStuckUIEnds(t *testing.T) {
	m := builtBones(t)
	for name, end := range map[string]func(u *ptyUI){
		"TERM": func(u *ptyUI) { u.guard.Process.Signal(unix.SIGTERM) },
		"HUP":  func(u *ptyUI) { u.guard.Process.Signal(unix.SIGHUP) },
		"INT":  func(u *ptyUI) { u.guard.Process.Signal(unix.SIGINT) },
		"the terminal's end, which nobody is told": func(u *ptyUI) { u.master.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u := startPTYUI(t, m, func(c *exec.Cmd) { c.SysProcAttr = &syscall.SysProcAttr{Setsid: true} })
			defer haltThreads(t, u.child())()
			end(u)
			if !u.ends(proctest.Patience) { // 3 s, on a machine that has nothing else to do
				t.Fatal("the guard waits still")
			}
			if name[0] != 't' {
				u.restored()
			}
		})
	}
}

// haltThreads stops every thread of a process as a debugger does, which its parent does not see. What is returned is
// called at the end.
func haltThreads(t *testing.T, pid int) (stop func()) {
	t.Helper()
	halted, over := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends, and with it the tracing
		seized := map[int]bool{}
		halted <- seizeAll(pid, seized)
		for len(seized) > 0 {
			for tid := range seized {
				var status unix.WaitStatus
				got, err := unix.Wait4(tid, &status, unix.WALL|unix.WNOHANG, nil)
				if err == unix.ECHILD || got == tid && (status.Exited() || status.Signaled()) {
					delete(seized, tid)
				}
			}
			select {
			case <-over:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	if err := <-halted; err != nil {
		close(over)
		t.Skip("the UI's process cannot be traced here: ", err)
	}
	return func() { close(over) }
}

// seizeAll traces and stops threads until there are no new ones.
func seizeAll(pid int, seized map[int]bool) error {
	for more := true; more; {
		more = false
		tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
		if err != nil {
			return err
		}
		for _, task := range tasks {
			tid, err := strconv.Atoi(task.Name())
			if err != nil || seized[tid] {
				continue
			}
			if err := unix.PtraceSeize(tid); err != nil {
				return err
			}
			if err := unix.PtraceInterrupt(tid); err != nil {
				return err
			}
			seized[tid], more = true, true
		}
	}
	return nil
}

// TestTerminalThatTakesNothing: a terminal that takes no output (a frozen connection, Ctrl-S) holds nobody up.
func TestTerminalThatTakesNothing(t *testing.T) {
	m := builtBones(t)
	u := startPTYUI(t, m)
	u.hold.Lock()
	defer u.hold.Unlock()
	for range 400 { // each draws a screen
		u.master.WriteString("?\x1b[27u")
	}
	u.guard.Process.Signal(unix.SIGTERM)
	if !u.ends(proctest.Patience) {
		t.Fatal("it does not end")
	}
	after, err := unix.IoctlGetTermios(int(u.slave.Fd()), unix.TCGETS)
	if err != nil || *after != *u.before {
		t.Errorf("the terminal's settings were %+v, are %+v (%v)", u.before, after, err)
	}
}
