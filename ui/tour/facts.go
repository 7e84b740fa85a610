package tour

import (
	"fmt"
	"strings"

	"bones/ui/kit"
)

// Facts are what is true of the container now. They are read again with each refresh. Every string is sanitised.
type Facts struct {
	Name    string // of the container, as a TARGET
	Runtime string // of its engine; "bones": it is a demo
	Own     bool   // the tour has started it, and removes it at the end
	Ended   bool   // its main process is not there any more

	PID, Inside int    // of its main process: on the host, and as that process sees itself
	Comm        string // what that process is called
	Parent      int
	ParentComm  string
	Host        int      // how many processes the host has
	Processes   []Member // those of the container, the first ones
	More        int      // how many there are beside them

	Kernel string // what uname -r says

	Private, Shared []string // types of its namespaces: its own, and those that it shares with the host

	Dir    string // of its group where memory is limited; empty: there is none, NoLimit says why
	File   string // that limits memory there: memory.max, memory.limit_in_bytes
	Value  string // what that file holds
	Before string // what it held when the tour began
	Try    string // a limit that does no harm, as one types it; empty: there is none

	Folder string // a directory within its root where a file may be made
	Made   bool   // the tour's file is in it
	Shell  bool   // it has a shell of its own
	Bones  bool   // it has no shell, but bones itself, as a demo does

	// NoFile, NoLimit, NoEnter and NoUnshare say why a step cannot be taken here; empty: it can.
	NoFile, NoLimit, NoEnter, NoUnshare string
}

// Member is a process of the container: its PID on the host, and the one that it sees itself, 0 if that is unknown.
type Member struct{ PID, Inside int }

// FileName is the file that the tour has its user make in the container's root.
const FileName = "made-on-the-host"

// Path is where that file is on the host, and inside.
func (f *Facts) Path() (host, inside string) {
	inside = strings.TrimSuffix(f.Folder, "/") + "/" + FileName
	return fmt.Sprintf("/proc/%d/root%s", f.PID, inside), inside
}

// Seen is what the UI shows now, as far as steps ask for it.
type Seen struct {
	View    int    // its number
	PID     int    // of the process that is selected
	Hand    string // the command by hand of what is selected
	Status  string // how the view is arranged
	Dialog  string // what is on top of it: see DialogName; empty: nothing
	Typing  bool   // a line is asked for at the bottom of the screen
	Details bool   // the keys go to the details
	// Entered and Unshared are how many programs have ended well since the step began: in namespaces of others, and in
	// new ones.
	Entered, Unshared int
}

// Names of dialogs, as DialogName has them.
const (
	dialogPalette = "*ui.palette"
	dialogEdit    = "*cgroups.editDialog"
	dialogConfirm = "*kit.Confirm"
)

// DialogName tells dialogs apart: the title of one that has it, else its type.
func DialogName(d kit.Dialog) string {
	switch d := d.(type) {
	case nil:
		return ""
	case *kit.Sheet:
		return d.Title
	case *kit.Form:
		return d.Title
	}
	return fmt.Sprintf("%T", d)
}
