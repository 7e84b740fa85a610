package procwalk

import (
	"os"
	"time"
)

// UserHZ is how many ticks of a clock in stat are one second (USER_HZ), on x86 and ARM alike.
//
// Source: proc_pid_stat(5); include/asm-generic/param.h.
const UserHZ = 100

// Machine is what all rows of a snapshot share.
type Machine struct {
	BootTime    time.Time // btime of /proc/stat, whole seconds
	TicksPerSec uint64    // UserHZ; that of another machine in what is read from elsewhere
	PageSize    uint64    // bytes
	CPUs        int       // processors that are on line
	MemTotal    uint64    // bytes; 0 if unknown
	PIDMax      int       // /proc/sys/kernel/pid_max; 0 if unknown
	HidePID     string    // the hidepid= option of this /proc if it hides anything from us: "1", "2", "4", or ""
	OnlyPIDs    bool      // subset=pid: this /proc shows processes and nothing else
	Self        int       // our own PID in this /proc, -1: it does not know us; 0: nobody looked, see OwnPID
	OwnPIDs     bool      // this /proc numbers processes as our own system calls do
	Release     string    // kernel release
	HostName    string
	InPIDNS     bool // this /proc is that of a pid namespace below the first one
}

// OwnPID returns by which number the table has bones itself; 0: it is not in there. A table that was not read from a
// /proc is taken for one of our own PIDs.
func (h *Machine) OwnPID() int {
	if h.Self == 0 {
		return os.Getpid()
	}
	return max(h.Self, 0)
}

// Ticks turns clock ticks into a duration.
func (h *Machine) Ticks(n uint64) time.Duration {
	hz := h.TicksPerSec
	return time.Duration(n/hz)*time.Second + time.Duration(n%hz)*time.Second/time.Duration(hz)
}
