package kit

import (
	"context"
	"time"

	"bones/procwalk/effect"
	"bones/ui/rows"
)

// Exchange is all that views have of each other. A view says with Show where the user wants to go, with Perform what
// is to be changed, with Notice what the user should know; it knows no other view.
type Exchange interface {
	// Show goes to the view of this number, and there to the subject.
	Show(view int, s Subject)
	// Perform carries out a change of the system, after asking the user where it is risky.
	Perform(Plan)
	// Notice shows a line in the footer until the next key. It must be sanitised.
	Notice(style rows.Style, line string)
}

// Shell is the UI around a view as the view sees it: the way to the other views, and what the frame alone does.
type Shell interface {
	Exchange
	Background

	// Ask has the user type a line.
	Ask(Question)
	// Open puts a dialog on top of what is shown, and Close takes it away: one whose Key reports that it is done is
	// closed without that.
	Open(Dialog)
	Close(Dialog)

	// Changed tells the UI what is not as it was in a view. Of a view that is not shown it takes no notice, but for
	// System.
	Changed(View, ViewChange)

	// Frame is the last frame; nil: there was none yet. A view that is not shown keeps no frame: it would be out of date.
	Frame() *Frame
	// KeyFor is the key of an action, for a message that names it.
	KeyFor(action string) string
	// Theme is how things look; it is changed in place.
	Theme() *Theme
	// Now is the clock, and Keys how many keys were pressed so far, clicks included.
	Now() time.Time
	Keys() int
}

// Subject is what a view is asked to show.
type Subject struct {
	Process rows.ID
	// Group is the path of a control group: its processes are meant, and Process among them. Empty: Process alone.
	Group string
}

// ViewChange is what changed in a view, or by it.
type ViewChange int

const (
	// Selection: another row is selected. The details begin at their top.
	Selection ViewChange = iota
	// Content: more, or something newer, is known of what is selected. The details are read anew.
	Content
	// Description: what the view reads for its own details has come.
	Description
	// Wants: the view wants something else of a snapshot than before.
	Wants
	// System: something on the host was changed. The process table is read anew at once.
	System
)

// Plan is a change of the system that a view asks for: effects, or how to make one.
type Plan struct {
	Effects []effect.Effect
	// Make makes the effect, in a goroutine, if it is not in Effects; nil and no error: there is nothing to do.
	Make func(context.Context) (effect.Effect, error)
	// Agreed: what the user did says Yes already. What can be undone is not asked about again.
	Agreed bool
	// LastKey: the last key that was pressed asked for it, however long it took to make. A question is no surprise then.
	LastKey bool
	// Ask: the user is asked even where it is safe.
	Ask bool
	// Carry carries the effects out once the user has agreed; nil: the shell does it, one after the other.
	Carry func()
}

// Notice is a line for the footer.
type Notice struct {
	Style rows.Style
	Text  string // sanitised
}
