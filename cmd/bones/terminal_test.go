package main

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/procwalk/signals"

	"golang.org/x/sys/unix"
)

// tmuxTerminal is a shell in tmux. The screen is polled for what is expected; nothing waits for a time to pass.
type tmuxTerminal struct {
	t      *testing.T
	client *tmuxClient
	bones  string
}

func newTerminal(t *testing.T, columns, rows int, env ...string) *tmuxTerminal {
	t.Helper()
	proctest.Need(t, proctest.PTYs)
	proctest.NeedPrograms(t, "tmux")
	dir := t.TempDir()
	s := &tmuxTerminal{t: t, bones: filepath.Join(dir, "bones")}
	install(t, s.bones)
	// A login shell that bones starts in there does not read what root of this machine has shells do: it can be hundreds
	// of processes.
	shell := append([]string{"env", "PS1=ready$ ", "LC_ALL=C.UTF-8", "HOME=" + dir, "HISTFILE=",
		"XDG_STATE_HOME=" + filepath.Join(dir, "state"), "XDG_CONFIG_HOME=" + dir}, env...)
	shell = append(shell, "bash", "--norc", "--noprofile")
	s.client = startTmux(t, filepath.Join(dir, "tmux"), columns, rows, shell)
	s.until("the prompt", func(screen string) bool { return strings.Contains(screen, "ready$") })
	return s
}

func (s *tmuxTerminal) tmux(args ...string) string {
	s.t.Helper()
	said, err := s.client.run(args)
	if err != nil {
		s.t.Fatalf("tmux %q: %v", args, err)
	}
	return said
}

func (s *tmuxTerminal) screen() string { return s.tmux("capture-pane", "-p") }

// keys sends keys by tmux's names.
func (s *tmuxTerminal) keys(keys ...string) { s.tmux(append([]string{"send-keys"}, keys...)...) }

// line types a line into the shell.
func (s *tmuxTerminal) line(text string) {
	s.tmux("send-keys", "-l", text)
	s.keys("Enter")
}

// atShell is a screen on which the shell waits for a line. What is typed before, while a program gives the terminal
// back, is thrown away with what the program has not read.
func atShell(screen string) bool { return strings.HasSuffix(strings.TrimSpace(screen), "ready$") }

// until waits until the screen has what is wanted, and returns it. A screen may be seen while it is drawn: it counts
// once it stands still, or has what is wanted three times, for a busy one never stands still.
func (s *tmuxTerminal) until(what string, ok func(screen string) bool) string {
	s.t.Helper()
	last, seen := "", 0
	return s.look(what, func(screen string) bool {
		was := last
		last = screen
		if !ok(screen) {
			seen = 0
			return false
		}
		seen++
		return seen > 1 && screen == was || seen == 3
	})
}

// look waits until ok says so of the screen, or of what it asks itself, and returns the screen.
func (s *tmuxTerminal) look(what string, ok func(screen string) bool) string {
	s.t.Helper()
	for deadline, wait := proctest.Deadline(), 10*time.Millisecond; ; wait = min(wait*3/2, 100*time.Millisecond) {
		screen := s.screen()
		if ok(screen) {
			return screen
		}
		time.Sleep(wait)
		if time.Now().After(deadline) {
			s.t.Fatalf("waited in vain for %s; the screen:\n%s", what, screen)
		}
	}
}

func contains(word string) func(string) bool {
	return func(screen string) bool { return strings.Contains(screen, word) }
}

