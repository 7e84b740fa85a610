package object

import (
	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// BackingPID is the process that a TARGET stands for.
type BackingPID struct {
	PID       int  `json:"pid"`
	PIDInside *int `json:"pid_inside"`
}

// PIDInside is the PID that a process has in its own pid namespace; nil if it is not known.
func PIDInside(p *procwalk.Process) *int {
	n := inventory.InsidePID(p)
	if n <= 0 {
		return nil
	}
	return &n
}
