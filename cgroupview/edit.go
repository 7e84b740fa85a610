package cgroupview

import (
	"context"
	"encoding/json"

	"bones/cgroupview/container"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Assignment is FILE=VALUE as the user gave it. FILE is an interface file, or one of the portable names memory, cpus
// and pids.
type Assignment struct{ File, Value string }

// ParseAssignment splits FILE=VALUE.
func ParseAssignment(s string) (Assignment, error) { panic("to be written") }

// Around is what an edit must know about the host to say how risky it is.
type Around struct {
	Own, Init Groups            // of bones itself, and of PID 1
	Chain     container.Chain   // what the target belongs to
	Name      text.Text         // whom it is about: "container memcached", "PID 12 (sleep)"
	Shown     map[string]string // the values that the user saw, by file; what differs now is refused. nil: what is read now
	Persist   bool              // through systemd, which keeps the value
	PageSize  int               // bytes
	Total     uint64            // the machine's memory, bytes
}

// Change is one file of an edit.
type Change struct {
	Group *Group
	File  string
	Old   string // what the file held when the edit was made
	Asked string // what the user typed
	New   string // what will be written, canonical
	Reads string // what the kernel will say afterwards, where that differs: a limit rounded down to a page
}

// Edit changes interface files of one target, all or none. It is an effect.Effect and an effect.Recorder.
type Edit struct {
	host    *Host
	around  Around
	changes []Change
	checks  []Check
	result  *[]Result
}

// Check is one thing that was looked at before an edit.
type Check struct {
	Level effect.Level // Safe: in order
	Text  string       // one line
}

// Result is what became of one change.
type Result struct {
	File, Dir               text.Text
	Old, Asked, New, ByHand string
}

var (
	_ effect.Effect   = (*Edit)(nil)
	_ effect.Recorder = (*Edit)(nil)
	_ effect.Effect   = (*Freeze)(nil)
	_ effect.Recorder = (*Freeze)(nil)
	_ effect.Effect   = (*KillAll)(nil)
)

// NewEdit parses the values, reads what the files hold now, and makes the checks. Nothing is written.
func (h *Host) NewEdit(g Groups, list []Assignment, around Around) (*Edit, error) {
	panic("to be written")
}

// RestoreEdit makes an edit, an inverse as a rule, from what Record wrote. It is refused when the group is another one
// now, or a file no longer holds what was left in it.
func (h *Host) RestoreEdit(record json.RawMessage, around Around) (*Edit, error) {
	panic("to be written")
}

func (e *Edit) Changes() []Change                             { return e.changes }
func (e *Edit) Checks() []Check                               { return e.checks }
func (e *Edit) Results() []Result                             { panic("to be written") }
func (e *Edit) Kind() string                                  { return "cgroup.edit" }
func (e *Edit) Describe() string                              { panic("to be written") }
func (e *Edit) ByHand() string                                { panic("to be written") }
func (e *Edit) Risk() effect.Risk                             { panic("to be written") }
func (e *Edit) Undo() effect.Undo                             { panic("to be written") }
func (e *Edit) Apply(context.Context) (effect.Outcome, error) { panic("to be written") }
func (e *Edit) Record() (json.RawMessage, error)              { panic("to be written") }

// Freeze stops or continues all processes of a group: cgroup.freeze on v2, freezer.state on v1.
type Freeze struct {
	host   *Host
	around Around
	group  *Group
	frozen bool // what to make it
}

// NewFreeze makes the effect of freezing (frozen) or thawing. What would freeze bones itself is refused.
func (h *Host) NewFreeze(g Groups, frozen bool, around Around) (*Freeze, error) {
	panic("to be written")
}

// RestoreFreeze is RestoreEdit for freezing.
func (h *Host) RestoreFreeze(record json.RawMessage, around Around) (*Freeze, error) {
	panic("to be written")
}

func (f *Freeze) Kind() string                                  { return "cgroup.freeze" }
func (f *Freeze) Describe() string                              { panic("to be written") }
func (f *Freeze) ByHand() string                                { panic("to be written") }
func (f *Freeze) Risk() effect.Risk                             { panic("to be written") }
func (f *Freeze) Undo() effect.Undo                             { panic("to be written") }
func (f *Freeze) Apply(context.Context) (effect.Outcome, error) { panic("to be written") }
func (f *Freeze) Record() (json.RawMessage, error)              { panic("to be written") }

// KillAll kills every process of a group and those below it: cgroup.kill on v2; on v1 the group is frozen, each
// process sent SIGKILL, and thawed again.
type KillAll struct {
	host   *Host
	around Around
	group  *Group
}

// NewKillAll makes the effect.
func (h *Host) NewKillAll(g Groups, around Around) (*KillAll, error) { panic("to be written") }

func (k *KillAll) Kind() string                                  { return "cgroup.kill" }
func (k *KillAll) Describe() string                              { panic("to be written") }
func (k *KillAll) ByHand() string                                { panic("to be written") }
func (k *KillAll) Risk() effect.Risk                             { panic("to be written") }
func (k *KillAll) Undo() effect.Undo                             { panic("to be written") }
func (k *KillAll) Apply(context.Context) (effect.Outcome, error) { panic("to be written") }