// start starts the terminal UI and returns the PIDs of the guard and of the UI itself.
func (s *tmuxTerminal) start(flags string) (guard, child int) {
	s.t.Helper()
	s.line(s.bones + " --journal " + filepath.Join(filepath.Dir(s.bones), "journal.jsonl") + " " + flags)
	s.until("the process table with a selected row", contains("by hand: ps -o"))
	pane, err := strconv.Atoi(strings.TrimSpace(s.tmux("display-message", "-p", "#{pane_pid}")))
	if err != nil {
		s.t.Fatal(err)
	}
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		s.t.Fatal(err)
	}
	defer w.Close()
	snap, err := w.Snapshot(context.Background(), procwalk.Request{})
	if err != nil {
		s.t.Fatal(err)
	}
	for i := range snap.Processes {
		if p := &snap.Processes[i]; p.PPID == pane && p.Comm.Raw() == "bones" {
			guard = p.PID
		}
	}
	for i := range snap.Processes {
		if p := &snap.Processes[i]; p.PPID == guard && guard != 0 {
			child = p.PID
		}
	}
	if child == 0 {
		s.t.Fatalf("the UI's process was not found below the shell %d", pane)
	}
	return guard, child
}

// modes are the terminal's settings, as the shell in it sees them.
func (s *tmuxTerminal) modes() string {
	s.t.Helper()
	s.line("clear; echo modes $(stty -g | cksum) end")
	screen := s.until("stty", func(screen string) bool { return modesLine.MatchString(screen) })
	return modesLine.FindString(screen)
}

var modesLine = regexp.MustCompile(`modes \d+ \d+ end`)

// restored checks that the shell is back, with everything as it was.
func (s *tmuxTerminal) restored(before string) {
	s.t.Helper()
	if after := s.modes(); after != before {
		s.t.Errorf("the terminal's settings changed: %s, then %s", before, after)
	}
	for _, f := range []string{"alternate_on", "mouse_any_flag", "keypad_cursor_flag"} {
		if on := strings.TrimSpace(s.tmux("display-message", "-p", "#{"+f+"}")); on != "0" && on != "" {
			s.t.Errorf("%s is still %s", f, on)
		}
	}
	if on := strings.TrimSpace(s.tmux("display-message", "-p", "#{cursor_flag}")); on != "1" {
		s.t.Errorf("the cursor is hidden: %q", on)
	}
}

func TestTerminalIsRestored(t *testing.T) {
	s := newTerminal(t, 100, 30)
	before := s.modes()
	type end struct {
		name   string
		do     func(guard, child int)
		status int
		says   string
	}
	to := func(pid int, sig unix.Signal) { proctest.Signal(s.t, pid, sig) }
	ends := []end{
		{"q", func(_, _ int) { s.keys("q") }, 0, ""},
		{"F10", func(_, _ int) { s.keys("F10") }, 0, ""},
		{"KILL to the UI", func(_, child int) { to(child, unix.SIGKILL) }, 128 + 9, "ended by signal 9"},
		// To Go's runtime a fault that no code of its own caused is a crash: it ends the way a panic in any goroutine
		// ends, with a trace of all of them.
		{"a crash of the UI", func(_, child int) { to(child, unix.SIGSEGV) }, 2, "internal error"},
		{"ABRT to the UI", func(_, child int) { to(child, unix.SIGABRT) }, 2, "internal error"},
	}
	for i, sig := range []unix.Signal{unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT} {
		name := signals.Name(sig)
		// A soak sends each to both.
		if i%2 == 0 || proctest.Soak(0, 1) == 1 {
			ends = append(ends, end{name + " to the guard", func(guard, _ int) { to(guard, sig) }, 128 + int(sig), ""})
		}
		if i%2 == 1 || proctest.Soak(0, 1) == 1 {
			ends = append(ends, end{name + " to the UI", func(_, child int) { to(child, sig) }, 128 + int(sig), ""})
		}
	}
	for _, e := range ends {
		t.Run(e.name, func(t *testing.T) {
			s.t = t
			guard, child := s.start("")
			e.do(guard, child)
			s.until("the shell", atShell)
			s.line("echo status=$?=")
			screen := s.until("the status", regexp.MustCompile(`status=\d+=`).MatchString)
			if want := fmt.Sprintf("status=%d=", e.status); !strings.Contains(screen, want) {
				t.Errorf("want %s; the screen:\n%s", want, screen)
			}
			if e.says != "" && !strings.Contains(screen, e.says) {
				t.Errorf("nothing says %q; the screen:\n%s", e.says, screen)
			}
			if strings.Contains(screen, "goroutine ") {
				t.Errorf("a stack trace reached the terminal:\n%s", screen)
			}
			s.restored(before)
		})
	}
	s.t = t
}

