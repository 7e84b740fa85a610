// Package cgroupview reads the cgroup file systems: which hierarchies are mounted, the tree of groups in each, every
// interface file of a group with what it means, the limit that really binds, and how much is used. It makes the effects
// that change them. It knows nothing of processes: a caller brings the lines of /proc/PID/cgroup.
//
// Sources: cgroups(7); Documentation/admin-guide/cgroup-v1/, Documentation/admin-guide/cgroup-v2.rst.
package cgroupview

import (
	"errors"

	"bones/cgroupview/container"
)

// Config says where to look.
type Config struct {
	Proc string // the proc file system, whose self/mountinfo is read; "": /proc
	Root string // only what is mounted at or below this directory; "": wherever it is
}

// Host is what this host has mounted. It is never changed after it is made, and may be used by several goroutines.
type Host struct {
	config      Config
	hierarchies []*Hierarchy
}

// What a read can end in, beside a value. Each is found by errors.Is in the errors of this package.
var (
	ErrGone          = errors.New("the group has been removed")
	ErrNotPermitted  = errors.New("not permitted")
	ErrUnsupported   = errors.New("this kernel or hierarchy does not have it")
	ErrOutside       = errors.New("the group is outside of our cgroup namespace")
	ErrNotMounted    = errors.New("no cgroup file system that shows the group is mounted here")
	ErrNotCgroup     = errors.New("not a cgroup file system")
	ErrNoHierarchies = errors.New("no cgroup file system is mounted")
)

// Open finds the hierarchies that are mounted.
func Open(c Config) (*Host, error) { panic("to be written") }

// Hierarchies returns them: those of version 1 by name, then version 2.
func (h *Host) Hierarchies() []*Hierarchy { return h.hierarchies }

// Mode says which versions are mounted: "v1", "v2", "hybrid" or "none".
func (h *Host) Mode() string { panic("to be written") }

// Groups returns the groups that the lines of one /proc/PID/cgroup name, one for each hierarchy.
func (h *Host) Groups(lines []container.Line) Groups { panic("to be written") }

// Find returns the groups with this path, as it stands in /proc/PID/cgroup, in every hierarchy that has one.
func (h *Host) Find(path string) Groups { panic("to be written") }
