package quick

import (
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
