package terminal

import (
	"os"
	"strconv"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// NoShell is what is said instead of stopping where nobody would let the job go on again.
const NoShell = "there is no shell to go back to: nobody here would continue a stopped job"

// CanStop reports whether somebody would continue us if we stopped: an ancestor outside of our process group, but in
// our session, is the parent of one of the group. Otherwise the group is an orphaned one, as that of a session leader
// is (`ssh -t host bones`, `docker exec -it`, `xterm -e`), and a stop would be for ever.
//
// Source: POSIX, "Orphaned Process Group"; setpgid(2).
func CanStop() bool {
	session, err := unix.Getsid(0)
	if err != nil {
		return false
	}
	return hasShell(job{session, unix.Getpgrp()}, os.Getppid(), func(pid int) (job, int, bool) {
		s, err := unix.Getsid(pid)
		g, err2 := unix.Getpgid(pid)
		return job{s, g}, parentOf(pid), err == nil && err2 == nil
	})
}

// job is where a process belongs to on a terminal.
type job struct{ session, group int }

// maxAncestors bounds the walk: a process table that is read in steps can show a circle.
const maxAncestors = 1024

// hasShell goes up from a parent to the first ancestor that is not of our process group, and reports whether that one
// is of our session. look tells of a process its job and its parent.
func hasShell(us job, parent int, look func(pid int) (job, int, bool)) bool {
	for range maxAncestors {
		if parent <= 0 { // it is outside of our pid namespace, and so is its session
			return false
		}
		theirs, next, ok := look(parent)
		if !ok || theirs.session != us.session {
			return false
		}
		if theirs.group != us.group {
			return true
		}
		parent = next
	}
	return false
}

// parentOf returns the parent of a process, 0 if that cannot be told: also where /proc is not of our own PIDs.
func parentOf(pid int) int {
	if self, err := os.Readlink("/proc/self"); err != nil || self != strconv.Itoa(os.Getpid()) {
		return 0
	}
	b, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	var s procwalk.Stat
	if err != nil || procwalk.ParseStat(b, &s) != nil {
		return 0
	}
	return s.PPID
}

// InForeground reports whether our process group has the terminal behind fd, or that terminal is not the one of our
// session: then there are no jobs on it.
func InForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err == unix.ENOTTY || err == nil && group == unix.Getpgrp()
}
