package procwalk

import (
	"time"
)

// Machine is what all rows of a snapshot share.
type Machine struct {
	BootTime    time.Time // btime of /proc/stat, whole seconds
	TicksPerSec uint64    // USER_HZ: the unit of the times in stat; 100 on every Linux in use
	PageSize    uint64    // bytes
	CPUs        int       // processors that are on line
	MemTotal    uint64    // bytes; 0 if unknown
	PIDMax      int       // /proc/sys/kernel/pid_max; 0 if unknown
	HidePID     string    // the hidepid= option of this /proc if it hides anything from us: "1", "2", "4", or ""
	Release     string    // kernel release
	HostName    string
	InPIDNS     bool // this /proc is that of a pid namespace below the first one
}

// Ticks turns clock ticks into a duration.
func (h *Machine) Ticks(n uint64) time.Duration {
	hz := h.TicksPerSec
	return time.Duration(n/hz)*time.Second + time.Duration(n%hz)*time.Second/time.Duration(hz)
}
