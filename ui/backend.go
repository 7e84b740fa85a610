package ui

import (
	"context"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/health"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/cgroups"
	"bones/ui/containers"
	"bones/ui/events"
	"bones/ui/files"
	"bones/ui/history"
	"bones/ui/namespaces"
	"bones/ui/ports"
	"bones/ui/processes"
	"bones/ui/rows"
	"bones/ui/sheets"
	"bones/ui/tour"
	"bones/ui/tune"

	"github.com/gdamore/tcell/v2"
)

// Backend is everything that the UI cannot do itself, as it makes no system call. Functions that may be nil say so:
// what needs them is greyed then.
type Backend struct {
	// Source gives what is known of the host, again and again. It is called from one goroutine of the UI.
	Source inventory.Source
	// Names are called for every row drawn.
	Names rows.Names
	// Quick gives the details that the snapshot alone can tell. May be nil.
	Quick Sections
	// Details reads more about one process, in a goroutine; what it returns makes sections of it. May be nil.
	Details func(context.Context, procwalk.ID) Sections
	// Carry carries an effect out and journals it; called in a goroutine. May be nil: nothing can be changed then.
	Carry func(context.Context, effect.Effect) (effect.Outcome, error)
	// UndoLast and RedoLast make the effect that takes the last change back, or makes it again; called in goroutines.
	// The risk of one that was not made in this session says so, and thereby the user is asked. May be nil.
	UndoLast func(context.Context) (effect.Effect, error)
	RedoLast func(context.Context) (effect.Effect, error)
	// History is what was changed on this host. May be empty.
	History history.Backend
	// Explain walks over what makes a process a container's, or not, read anew; called in a goroutine. May be nil.
	Explain func(context.Context, procwalk.ID) (*rows.Explanation, error)
	// Health judges what is the matter; called in a goroutine. May be nil.
	Health func(context.Context, HealthOf) (*health.Report, error)
	// Network is for the sheets about sockets and interfaces. May be empty.
	Network ports.Backend
	// Sheets compare two, and show mounts. May be empty.
	Sheets sheets.Backend
	// Tune changes how the kernel treats processes. May be empty.
	Tune tune.Backend
	// Stepping is for programs inside of namespaces.
	Stepping
	// What each view needs beside that.
	Processes  processes.Backend
	Containers containers.Backend
	Namespaces namespaces.Backend
	Cgroups    cgroups.Backend
	Files      files.Backend
	Events     events.Backend
	// Export writes what a view shows to a file that is not there yet, in a goroutine, and returns its full path and
	// how many rows it wrote. May be nil.
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

// Loop takes the place of the event loop of Run, for a caller that hands keys and frames to the UI itself.
type Loop struct {
	Post func(show func())     // calls show in the loop, and draws
	Lend func(use func()) bool // gives the terminal away while use runs; false: it cannot
}

// Options say how the UI starts.
type Options struct {
	Backend
	Screen   tcell.Screen  // Run initializes it
	Notices  <-chan string // lines to show in the footer as they come; may be nil
	Loop     *Loop         // nil: that of Run
	Past     Past          // shown in place of Source; nil: Source is this host as it is now
	Recent   Recent        // shown in place of Source where there is no Past: this host with its last minutes; may be nil
	Interval time.Duration // between refreshes; 0: 1 second
	ReadOnly string        // why nothing may be changed; empty: it may
	ASCII    bool          // draw lines with ASCII only
	Mouse    bool
	// CgroupMode ("v1", "v2", "hybrid") and Missing (what privileges are missing, one phrase each) stand in the
	// header.
	CgroupMode string
	Missing    []string
	// Columns are the names of the columns of the process table; none: the default ones.
	Columns []string
	// Sort is the column that the process table is sorted by; none: the order of the tree. Reverse turns it round.
	Sort    string
	Reverse bool
	// Meters are those of the header, in order; none: all of them.
	Meters []string
	// Theme is the name of the colours; none: the first of Themes.
	Theme string
	// NoDetails starts without the details, NoWrap with their long lines cut.
	NoDetails, NoWrap bool
	// Keys gives actions other keys: see KeyProblems.
	Keys map[string]string
	// Problems are what is wrong with the user's configuration, one line each. Forgets is why what the user changes
	// in here is not remembered; empty: it is.
	Problems []string
	Forgets  string
	Tour     *tour.Panel // that is taken; nil: none
}

// withoutCarry takes away what makes effects: where nobody carries them out, what would make one is greyed.
func (b *Backend) withoutCarry() {
	b.UndoLast, b.RedoLast, b.History.Undo = nil, nil, nil
	b.Processes.Signal, b.Containers.Signal = nil, nil
	b.Containers.Freeze, b.Cgroups.Freeze, b.Containers.Set = nil, nil, nil
	b.Cgroups.PlanEdit, b.Cgroups.KillAll = nil, nil
	b.Files.Change, b.Files.Put, b.Tune.Make = nil, nil, nil
}
