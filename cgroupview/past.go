package cgroupview

import (
	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Recorded is what was written down of the groups of one hierarchy: their files are read there, and not on this host.
type Recorded interface {
	Group(path string) *RecordedGroup // nil: nothing was
	Children(path string) []string    // the paths of the groups right below one, in order
}

// RecordedGroup is what was written down of one group.
type RecordedGroup struct {
	Dev, Ino uint64
	UID      uint32 // who owned its directory
	Unit     bool   // systemd had marked it as that of a unit
	Files    []File // by name
	Err      error  // why there are none
}

// errPast is why nothing is done to a group of a recording: what has its name now may be another.
var errPast = fault.New(fault.Unsupported, "it is a group of a recording: this is the past")

// Past is the hierarchy as it was recorded. NewFileSystem makes a file system of such ones.
func (h Hierarchy) Past(r Recorded) *Hierarchy {
	h.past = r
	return &h
}

// recordedFile reads one file of a group that was recorded.
func (g *Group) recordedFile(name string) (File, error) {
	r := g.Hierarchy.past.Group(g.Path.Raw())
	if r == nil {
		return File{}, failed(g, "", unix.ENOENT)
	}
	for _, f := range r.Files {
		if f.Name.Raw() == name {
			return f, nil
		}
	}
	return File{}, failed(g, name, unix.ENOENT)
}

// recordedValue is what a file of a recorded group held, as the kernel gives it.
func (g *Group) recordedValue(name string) ([]byte, error) {
	f, err := g.recordedFile(name)
	switch {
	case err != nil:
		return nil, err
	case f.Err != nil:
		return nil, f.Err
	case f.Truncated:
		return nil, failed(g, name, errTooLong)
	}
	return []byte(f.Value.Raw() + "\n"), nil
}

// Unit reports whether systemd has marked the group as that of a unit.
func (g *Group) Unit() bool {
	if g.Hierarchy.past != nil {
		r := g.Hierarchy.past.Group(g.Path.Raw())
		return r != nil && r.Unit
	}
	return attribute(g, "user.invocation_id") || attribute(g, "trusted.invocation_id")
}

// Owner tells who owns the group's directory.
func (g *Group) Owner() (uid uint32, err error) {
	if g.Hierarchy.past != nil {
		if r := g.Hierarchy.past.Group(g.Path.Raw()); r != nil {
			return r.UID, nil
		}
		return 0, failed(g, "", unix.ENOENT)
	}
	var st unix.Stat_t
	switch e := unix.Lstat(g.Dir.Raw(), &st); {
	case e != nil:
		return 0, failed(g, "", e)
	case st.Dev != g.Hierarchy.Dev || st.Mode&unix.S_IFMT != unix.S_IFDIR:
		return 0, ErrNotCgroup
	}
	return st.Uid, nil
}

// attribute reports whether an extended attribute of the group's directory is there.
func attribute(g *Group, name string) bool {
	n, err := unix.Lgetxattr(g.Dir.Raw(), name, nil)
	return err == nil && n > 0
}