func TestTerminalSuspends(t *testing.T) {
	s := newTerminal(t, 100, 30)
	before := s.modes()
	for name, suspend := range map[string]func(guard, child int){
		"Ctrl-Z":            func(_, _ int) { s.keys("C-z") },
		"TSTP to the guard": func(guard, _ int) { proctest.Signal(t, guard, unix.SIGTSTP) },
		"TSTP to both":      func(guard, _ int) { proctest.Signal(t, -guard, unix.SIGTSTP) },
		"TSTP to the UI":    func(_, child int) { proctest.Signal(t, child, unix.SIGTSTP) },
	} {
		t.Run(name, func(t *testing.T) {
			s.t = t
			guard, child := s.start("")
			for range 2 {
				suspend(guard, child)
				s.until("the shell says that it is stopped", contains("Stopped"))
				s.restored(before)
				s.line("clear; fg")
				s.until("the table again", contains("1 Processes"))
			}
			s.keys("q")
			s.until("the shell", atShell)
			s.restored(before)
		})
	}
	s.t = t
}

func TestTerminalTooPoor(t *testing.T) {
	s := newTerminal(t, 100, 30)
	for i, c := range []struct{ command, says string }{
		{"TERM=dumb " + s.bones, "bones: the terminal UI: TERM is"},
		{s.bones + " -d 0", "bones: --delay"},
		{s.bones + " | head -1", "TPGID STAT"}, // columns of PIDs are as wide as the kernel lets PIDs get
	} {
		after := fmt.Sprintf("after%d", i) // the screen of the line before is not taken for this one's
		s.line("clear; " + c.command + "; echo " + after)
		screen := s.until("one line", func(screen string) bool { return strings.Contains(screen, "\n"+after) })
		if !strings.Contains(screen, c.says) {
			t.Errorf("%s: nothing says %q; the screen:\n%s", c.command, c.says, screen)
		}
	}
}

// TestTerminalUnknown: a terminal that nobody has described is drawn on as on one that all are like, and that is said.
func TestTerminalUnknown(t *testing.T) {
	s := newTerminal(t, 100, 30)
	s.line("TERM=no-such-thing " + s.bones)
	s.until("the table", contains("TERM=no-such-thing is not known here"))
	s.keys("q")
	s.until("the shell", atShell)
}

func TestTerminalResizes(t *testing.T) {
	s := newTerminal(t, 120, 40)
	s.start("")
	for _, size := range [][2]int{{80, 24}, {40, 10}, {8, 3}, {160, 45}} {
		s.tmux("resize-window", "-x", strconv.Itoa(size[0]), "-y", strconv.Itoa(size[1]))
		s.until(fmt.Sprintf("a screen of %v", size), func(screen string) bool {
			return strings.Count(screen, "\n") == size[1] && strings.TrimSpace(screen) != ""
		})
	}
	s.until("the table", contains("COMMAND"))
	s.keys("q")
	s.until("the shell", atShell)
}

// TestTerminalFollowsTheStory uses view 1 as a newcomer would: find a process, look at it, end it.
func TestTerminalFollowsTheStory(t *testing.T) {
	s := newTerminal(t, 140, 40)
	victim := sleeper(t)
	s.start("-d 0.2")
	s.keys(":")
	s.line(strconv.Itoa(victim.Process.Pid))
	s.until("the victim is selected", contains("/proc/"+strconv.Itoa(victim.Process.Pid)+"/status"))
	s.keys("F9")
	s.until("the menu of signals", contains("TERM"))
	s.keys("Enter")
	s.until("the question", contains("kill -TERM "+strconv.Itoa(victim.Process.Pid)))
	s.keys("y")
	ended := make(chan struct{})
	go func() { victim.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(proctest.Patience):
		t.Fatalf("the victim lives; the screen:\n%s", s.screen())
	}
	s.keys("q")
	s.until("the shell", atShell)
}
