package terminal

import (
	"os"
	"os/signal"
	"strings"
	"time"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// Ownership is who has the terminal.
type Ownership byte

const (
	// Untouched: no UI has taken the terminal yet.
	Untouched Ownership = 0
	// Engaged: the UI has the terminal, and its modes are on.
	Engaged Ownership = 'e'
	// Lent: the UI has turned its modes off, and a program or the shell has the terminal.
	Lent Ownership = 'l'
	// Released: the UI has turned its modes off for good.
	Released Ownership = 'r'
)

// What tcell, and programs that were lent the terminal, turn on and what can be turned off twice without harm:
// synchronized output, mouse reports, bracketed paste, focus reports, autowrap off, application keys, graphic
// characters. It begins with the end of a string, in case that the death cut one.
//
// Source: xterm control sequences; tcell's tscreen.go, engage and disengage.
const (
	modesOff = "\x1b\\\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?7h" +
		"\x1b[?1l\x1b>\x0f\x1b(B"
	// extendedOff is for terminals like xterm, others could show it: a link, win32-input-mode, modifyOtherKeys.
	extendedOff = "\x1b]8;;\x1b\\\x1b[?9001l\x1b[>4;0m"
	// Each of these takes from a stack what tcell put there; without that it would take what the shell put there. The
	// alternate screen has a stack of keyboard protocols of its own, so that this comes before the main screen.
	keyboardPop = "\x1b[<u"
	titlePop    = "\x1b[23;2t"

	mainScreen = "\x1b[?1049l"
	visible    = "\x1b[0m\x1b[?25h" // no colours, the cursor
)

// Reset returns what turns off the modes that a terminal UI left behind which died in this state, on the terminal that
// termName, the variable TERM, says.
func Reset(termName string, s Ownership) string {
	exit, like := mainScreen, strings.HasPrefix(termName, "xterm")
	if ti, _, err := describe(termName); err == nil {
		exit, like = ti.ExitCA, like || ti.XTermLike
	}
	b := modesOff
	if like {
		b += extendedOff
	}
	switch {
	case s == Engaged && like:
		b += keyboardPop + titlePop + exit
	case s == Engaged:
		b += exit
	case s == Lent && strings.Contains(exit, mainScreen): // the program that had it may have left its alternate screen
		b += mainScreen
	}
	return b + visible
}

// restoreWait bounds how long restoring waits for a terminal that takes no output.
const restoreWait = time.Second

// Restore puts the settings of a terminal back, and with reset its modes, if it is ours: a job in the background
// leaves it alone. A terminal that takes no output keeps its modes, but not for long this program.
func Restore(terminal *os.File, saved *unix.Termios, reset string) {
	fd := int(terminal.Fd())
	// A child that was killed may have left another process group in the foreground; setting ours back from there
	// would stop us.
	signal.Ignore(unix.SIGTTOU)
	defer signal.Reset(unix.SIGTTOU)
	foreground, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	switch ours := unix.Getpgrp(); {
	case err == unix.ENOTTY: // it is a terminal, but not the one of our session: there are no jobs
	case err != nil:
		return // the terminal is gone
	case foreground == ours:
	case unix.Kill(-foreground, 0) != unix.ESRCH:
		return
	default:
		unix.IoctlSetPointerInt(fd, unix.TIOCSPGRP, ours)
	}
	wrote := make(chan struct{})
	crash.Go(func() {
		defer close(wrote)
		if reset != "" {
			terminal.WriteString(reset)
		}
		setDrained(fd, saved)
	})
	select {
	case <-wrote:
	case <-time.After(restoreWait):
		unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCOFLUSH)
		unix.IoctlSetTermios(fd, unix.TCSETS, saved)
	}
}

// setDrained changes a terminal's settings once everything that was written to it is out. A signal interrupts that
// wait.
func setDrained(fd int, settings *unix.Termios) error {
	for {
		if err := unix.IoctlSetTermios(fd, unix.TCSETSW, settings); err != unix.EINTR {
			return err
		}
	}
}

// Gone reports whether the terminal was hung up: its other end is closed.
func Gone(fd int) bool {
	fds := []unix.PollFd{{Fd: int32(fd)}} // hang-ups and errors are always told
	n, err := unix.Poll(fds, 0)
	return err == nil && n > 0 && fds[0].Revents&(unix.POLLHUP|unix.POLLERR|unix.POLLNVAL) != 0
}
