// Package seldom holds what a recording tells of a host beside its moments, and what is read less often than they are,
// because it changes seldom and takes long to read: the files of control groups, what processes may do and where their
// roots are, and how namespaces stand to each other.
package seldom

import (
	"fmt"
	"strings"
	"time"

	"bones/nsview"
	"bones/procwalk/text"
)

// Facts are what was read at one time. The names of the fields and of all below are part of the form on disk.
type Facts struct {
	Taken time.Time
	// Cgroups are the hierarchies that were mounted, with the groups that processes were in and those around them.
	Cgroups    []RecordedHierarchy
	CgroupsErr error
	LeftGroups int // groups that there was no room for
	// Processes are those that back a container or stand for the host, or all of them if Whole.
	Processes     []RecordedProcess
	LeftProcesses int // processes that there was no room for
	Namespaces    []nsview.Recorded
	NamespacesErr error
	// Whole: what keeps namespaces without a process was looked for, too, and all processes are there.
	Whole bool
}

// Asides says how far the facts lie from the moment at which they are shown, and of how many groups and processes the
// recorder had no room for them; empty if there is nothing to say. f may be nil.
func (f *Facts) Asides(at time.Time) string {
	if f == nil {
		return ""
	}
	var said []string
	if age := at.Sub(f.Taken).Abs().Round(time.Second); age > time.Second {
		said = append(said, fmt.Sprintf("the files of groups, the roots and the relations of namespaces were recorded at "+
			"%s, %s away from the moment that is shown", f.Taken.Format(time.TimeOnly), age))
	}
	if f.LeftGroups > 0 {
		said = append(said, fmt.Sprintf("the recorder had no room for the files of %d more groups", f.LeftGroups))
	}
	if f.LeftProcesses > 0 {
		said = append(said, fmt.Sprintf("the recorder had no room or time for the roots and rights of %d more processes",
			f.LeftProcesses))
	}
	return strings.Join(said, "; ")
}

// RecordedHierarchy is a mounted cgroup hierarchy with its groups.
type RecordedHierarchy struct {
	Version     int
	Controllers []string
	Name        string
	Mount, Root string
	ReadOnly    bool
	Dev         uint64
	Groups      []RecordedGroup // each behind the one around it
}

// RecordedGroup is one group, with the files that it had.
type RecordedGroup struct {
	Path     text.Text
	Dev, Ino uint64
	UID      uint32
	Unit     bool // systemd had marked it as a unit's
	Files    []RecordedFile
	Err      error // why there are no files
}

// RecordedFile is what a file held.
type RecordedFile struct {
	Name      string
	Mode      uint32
	Value     text.Text
	Truncated bool // only the lines that fit into maxFile
	Err       error
}

// RecordedProcess is what detail.Reader.Lasting has read of one process.
type RecordedProcess struct {
	Detail Lasting
}

// Bounds: a user may make any number of groups and processes, and what is in a group's files.
const (
	maxGroups    = 4096
	maxFile      = 16 << 10 // bytes of one file
	maxProcesses = 8192
)
