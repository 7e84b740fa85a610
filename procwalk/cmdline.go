package procwalk

import (
	"strings"

	"bones/procwalk/text"
)

// CmdlineMax is how much of a command line is read, in bytes. The kernel sets no limit: an unprivileged process can
// make its own appear as terabytes (prctl PR_SET_MM_MAP). It is what ps reads too.
const CmdlineMax = 128 << 10

// CmdlinesMax is how long the command lines of one snapshot may be together, in bytes. Of each that is read beyond it
// only CmdlineCut bytes are: a user with thousands of processes would otherwise have every reader hold gigabytes.
const (
	CmdlinesMax = 64 << 20
	CmdlineCut  = 4 << 10
)

// Cmdline is /proc/PID/cmdline: the arguments as they stand in the process's own memory, which it may overwrite at
// any time. Empty for kernel threads, zombies, and processes that erased it.
//
// Source: proc_pid_cmdline(5); fs/proc/base.c, get_mm_cmdline.
type Cmdline struct {
	Raw       text.Text // arguments separated by NUL, as read
	Truncated bool      // there was more than is read: see CmdlineMax, CmdlinesMax and Lines
	Err       error     // why it could not be read: ErrStuck, a permission; Raw is empty then
}

// Args splits the command line into arguments. A process that rewrote its command line as one string (setproctitle)
// gives that string as its only argument.
func (c *Cmdline) Args() []text.Text {
	raw := strings.TrimSuffix(c.Raw.Raw(), "\x00")
	if raw == "" && c.Raw.Len() == 0 {
		return nil
	}
	words := strings.Split(raw, "\x00")
	args := make([]text.Text, len(words))
	for i, w := range words {
		args[i] = text.New(w)
	}
	return args
}
