// Package effect holds what every change to the system has in common: it is a value that can say what it will do,
// how to do it by hand, how risky it is, and whether there is a way back. Domain packages make effects; one place,
// cmd/bones/internal/host, carries them out and journals them.
package effect

import (
	"context"
	"encoding/json"

	"bones/procwalk/text"
)

// Effect is one change to the system that has not happened yet. Its methods but Apply do nothing but describe.
type Effect interface {
	// Kind names the sort of effect in the journal: "signal", "cgroup.edit", ...
	Kind() string
	// About returns whom it is about: "container web", "PID 12 (sleep)", "group /x". It is hostile text; empty where the
	// effect is about nothing that was there before.
	About() text.Text
	// Describe says in one line, safe to print, what it will do and to whom.
	Describe() string
	// ByHand returns the shell command that does the same, quoted for sh.
	ByHand() string
	// Risk says how much to ask before, and why.
	Risk() Risk
	// Undo says whether there is a way back. The inverse itself is known only after Apply.
	Undo() Undo
	// Apply carries the effect out. Only the host calls it: a test over the source keeps it so.
	Apply(context.Context) (Outcome, error)
}

// Outcome is what the kernel really did.
type Outcome struct {
	// Inverse undoes it, or is nil.
	Inverse Effect
	// Unchanged says that all was so already: nothing is another than it was, and there is nothing to take back.
	Unchanged bool
	// Sentence says in one line, safe to print, what is different now: "web: memory limit 512M to 1G". Empty where
	// Describe says all there is to say.
	Sentence string
	// Note is one line, safe to print, on where the outcome differs from what was asked; empty if it does not.
	Note string
	// Result is what came of it in detail, for whoever made the effect and knows its type, which the effect's Apply
	// names; nil where there is nothing more to know.
	Result any
}

// Level orders how much an effect asks of the user before it happens.
type Level int

const (
	// Safe effects are carried out without a question.
	Safe Level = iota
	// Confirm has the user asked yes or no; no answer means no.
	Confirm
	// Grave asks for a typed word, or --yes on the command line.
	Grave
)

// Risk is a level and the reason for it.
type Risk struct {
	Level Level
	Why   string // one line, safe to print; empty at Safe
}

// Undo says whether an effect can be undone, and if not why not.
type Undo struct {
	Possible bool
	Why      string // why not; empty if possible
}

// Recorder is an effect that can be written down and made again from that by another run of bones: what the journal
// keeps of an inverse, so that undo works after a restart.
type Recorder interface {
	Effect
	// Record writes down all that it takes. The domain package that made the effect makes it again.
	Record() (json.RawMessage, error)
}

// Discreet is an Effect whose command by hand can hold a secret of the user's.
type Discreet interface {
	Effect
	// KeptByHand is the command by hand as a journal keeps it: without the secrets.
	KeptByHand() string
}

// Kept returns the command by hand that a journal keeps of an effect.
func Kept(e Effect) string {
	if d, ok := e.(Discreet); ok {
		return d.KeptByHand()
	}
	return e.ByHand()
}
