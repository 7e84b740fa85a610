package object

import (
	"time"

	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Stopped is a container that does not run, among those of bones containers --all: what it shares with Container has
// the same names, and pid is null.
type Stopped struct {
	Kind      string            `json:"kind"`  // container
	State     string            `json:"state"` // exited, restarting, created; stopped: the engine's record does not say more
	ID        *text.Text        `json:"id"`
	Runtime   *string           `json:"runtime"`
	Name      *text.Text        `json:"name"`
	Image     *text.Text        `json:"image"`
	PID       *int              `json:"pid"`       // null
	PIDs      []int             `json:"pids"`      // empty
	ExitCode  *int              `json:"exit_code"` // null: not known, or never started
	OOMKilled bool              `json:"oom_killed"`
	Ended     *time.Time        `json:"ended"` // null: not known, or never started
	UID       *uint32           `json:"uid"`   // whose engine it is; null: root's
	Errors    map[string]string `json:"errors"`
}

// NewStopped makes the object of a container that does not run.
func NewStopped(c container.Stopped) *Stopped {
	runtime := string(c.Runtime)
	o := &Stopped{Kind: "container", State: "exited", ID: OrNull(c.ID), Runtime: &runtime,
		Name: OrNull(c.Name), Image: OrNull(c.Image), PIDs: []int{}, ExitCode: c.Exit, OOMKilled: c.OOM,
		UID: c.User, Errors: map[string]string{}}
	switch {
	case c.Created:
		o.State = "created"
	case c.Restarting:
		o.State = "restarting"
	case c.Exit == nil:
		o.State = "stopped"
		o.Errors["exit_code"] = "the engine's record does not say"
	}
	if !c.Ended.IsZero() {
		o.Ended = &c.Ended
	}
	return o
}
