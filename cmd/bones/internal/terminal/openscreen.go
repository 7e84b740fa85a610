package terminal

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	"bones/procwalk/crash"

	"golang.org/x/sys/unix"
)

// Drawn is the terminal that the UI draws on.
type Drawn struct {
	*Screen
	Notices chan string // what was typed or pasted and dropped
	saved   *unix.Termios
	guard   int // the PID of whoever restores the terminal if we cannot
}

// OpenScreen takes the terminal for the UI. end is called when it is lost.
func OpenScreen(end context.CancelCauseFunc) (*Drawn, error) {
	t := &Drawn{Notices: make(chan string, 1), guard: os.Getppid()}
	var err error
	if t.saved, err = unix.IoctlGetTermios(int(os.Stdin.Fd()), unix.TCGETS); err != nil {
		return nil, err
	}
	tty, err := NewTTY(os.Stdin, os.Stdout, TTYOptions{
		State: stateReporter(),
		Lost:  end,
		Loss:  func(l Loss) { t.notice(lossText(l)) },
	})
	if err != nil {
		return nil, err
	}
	t.Screen, err = NewScreen(tty, end, func(keys int) {
		t.notice(fmt.Sprintf("%d keys were dropped: they came faster than bones could follow", keys))
	})
	if err != nil {
		return t, err
	}
	if t.Unknown != "" {
		t.notice(t.Unknown)
	}
	return t, t.Init()
}

// stateReporter returns what tells the guard who has the terminal. Without a guard, nobody is told.
func stateReporter() func(Ownership) {
	var st unix.Stat_t
	if unix.Fstat(stateDescriptor, &st) != nil || st.Mode&unix.S_IFMT != unix.S_IFIFO {
		return nil
	}
	unix.CloseOnExec(stateDescriptor)
	return func(s Ownership) { unix.Write(stateDescriptor, []byte{byte(s)}) }
}

// notice hands a line to the UI, unless one waits there already.
func (t *Drawn) notice(s string) {
	select {
	case t.Notices <- s:
	default:
	}
}

func lossText(l Loss) string {
	var what []string
	if l.Pasted > 0 {
		what = append(what, fmt.Sprintf("%d bytes of what was pasted were dropped: bones takes %d KiB at once", l.Pasted,
			MaxPaste>>10))
	}
	if l.Invalid > 0 {
		what = append(what, fmt.Sprintf("the terminal sent %d bytes that are not UTF-8", l.Invalid))
	}
	return strings.Join(what, "; ")
}

// exitAfter is how long the UI may take to end once it is to. It is less than the guard's patience.
const exitAfter = 2 * time.Second

// ExitWhenStuck ends the process when ctx ended and the UI does not, because its event loop is stuck. Whoever restores
// the terminal is the guard; without it, we do.
func (t *Drawn) ExitWhenStuck(ctx context.Context) (stop func() bool) {
	return context.AfterFunc(ctx, crash.Guarded(func() {
		time.Sleep(exitAfter)
		if os.Getppid() != t.guard {
			Restore(os.Stdout, t.saved, Reset(os.Getenv("TERM"), Engaged))
		}
		fmt.Fprintf(os.Stderr, "bones: the terminal UI did not end within %v: %v\n", exitAfter, context.Cause(ctx))
		os.Exit(ExitStatus(ctx))
	}))
}
