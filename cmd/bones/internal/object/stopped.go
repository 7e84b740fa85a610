package object

import (
	"time"

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
