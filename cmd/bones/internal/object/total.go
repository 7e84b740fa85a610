package object

import (
	"fmt"

	"bones/cgroupview/inventory/totals"
	"bones/procwalk/text"
)

// Total is what the containers of one group use together, in JSON. A sum of what is not known of all containers is
// that of the others, with the number of those left out under errors; null if it is known of none.
type Total struct {
	By          string            `json:"by"`    // pod, project, runtime, slice, image, user
	Group       *text.Text        `json:"group"` // of user: the number
	Containers  []TotalMember     `json:"containers"`
	PIDs        []int             `json:"pids"`
	CPUPercent  *float64          `json:"cpu_percent"`
	MemoryBytes *uint64           `json:"memory_bytes"`
	PIDsCurrent *uint64           `json:"pids_current"`
	ReadBytes   *uint64           `json:"read_bytes"`
	WriteBytes  *uint64           `json:"write_bytes"`
	Errors      map[string]string `json:"errors"`
}

// TotalMember is one of the containers.
type TotalMember struct {
	ID   *text.Text `json:"id"`
	Name *text.Text `json:"name"`
	PID  int        `json:"pid"`
}

// NewTotal makes the object of the totals of one group of containers.
func NewTotal(t *totals.Total, by string) Total {
	o := Total{By: by, Group: OrNull(t.Group), PIDs: List(t.PIDs),
		Containers: []TotalMember{}, Errors: map[string]string{}}
	for _, c := range t.Containers {
		o.Containers = append(o.Containers, TotalMember{OrNull(c.ID), OrNull(c.Name), c.PID})
	}
	number := func(name string, s totals.Sum) *uint64 {
		if !known(o.Errors, name, s) {
			return nil
		}
		n := uint64(s.Value)
		return &n
	}
	if known(o.Errors, "cpu_percent", t.CPU) {
		o.CPUPercent = &t.CPU.Value
	}
	o.MemoryBytes, o.PIDsCurrent = number("memory_bytes", t.Memory), number("pids_current", t.Tasks)
	o.ReadBytes, o.WriteBytes = number("read_bytes", t.ReadBytes), number("write_bytes", t.WriteBytes)
	return o
}

// known reports whether a sum is known of any container, and notes of how many it is not.
func known(errs map[string]string, name string, s totals.Sum) bool {
	if s.Unknown > 0 {
		errs[name] = text.Line(fmt.Sprintf("not known of %d of %d containers: %v", s.Unknown, s.Known+s.Unknown, s.Err))
	}
	return s.Known > 0
}
