package ui

import (
	"context"
	"time"

	"bones/cgroupview/inventory"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// Backend is everything that the UI cannot do itself, as it makes no system call. Functions that may be nil say so:
// what needs them is greyed then.
type Backend struct {
	// Source gives the process table. It is called from one goroutine of the UI.
	Source procwalk.Source
	// Host gives what the header shows beside the table; called with Source. May be nil.
	Host func(context.Context) HostFacts
	// Names are called for every row drawn.
	Names rows.Names
	// Quick gives the details that the snapshot alone can tell. May be nil.
	Quick Sections
	// Details reads more about one process, in a goroutine; what it returns makes sections of it. May be nil.
	Details func(context.Context, procwalk.ID) Sections
	// Threads lists the threads of a process, in a goroutine. May be nil.
	Threads func(context.Context, procwalk.ID) ([]rows.Thread, error)
	// Signals are the signals that can be sent, and Signal makes the effect of sending one. May be nil.
	Signals []SignalChoice
	Signal  func(*procwalk.Snapshot, *procwalk.Process, int) (effect.Effect, error)
	// Target finds the process that a TARGET stands for which is no PID: a container by its name or id, or what runs in a
	// group. May be nil.
	Target func(inventory.Target) (procwalk.ID, error)
	// Carry carries an effect out and journals it; called in a goroutine. May be nil.
	Carry func(context.Context, effect.Effect) (effect.Outcome, error)
	// Relate finds out how namespaces stand to each other, and with all what keeps those without a process; Inside looks
	// into one. Both are called in goroutines. May be nil.
	Relate func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error)
	Inside func(context.Context, *nsview.View, nsview.Key) nsview.Details
	// Explain walks over what makes a process a container's, or not, read anew; called in a goroutine. May be nil.
	Explain func(context.Context, procwalk.ID) (*rows.Explanation, error)
	// Stepping is for programs inside of namespaces.
	Stepping
	// ContainerBackend and GroupBackend are for views 2 and 4.
	ContainerBackend
	FileBackend
	GroupBackend
	// Export writes what a view shows to a file that is not there yet, in a goroutine, and returns its full path and how
	// many rows it wrote. May be nil.
	Export func(ctx context.Context, e Export, file string) (path string, rows int, err error)
	// Copy puts text on the clipboard. May be nil.
	Copy func(string)
	// Suspend stops the program until the shell continues it; the terminal is given back before. May be nil.
	Suspend func()
	// Go starts a goroutine, in a way that a panic in it restores the terminal. nil: the go statement.
	Go func(func())
	// Now is the clock. nil: time.Now.
	Now func() time.Time
}

// Sections turns what is known about a process into text; reveal shows values that are masked otherwise.
type Sections func(p *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section

// SignalChoice is one line of the signal menu.
type SignalChoice struct {
	Number     int
	Name, Does string
}

// HostFacts are what the header says about the machine. What is not known is left zero and its Has false.
type HostFacts struct {
	HasLoad      bool
	Load         [3]float64
	HasMemory    bool
	MemTotal     uint64 // bytes
	MemAvailable uint64
	HasCPU       bool
	CPUBusy      float64 // share of all processors, 0 to 1
}

// Options say how the UI starts.
type Options struct {
	Backend
	Screen   tcell.Screen  // Run initializes it
	Notices  <-chan string // lines to show in the footer as they come; may be nil
	Interval time.Duration // between refreshes; 0: 1 second
	ReadOnly string        // why nothing may be changed; empty: it may
	ASCII    bool          // draw lines with ASCII only
	Mouse    bool
	// CgroupMode ("v1", "v2", "hybrid") and Missing (what privileges are missing, one phrase each) stand in the header.
	CgroupMode string
	Missing    []string
	// Columns are the names of the columns of the process table; none: the default ones.
	Columns []string
	// Sort is the column that the process table is sorted by; none: the order of the tree. Reverse turns it round.
	Sort    string
	Reverse bool
	// Theme is the name of the colours; none: the first of Themes.
	Theme string
	// NoDetails starts without the details, NoWrap with their long lines cut.
	NoDetails, NoWrap bool
	// Keys gives actions other keys: see KeyProblems.
	Keys map[string]string
	// Problems are what is wrong with the user's configuration, one line each. Forgets is why what the user changes in here
	// is not remembered; empty: it is.
	Problems []string
	Forgets  string
}
