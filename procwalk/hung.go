package procwalk

import (
	"strconv"

	"golang.org/x/sys/unix"

	"bones/procwalk/fields"
	"bones/procwalk/hangs"
	"bones/procwalk/quick"
)

// prisonerAt returns what a hang of the process behind dir is counted by.
func prisonerAt(dir folder) hangs.Prisoner {
	var who hangs.Prisoner
	var st unix.Stat_t
	if dir.stat(&st) == nil {
		who.UID = st.Uid
	}
	var b [64]byte
	if n, err := quick.Readlink(dir.fd, dir.name(nsLinks[Mnt]), b[:]); err == nil {
		_, who.Mnt, _ = fields.InodeLink(b[:n])
	}
	return who
}

// runnable reports whether a thread of this program runs or waits for a processor alone; false: that cannot be told.
// Source: proc_pid_stat(5), state.
func runnable(thread int) bool {
	fd, err := unix.Open("/proc/self/task/"+strconv.Itoa(thread)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var buf [1 << 10]byte
	var s Stat
	n, err := unix.Read(fd, buf[:])
	return err == nil && ParseStat(buf[:n], &s) == nil && s.State == 'R'
}
