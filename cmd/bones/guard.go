package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"bones/cmd/bones/internal/host"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// The terminal UI runs in a child process, and this one, its guard, does nothing but keep the terminal's settings. A
// panic in any goroutine, an abort of the runtime and SIGKILL cannot be caught by the process that they hit; the
// guard puts the terminal back whatever ends the child, and says in one line what did.

// guard runs the same program with args as a child on this terminal, and returns the exit status.
func (a *app) guard(args []string) int {
	terminal := int(os.Stdin.Fd())
	saved, err := unix.IoctlGetTermios(terminal, unix.TCGETS)
	if err != nil {
		fmt.Fprintln(a.err, "bones: the terminal's settings cannot be read:", err)
		return exitFailed
	}
	report, childErr, err := os.Pipe()
	if err != nil {
		fmt.Fprintln(a.err, "bones:", err)
		return exitFailed
	}
	// The child is told when the thread that started it ends: that must be the whole of the guard.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	// Asked for before the child is there, so that none is lost.
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, unix.SIGTERM, unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTSTP, unix.SIGUSR1, unix.SIGUSR2)
	defer signal.Stop(signals)

	child, err := os.StartProcess("/proc/self/exe", append([]string{os.Args[0]}, args...), &os.ProcAttr{
		Files: []*os.File{os.Stdin, os.Stdout, childErr},
		Sys:   &unix.SysProcAttr{Pdeathsig: unix.SIGTERM},
	})
	childErr.Close()
	if err != nil {
		report.Close()
		fmt.Fprintln(a.err, "bones: starting the terminal UI:", err)
		return exitFailed
	}
	go func() {
		for s := range signals {
			child.Signal(s)
		}
	}()
	said := make(chan []byte, 1)
	go func() { said <- readHead(report, 256<<10) }()

	status := waitThroughStops(child.Pid)
	abnormal := status.Signaled() || status.ExitStatus() != 0
	restoreTerminal(terminal, saved, abnormal)
	message := <-said
	report.Close()
	if len(message) > 0 || status.Signaled() {
		fmt.Fprintln(a.err, "bones: "+a.epitaph(status, message))
	}
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// waitThroughStops waits for the child to end. When it stops (Ctrl-Z), the guard stops too, so that the shell sees
// its job stopped; when the shell lets the guard go on, the child does.
func waitThroughStops(pid int) unix.WaitStatus {
	for {
		var status unix.WaitStatus
		if _, err := unix.Wait4(pid, &status, unix.WUNTRACED, nil); err == unix.EINTR {
			continue
		}
		if !status.Stopped() {
			return status
		}
		stopHere()
		unix.Kill(pid, unix.SIGCONT)
	}
}

// stopHere stops the process, and returns when it is continued. The signal goes to this very thread: sent to the process
// it may reach another one first, and what comes after would run before the stop takes hold.
func stopHere() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	unix.Tgkill(os.Getpid(), unix.Gettid(), unix.SIGSTOP)
}

// resetTerminal leaves what a terminal UI may have switched on: alternate screen, mouse reports, bracketed paste,
// focus reports, application keys, colours, hidden cursor.
//
// Source: xterm control sequences, DECRST.
const resetTerminal = "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?1004l\x1b[?1l\x1b>\x1b[?1049l\x1b[0m\x1b[?25h"

// restoreTerminal puts the settings back if the terminal is ours: a job in the background leaves it alone.
func restoreTerminal(terminal int, saved *unix.Termios, abnormal bool) {
	// A child that was killed may have left another process group in the foreground; setting ours back from there
	// would stop us.
	signal.Ignore(unix.SIGTTOU)
	defer signal.Reset(unix.SIGTTOU)
	foreground, err := unix.IoctlGetInt(terminal, unix.TIOCGPGRP)
	if err != nil {
		return // the terminal is gone
	}
	ours := unix.Getpgrp()
	if foreground != ours {
		if unix.Kill(-foreground, 0) != unix.ESRCH {
			return
		}
		unix.IoctlSetPointerInt(terminal, unix.TIOCSPGRP, ours)
	}
	if abnormal {
		os.Stdout.WriteString(resetTerminal)
	}
	unix.IoctlSetTermios(terminal, unix.TCSETSW, saved)
}

// readHead reads r to its end and keeps the first limit bytes.
func readHead(r io.Reader, limit int64) []byte {
	head, _ := io.ReadAll(io.LimitReader(r, limit))
	io.Copy(io.Discard, r)
	return head
}

// epitaph says in one line how the child ended. A stack trace goes to a file.
func (a *app) epitaph(status unix.WaitStatus, said []byte) string {
	line, _, _ := bytes.Cut(bytes.TrimSpace(said), []byte{'\n'})
	first := strings.TrimPrefix(text.Line(string(line)), "bones: ")
	crashed := bytes.Contains(said, []byte("goroutine ")) || strings.HasPrefix(first, "panic:") || strings.HasPrefix(first, "fatal error:")
	switch {
	case crashed:
		return "internal error: " + first + "; " + a.saveCrash(said)
	case status.Signaled():
		return fmt.Sprintf("the terminal UI was ended by signal %d (%s)", status.Signal(), unix.SignalName(status.Signal()))
	}
	return first
}

// saveCrash writes a crash report beside the journal and says where.
func (a *app) saveCrash(report []byte) string {
	dir, err := filepath.Dir(a.journal), error(nil)
	if a.journal == "" {
		dir, err = host.StateDir()
	}
	if err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	path := filepath.Join(dir, "crash-"+time.Now().UTC().Format("20060102T150405Z")+".txt")
	f, err := host.CreateBeside(path)
	if err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	defer f.Close()
	if _, err := f.Write(report); err != nil {
		return "the report could not be kept: " + text.Line(err.Error())
	}
	return "the report is in " + path
}
