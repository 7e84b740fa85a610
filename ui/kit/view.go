// Package kit is what the views of the UI are made of: how text gets to the screen, tables, panes and dialogs, the
// key table, reading in the background, and the two interfaces through which a view (View) and the UI around it
// (Shell) know each other. It knows nothing of processes, containers or files, and makes no system call.
package kit

import (
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/rivo/tview"
)

// The numbers of the views. They are the keys that show them as well.
const (
	Processes = 1 + iota
	Containers
	Namespaces
	Cgroups
	Files
	Events
)

// Frame is what one refresh brought: the same value for all views. It is never changed after it is made.
type Frame struct {
	rows.Facts
	Err error // why the table could not be read; Facts are those of the last refresh that worked
}

// HasTable reports whether there is a table in the frame; f may be nil.
func (f *Frame) HasTable() bool { return f != nil && f.Snap != nil }

// MayHave reports whether a process is in the frame; as long as no table was read, any could be. f may be nil.
func (f *Frame) MayHave(id rows.ID) bool { return !f.HasTable() || f.Snap.FindID(id) != nil }

// View is one of the views over the selected process. The UI draws what is around it. Further interfaces of this
// package are for views that can do more: Revealer, Describer, Enterer, Targeter, Spacer, Companion, Copier, Fresher,
// Commander.
type View interface {
	// Number is the key that shows it, 1 to 9, and Name the title of its tab.
	Number() int
	Name() string
	// Keys are the keys that only this view has.
	Keys() []Binding
	// Want is what it needs of a snapshot.
	Want() rows.Want
	// Update shows a new frame, in which a table was read. Only the view that is shown gets them, and the last one
	// when it is shown; that one may still lack what only this view wants.
	Update(*Frame)
	// Subject is the process that is selected, and SetSubject selects one, if the view shows it.
	Subject() (rows.ID, bool)
	SetSubject(rows.ID) bool
	// ByHand is the shell command that shows what the selection shows; empty if there is none.
	ByHand() string
	// Status says in a few words how the view is arranged: filter, order.
	Status() string
	// Draw paints the view.
	Draw(Painter, Rect)
	// Mouse handles a mouse action inside of it.
	Mouse(action tview.MouseAction, x, y int) bool
	// Back goes one level back inside of the view, and reports false if there is none.
	Back() bool
}

// Sized is a View that knows how many cells wide its list must be so that nothing in it is cut, and how many lines it
// has with its heads: only what is left over goes to the details beside it or below it.
type Sized interface {
	Needs() (width, lines int)
}

// Revealer is a View that goes to what Exchange.Show was called for, even if a filter or an earlier selection is in
// the way.
type Revealer interface {
	Reveal(Subject)
}

// Describer is a View with details of its own, instead of those of the selected process.
type Describer interface {
	// Describe makes them of what is known now, and ReadDetails starts to read more, without waiting for it.
	Describe(reveal bool) []rows.Section
	ReadDetails()
}

// Enterer is a View in which Enter does something else than to go to the details.
type Enterer interface {
	// Enter reports false if it is for the details all the same.
	Enter() bool
}

// Leader is a View that has a word for the footer of where Enter leads now: "tree", "files". Others: to the details.
type Leader interface {
	LeadsTo() string
}

// Targeter is a View in which actions are about another process than its subject.
type Targeter interface {
	Target() (rows.ID, bool)
}

// Spacer is a View in which a namespace can be selected that no process is in.
type Spacer interface {
	// Space returns its inode and what it is called.
	Space() (inode uint64, name string, ok bool)
}

// Companion is a View that draws another process as selected than its subject: that one goes along to another view.
type Companion interface {
	Along() (rows.ID, bool)
}

// Named is a View that knows what its selection is called, for beside the command by hand: that one has 64 digits.
type Named interface {
	Beside() string
}

// Copier is a View that knows what of its selection one would like to have on the clipboard.
type Copier interface {
	// Copied returns it, or "". It is pasted into shells: what a process chose is quoted or escaped.
	Copied() string
}

// ContainerSelector is a View in which a container can be selected.
type ContainerSelector interface {
	// Container returns its key and what it is called; false if none is selected.
	Container() (key string, name text.Text, ok bool)
}

// UsageReader is a View that shows what containers use: only then is that read with each frame.
type UsageReader interface {
	ReadsUsage() bool
}

// UnitReader is a View that shows what systemd's services and slices use: only then is that read with each frame.
type UnitReader interface {
	ReadsUnits() bool
}

// Fresher is a View that says what must be as of now in the next frame, although nothing suggests that it changed:
// what it has on the screen, and what it chooses that by. Drawing decides what that is.
type Fresher interface {
	Fresh() rows.Fresh
}

// Commander is a View with words of its own for the palette.
type Commander interface {
	Words() []Word
}
