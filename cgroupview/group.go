package cgroupview

import (
	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// Group is one directory of one hierarchy.
type Group struct {
	Hierarchy *Hierarchy
	Path      text.Text // below the root of the hierarchy, as /proc/PID/cgroup has it
	Dir       text.Text // where it is on this host
	Dev, Ino  uint64    // which directory it is; a group that is made again has another number
}

// Groups are the groups of one process or container, one for each hierarchy.
type Groups struct {
	List   []*Group
	Errors []LineError // lines that name no group that can be reached
}

// LineError says why a line of /proc/PID/cgroup leads nowhere.
type LineError struct {
	Line container.Line
	Err  error
}

// With returns the group where the files of a controller are: in the v1 hierarchy that has it, else in v2 if the group
// was handed the controller; nil if nowhere.
func (g Groups) With(controller string) *Group { panic("to be written") }

// V2 returns the group in the unified hierarchy, or nil.
func (g Groups) V2() *Group { panic("to be written") }

// Group returns the group with this path in a hierarchy. The path comes from outside: it is never followed out of the
// file system or through a link.
func (h *Host) Group(in *Hierarchy, path string) (*Group, error) { panic("to be written") }

// Parent returns the group around g; false for the root, or what is the root as far as we can see.
func (h *Host) Parent(g *Group) (*Group, bool) { panic("to be written") }

// Children returns the groups right below g, by name; at most limit of them, and whether there are more.
func (h *Host) Children(g *Group, limit int) (children []*Group, more bool, err error) {
	panic("to be written")
}

// Procs returns the processes that are in g itself, ascending. 0 stands for those of other pid namespaces.
func (h *Host) Procs(g *Group) ([]int, error) { panic("to be written") }
