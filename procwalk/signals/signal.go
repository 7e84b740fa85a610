// Package signals sends signals to processes, and knows their names.
package signals

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/procroot"
	"bones/procwalk/text"

	"golang.org/x/sys/unix"
)

// Signal is the effect of sending a signal to exactly the process that was shown: through a pidfd, so that a PID that
// is in use again is never hit.
//
// Source: pidfd_send_signal(2), signal(7).
type Signal struct {
	target procwalk.ID
	name   text.Text
	signal unix.Signal
	root   string // the proc file system that target was seen in
	grave  string // why it wants more than a yes, or empty
}

// New makes the effect. The table that p was found in tells what p is to us: PID 1 and our own ancestors are
// grave targets.
func New(root string, s *procwalk.Snapshot, p *procwalk.Process, signal unix.Signal) (Signal, error) {
	e := Signal{target: p.ID(), name: p.Comm, signal: signal, root: root}
	if Name(signal) == "" {
		return e, fmt.Errorf("signal %d: there is no such signal; they go from 1 to 64", int(signal))
	}
	switch {
	case signal == 0:
		return e, errors.New("signal 0 does nothing: name one, TERM for example")
	case p.PID == 1:
		e.grave = "it is PID 1: if it ends, the whole machine or container does"
	case p.PID == s.Host.OwnPID():
		e.grave = "it is bones itself"
	case ancestor(s, p.PID, s.Host.OwnPID()):
		e.grave = "it is an ancestor of bones: this session may end with it"
	}
	return e, nil
}

// ancestor reports whether pid is above child, by the parents of the snapshot.
func ancestor(s *procwalk.Snapshot, pid, child int) bool {
	for range len(s.Processes) { // no more steps than rows: the parents may form a cycle
		p := s.Find(child)
		if p == nil {
			return false
		}
		if child = p.PPID; child == pid {
			return true
		}
	}
	return false
}

// Kind implements effect.Effect.
func (e Signal) Kind() string { return "signal" }

// Target returns the identity of the process it goes to.
func (e Signal) Target() procwalk.ID { return e.target }

// About implements effect.Effect.
func (e Signal) About() text.Text {
	return text.New(fmt.Sprintf("PID %d (%s)", e.target.PID, e.name.Raw()))
}

// Describe implements effect.Effect.
func (e Signal) Describe() string {
	return fmt.Sprintf("send SIG%s to PID %d (%s)", Name(e.signal), e.target.PID, e.name)
}

// ByHand implements effect.Effect.
func (e Signal) ByHand() string {
	return effect.Command("kill", "-"+Name(e.signal), strconv.Itoa(e.target.PID))
}

// Risk implements effect.Effect.
func (e Signal) Risk() effect.Risk {
	switch {
	case e.grave != "":
		return effect.Risk{Level: effect.Grave, Why: e.grave}
	case e.signal == unix.SIGCONT:
		return effect.Risk{}
	}
	return effect.Risk{Level: effect.Confirm, Why: standard[e.signal].does}
}

// Undo implements effect.Effect.
func (e Signal) Undo() effect.Undo {
	if e.signal == unix.SIGSTOP {
		return effect.Undo{Possible: true}
	}
	return effect.Undo{Why: "a signal cannot be called back"}
}

// Apply implements effect.Effect. It fails with procwalk.ErrGone if the process that was shown has
// ended, whoever has its PID now.
func (e Signal) Apply(context.Context) (effect.Outcome, error) {
	if err := procroot.Ours(e.root); err != nil {
		return effect.Outcome{}, e.failed(fmt.Errorf("%w: %s is not the proc file system of our own PIDs: %w",
			procwalk.ErrUnsupported, e.root, err))
	}
	pidfd, err := procroot.OpenPID(e.target.PID)
	switch {
	case err == unix.ESRCH:
		return effect.Outcome{}, e.failed(procwalk.ErrGone)
	case err != nil:
		return effect.Outcome{}, e.failed(fault.NoCall("pidfd_open", "5.3", err))
	}
	defer unix.Close(pidfd)
	// The descriptor stands for whoever has the number now; if that is the one that was shown, it stays that one.
	now, err := procwalk.ReadStat(e.root, e.target.PID)
	if err != nil {
		return effect.Outcome{}, e.failed(err)
	}
	if now.StartTime != e.target.Start {
		return effect.Outcome{}, e.failed(fmt.Errorf("%w; PID %d is another process now", procwalk.ErrGone, e.target.PID))
	}
	// What is stopped already is not stopped again: if somebody lets it go on meanwhile, that would be a change, and
	// called none. Signal 0 only asks whether it may be sent one.
	signal, unchanged := e.signal, e.signal == unix.SIGSTOP && now.State == 'T'
	if unchanged {
		signal = 0
	}
	switch err := unix.PidfdSendSignal(pidfd, signal, nil, 0); err {
	case nil:
	case unix.ESRCH:
		return effect.Outcome{}, e.failed(procwalk.ErrGone)
	case unix.EPERM:
		return effect.Outcome{}, e.failed(&fault.Error{Kind: fault.NotPermitted,
			Why:  "not permitted (EPERM): it belongs to another user",
			Hint: mayKill(os.Geteuid()), Err: err})
	default:
		return effect.Outcome{}, e.failed(err)
	}
	var out effect.Outcome
	if now.KernelThread() {
		out.Note = "it is a thread of the kernel, and those ignore nearly every signal"
	}
	if e.signal == unix.SIGSTOP {
		inverse := e
		inverse.signal = unix.SIGCONT
		out.Inverse, out.Unchanged = inverse, unchanged
	}
	return out, nil
}

// recorded is a Signal as it is written down.
type recorded struct {
	PID    int    `json:"pid"`
	Start  uint64 `json:"start"`
	Signal int    `json:"signal"`
}

// Record implements effect.Recorder.
func (e Signal) Record() (json.RawMessage, error) {
	return json.Marshal(recorded{e.target.PID, e.target.Start, int(e.signal)})
}

// Restore makes a signal, an inverse as a rule, from what Record wrote. The error is procwalk.ErrGone if the process
// has ended.
func Restore(root string, s *procwalk.Snapshot, record json.RawMessage) (Signal, error) {
	var r recorded
	if err := json.Unmarshal(record, &r); err != nil {
		return Signal{}, errors.New("the record of the signal is not one that this version of bones can read")
	}
	p := s.FindID(procwalk.ID{PID: r.PID, Start: r.Start})
	if p == nil {
		return Signal{}, fmt.Errorf("PID %d: %w", r.PID, procwalk.ErrGone)
	}
	return New(root, s, p, unix.Signal(r.Signal))
}

func (e Signal) failed(err error) error { return fmt.Errorf("%s: %w", e.Describe(), err) }

// mayKill is what would help a user who may not send a signal. Root in a container may lack the capability.
func mayKill(uid int) string {
	if uid == 0 {
		return "needs CAP_KILL"
	}
	return "CAP_KILL, or running as that user or root, would help"
}
