// Package seldom holds what a recording tells of a host beside its moments, and what is read less often than they are,
// because it changes seldom and takes long to read: the files of control groups, what processes may do and where their
// roots are, and how namespaces stand to each other.
package seldom

import (
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
