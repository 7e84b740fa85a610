package object

import (
	"bones/nsview/unshare"
	"bones/nsview/unshare/demo"
	"time"
)

// Demo is one demo that was started, as `bones demo --json` prints it.
type Demo struct {
	Name    string             `json:"name"`
	PID     *int               `json:"pid"` // null when it does not run
	Running bool               `json:"running"`
	Started time.Time          `json:"started"`
	Cgroups []unshare.GroupDir `json:"cgroups"`
}

// NewDemo makes the object of one demo, running or ended.
func NewDemo(s demo.RecordedDemo) Demo {
	r := Demo{Name: s.Name, Running: s.Running(), Started: s.Started, Cgroups: s.Groups}
	if r.Running {
		r.PID = &s.PID
	}
	if r.Cgroups == nil {
		r.Cgroups = []unshare.GroupDir{}
	}
	return r
}
