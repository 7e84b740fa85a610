package quick

import (
	"bytes"
	"strconv"
	"unsafe"

	"golang.org/x/sys/unix"
)

// CPUClock returns the processor time of all threads of a process, ended ones included, in nanoseconds; 0 if it cannot
// be told.
//
// Source: clock_getcpuclockid(3); include/linux/posix-timers.h: the complement of the PID, and CPUCLOCK_SCHED.
func CPUClock(pid int) int64 {
	var ts unix.Timespec
	id := int32(^pid<<3 | 2)
	if _, _, errno := unix.RawSyscall(unix.SYS_CLOCK_GETTIME, uintptr(id), uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0
	}
	return ts.Nano()
}

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
