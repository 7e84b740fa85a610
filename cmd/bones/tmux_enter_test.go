package main

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"

	"golang.org/x/sys/unix"
)

// startIn starts the terminal UI with a journal of its own.
func startIn(t *testing.T) (s *tmuxTerminal, modes string, guard int) {
	s = newTerminal(t, 140, 40)
	modes = s.modes()
	guard, _ = s.startReady()
	return s, modes, guard
}

// startReady starts the terminal UI and waits until there are processes to go to.
func (s *tmuxTerminal) startReady() (guard, child int) {
	s.t.Helper()
	guard, child = s.start("-d 0.2 --journal " + filepath.Join(filepath.Dir(s.bones), "journal"))
	s.until("the first table", contains("by hand: ps"))
	return guard, child
}

// given tells that the UI has given the terminal to a session, which is announced in a line.
func given(screen string) bool {
	return strings.Contains(screen, "you are back in bones") && !strings.Contains(screen, "by hand: ")
}

// leave checks that the UI takes keys, and that leaving it gives the terminal back as it was.
func (s *tmuxTerminal) leave(modes string) {
	s.t.Helper()
	s.keys("1")
	s.until("view 1", contains("by hand: ps"))
	s.keys("q")
	s.until("the shell", atShell)
	if now := s.modes(); now != modes {
		s.t.Errorf("the terminal's settings are\n%s\nand were\n%s", now, modes)
	}
}

// TestEnterFromTheUI goes into a process with namespaces of its own from view 3: a shell that ends, one that is
// killed, and one whose target ends.
func TestEnterFromTheUI(t *testing.T) {
	pid := enterWorld(t)
	number, err := strconv.Atoi(pid)
	if err != nil {
		t.Fatal(err)
	}
	s, modes, _ := startIn(t)
	s.keys(":")
	s.line(pid)
	s.until("the process", contains("-p "+pid))
	s.keys("3")
	s.until("its namespaces", contains("/proc/"+pid+"/ns/"))
	sessions := 0
	enter := func() {
		t.Helper()
		sessions++
		s.keys("s")
		s.until("the dialog", contains("Shell inside PID "+pid))
		s.until("what differs", func(screen string) bool {
			return strings.Contains(screen, "[x] uts") && strings.Contains(screen, "[-] net")
		})
		s.keys("Enter")
		s.until("the session", given)
		mark := "session " + strconv.Itoa(sessions)
		s.line("echo in''side " + mark + " $(test $$ -gt 1 && readlink /proc/1/exe)")
		s.until("the shell inside", contains("inside "+mark+" /"))
	}

	enter()
	s.tmux("resize-window", "-x", "120", "-y", "30")
	s.line(`while [ "$(stty size)" != "30 120" ]; do sleep 0.02; done; echo re''sized`)
	s.until("the new size inside", contains("resized"))
	// The terminal throws away what was typed before Ctrl-C and not read yet, so each waits for the one before.
	s.line("echo sle''eping; sleep 1000")
	s.until("the program that is to be interrupted", contains("sleeping"))
	s.keys("C-c")
	s.until("Ctrl-C on the terminal inside", contains("^C"))
	s.line("echo inter''rupted")
	s.until("the shell after Ctrl-C", contains("interrupted"))
	s.line("exit 7")
	screen := s.until("the UI", contains("ended with status 7"))
	for _, want := range []string{"3 Namespaces", "Details", "by hand: ", "NPROCS"} {
		if !strings.Contains(screen, want) {
			t.Errorf("%q is missing on the screen after the session:\n%s", want, screen)
		}
	}

	enter()
	s.line("kill -9 $$")
	s.until("the UI after kill -9", contains("ended with status 137 (signal 9)"))

	enter()
	proctest.Signal(t, number, unix.SIGKILL) // PID 1 in there: all others end with it
	s.until("the UI after the target's end", contains("ended with status 137"))
	s.leave(modes)
}

