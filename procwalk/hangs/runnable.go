package hangs

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"
)

// Runnable reports whether a thread of this program runs or waits for a processor alone; false: that cannot be told.
// Source: proc_pid_stat(5), state.
func Runnable(thread int) bool {
	fd, err := unix.Open("/proc/self/task/"+strconv.Itoa(thread)+"/stat", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	var buf [128]byte // of which a name and the numbers before the state take less than half
	n, err := unix.Read(fd, buf[:])
	if err != nil {
		return false
	}
	at := bytes.LastIndex(buf[:n], []byte(") "))
	return at >= 0 && at+2 < n && buf[at+2] == 'R'
}
