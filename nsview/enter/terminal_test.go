package enter

import (
	"bytes"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
)

// screen collects what a session prints and lets a test wait for a text in it.
type screen struct {
	mu  sync.Mutex
	buf bytes.Buffer
	at  int // what is before was waited for already
}

func (s *screen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

// until waits for a text after what was waited for before.
func (s *screen) until(t *testing.T, text string) {
	t.Helper()
	for deadline := proctest.Deadline(); ; time.Sleep(2 * time.Millisecond) {
		s.mu.Lock()
		i := strings.Index(s.buf.String()[s.at:], text)
		if i >= 0 {
			s.at += i + len(text)
		}
		seen := s.buf.String()
		s.mu.Unlock()
		if i >= 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%q did not come; the terminal showed %q", text, seen)
		}
	}
}

// typist is a session on a terminal with a keyboard.
type typist struct {
	*screen
	*Session
	keys *os.File
	in   *os.File
}

func (k *typist) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := k.keys.WriteString(keys); err != nil {
		t.Fatal(err)
	}
}

func startTerminal(t *testing.T, r Request) *typist {
	t.Helper()
	e, err := New("/proc", r)
	if err != nil {
		t.Fatal(err)
	}
	in, keys, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	k := &typist{screen: &screen{}, keys: keys, in: in}
	k.Session, err = e.Start(t.Context(), Stdio{In: in, Out: k.screen, TTY: true, Size: Size{Rows: 31, Cols: 97}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); keys.Close() })
	return k
}

func TestTerminalJobControlAndSize(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.PID, procwalk.Mnt, procwalk.UTS},
		does: []string{"private", "proc"}})
	k := startTerminal(t, Request{Target: id, Program: []string{"/bin/sh", "-i"}, As: AsRoot, Term: "xterm"})
	k.press(t, "PS1='ready> '\n")
	k.until(t, "ready> ")
	k.press(t, "stty size; echo $TERM\n")
	k.until(t, "31 97")
	k.until(t, "xterm")
	if err := k.Resize(Size{Rows: 43, Cols: 111}); err != nil {
		t.Fatal(err)
	}
	k.press(t, "stty size\n")
	k.until(t, "43 111")

	k.press(t, "(echo by$((1+1))e; exec sleep 1000)\n")
	k.until(t, "by2e")
	k.press(t, "\x03") // Ctrl-C
	k.press(t, "echo interrupted $?\n")
	k.until(t, "interrupted 130")

	k.press(t, "(echo sto$((1+1))p; exec sleep 1000)\n")
	k.until(t, "sto2p")
	k.press(t, "\x1a") // Ctrl-Z
	k.until(t, "Stopped")
	k.press(t, "jobs; kill %1; exit 5\n")
	k.until(t, "sleep 1000")
	k.press(t, "exit 5\n") // a shell with stopped jobs asks again
	if s, err := k.Wait(); err != nil || s.Code != 5 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTerminalResizeReachesTheProgram(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	k := startTerminal(t, Request{Target: id,
		Program: sh(`trap 'stty size; exit 3' WINCH; echo waiting; while :; do sleep 0.02; done`)})
	k.until(t, "waiting")
	if err := k.Resize(Size{Rows: 12, Cols: 34}); err != nil {
		t.Fatal(err)
	}
	k.until(t, "12 34")
	if s, err := k.Wait(); err != nil || s.Code != 3 {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestTerminalOfAKilledShell(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	id := startTarget(t, want{types: []procwalk.NSType{procwalk.UTS}})
	k := startTerminal(t, Request{Target: id, Program: sh("echo up; kill -9 $$")})
	k.until(t, "up")
	if s, err := k.Wait(); err != nil || s.Code != 137 {
		t.Errorf("%+v, %v", s, err)
	}
	k.press(t, "x") // after the end nothing is read any more
	b := make([]byte, 1)
	if n, err := k.in.Read(b); err != nil || n != 1 || b[0] != 'x' {
		t.Errorf("what was typed after the end is lost: %d, %v", n, err)
	}
}

// The device is a new one, which the target's user owns.
func TestTerminalIsTheProgramsOwn(t *testing.T) {
	proctest.Need(t, proctest.PTYs)
	id := startTarget(t, want{types: AllTypes(), does: []string{"private", "proc"}})
	k := startTerminal(t, Request{Target: id,
		Program: sh(`: </proc/self/fd/0 && echo mine $(stat -L -c %u /proc/self/fd/0)`)})
	k.until(t, "mine 0")
	if s, err := k.Wait(); err != nil || s.Code != 0 {
		t.Errorf("%+v, %v", s, err)
	}
}