// TestUnshareFromTheUI starts programs in new namespaces, which get the terminal as a job of a shell does.
func TestUnshareFromTheUI(t *testing.T) {
	enterWorld(t) // for the check that we may
	s, modes, _ := startIn(t)
	begin := func(program string, keys ...string) {
		t.Helper()
		s.keys(":")
		s.line("unshare")
		s.until("the dialog", contains("A program in new namespaces"))
		s.tmux("send-keys", "-l", program)
		if len(keys) > 0 {
			s.keys(keys...)
		}
		s.keys("Enter")
		s.until("the session", given)
	}
	begin("bash --norc --noprofile")
	s.line("echo num''ber $$ $(cat /proc/self/comm)")
	s.until("PID 1", contains("number 1 cat"))
	s.line("exit 3")
	s.until("the UI", contains("ended with status 3"))

	// Only uts: a shell that can kill itself, then a program that knows nothing of terminals.
	onlyUTS := []string{"Tab", "j", "j", "Space", "j", "j", "Space", "j", "j", "j", "Space", "j", "j", "Space"}
	begin("bash --norc --noprofile", onlyUTS...)
	s.line("hostname in''side; hostname; kill -9 $$")
	s.until("the UI after kill -9", contains("ended with status 137 (signal 9)"))

	begin("sleep 1000", onlyUTS...)
	s.keys("C-z") // nobody is there who could continue it
	s.keys("C-c")
	s.until("the UI after Ctrl-C", contains("ended with status 130 (signal 2)"))
	s.leave(modes)
}

// TestUIEndsDuringASession ends bones while a program has the terminal: both end, and the terminal is as it was.
func TestUIEndsDuringASession(t *testing.T) {
	pid := enterWorld(t)
	s, modes, guard := startIn(t)
	for _, keys := range []string{pid, "unshare"} {
		s.keys(":")
		s.line(keys)
		if keys == pid {
			s.until("the process", contains("-p "+pid))
			s.keys("s")
		}
		s.until("the dialog", contains("program (empty"))
		s.keys("Enter")
		s.until("the session", given)
		s.line("echo in''side $((40 + 2))")
		s.until("the shell inside", contains("inside 42"))
		proctest.Signal(t, guard, unix.SIGTERM)
		s.until("the shell", func(screen string) bool { // in the line with the prompt of the shell inside
			screen = strings.TrimRight(screen, "\n ")
			return strings.Contains(screen[strings.LastIndexByte(screen, '\n')+1:], "ready$")
		})
		s.line("echo sta''tus $?")
		s.until("the status", contains("status 143"))
		s.restored(modes)
		guard, _ = s.startReady()
	}
	s.leave(modes)
}

// TestTerminalGoesAwayDuringASession closes the window while a program has the terminal: nothing of bones is left.
func TestTerminalGoesAwayDuringASession(t *testing.T) {
	pid := enterWorld(t)
	for _, word := range []string{"shell", "unshare"} {
		t.Run(word, func(t *testing.T) {
			t.Parallel()
			s := newTerminal(t, 140, 30)
			guard, child := s.startReady()
			for _, line := range []string{pid, word} {
				s.keys(":")
				s.line(line)
				s.until("the command", func(screen string) bool {
					return strings.Contains(screen, "-p "+pid) && line == pid || strings.Contains(screen, "program (empty")
				})
			}
			s.keys("Enter")
			s.until("the session", given)
			s.line("echo in''side $((40 + 2))")
			s.until("the shell inside", contains("inside 42"))
			s.tmux("new-window", "-d", "sleep", "1000") // so that the server lives on
			s.tmux("kill-window")
			for deadline := proctest.Deadline(); runs(t, guard) || runs(t, child); time.Sleep(10 * time.Millisecond) {
				if time.Now().After(deadline) {
					proctest.Signal(t, guard, unix.SIGKILL)
					proctest.Signal(t, child, unix.SIGKILL)
					t.Fatal("bones goes on without a terminal")
				}
			}
		})
	}
}

// runs reports whether there is such a process that has not ended.
func runs(t *testing.T, pid int) bool {
	t.Helper()
	s, err := procwalk.ReadStat("/proc", pid)
	return err == nil && !s.Ended()
}
