package ui

import (
	"bones/procwalk"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// Frame is what one refresh brought. It is never changed after it is made.
type Frame struct {
	rows.Facts
	Host HostFacts
	Err  error // why the table could not be read; Facts are those of the last refresh that worked
}

// View is one of the views over the selected process. The UI draws what is around it.
type View interface {
	// Number is the key that shows it, 1 to 9, and Name the title of its tab.
	Number() int
	Name() string
	// Keys are the keys that only this view has.
	Keys() []Key
	// Want is what it needs of a snapshot.
	Want() procwalk.Want
	// Update takes a new frame. Only the view that is shown gets them, and the last one when it is shown; that one may
	// still lack what only this view wants.
	Update(*Frame)
	// Subject is the process that is selected, and SetSubject selects one, if the view shows it.
	Subject() (procwalk.ID, bool)
	SetSubject(procwalk.ID) bool
	// ByHand is the shell command that shows what the selection shows; empty if there is none.
	ByHand() string
	// Status says in a few words how the view is arranged: filter, order.
	Status() string
	// Draw paints the view.
	Draw(painter, rect)
	// Mouse handles a mouse action inside of it.
	Mouse(action tview.MouseAction, x, y int) bool
	// Back goes one level back inside of the view, and reports false if there is none.
	Back() bool
}

// describer is a View with details of its own, instead of those of the selected process.
type describer interface {
	// Describe makes them of what is known now, and Look starts to read more, without waiting for it.
	Describe(reveal bool) []rows.Section
	Look()
}

// enterer is a View in which Enter does something else than to go to the details.
type enterer interface {
	// Enter reports false if it is for the details all the same.
	Enter() bool
}

// targeter is a View in which actions are about another process than its subject.
type targeter interface {
	Target() (procwalk.ID, bool)
}

// newViews makes the views there are, by number. The key table, the tabs and the help page follow from it.
func newViews(u *UI, o *Options) []View {
	return []View{newProcesses(u, o), newContainers(u, o), newNamespaces(u, o), newCgroups(u, o), newFiles(u)}
}
