package object

import (
	"bones/nsview/unshare/demo"
	"time"
)

// Demo is one demo that was started, as `bones demo --json` prints it.
type Demo struct {
	Name    string      `json:"name"`
	PID     *int        `json:"pid"` // on this host, of its first process; null: it does not run
	Running bool        `json:"running"`
	Started time.Time   `json:"started"`
	Cgroups []DemoGroup `json:"cgroups"` // those that were made for it
}

// DemoGroup is a control group that was made for a demo.
type DemoGroup struct {
	Dir     string   `json:"dir"`
	Enabled []string `json:"enabled,omitempty"` // v2: controllers that its parent hands down for it alone; left out if none
}

// NewDemo makes the object of one demo, running or ended.
func NewDemo(s demo.RecordedDemo) Demo {
	r := Demo{Name: s.Name, Running: s.Running(), Started: s.Started, Cgroups: []DemoGroup{}}
	if r.Running {
		r.PID = &s.PID
	}
	for _, g := range s.Groups {
		r.Cgroups = append(r.Cgroups, DemoGroup{Dir: g.Path, Enabled: g.Enabled})
	}
	return r
}
