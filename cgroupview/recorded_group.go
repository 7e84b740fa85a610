package cgroupview

import (
	"fmt"

	"bones/procwalk/text"
)

// GroupRecord is a group as it is written down.
type GroupRecord struct {
	Hierarchy string     `json:"hierarchy"`
	Path      text.Exact `json:"path"`
	Dev       uint64     `json:"dev"`
	Ino       uint64     `json:"ino"`
}

// Record writes a group down.
func (g *Group) Record() GroupRecord {
	return GroupRecord{g.Hierarchy.String(), text.Exact(g.Path.Raw()), g.Dev, g.Ino}
}

// Recorded finds a group again, if it is the same; else the error says that it is gone or not mounted here.
func (h *FileSystem) Recorded(r GroupRecord) (*Group, error) {
	path := string(r.Path)
	err := fmt.Errorf("%s of %s: %w", text.Line(path), text.Line(r.Hierarchy), ErrNotMounted)
	for _, in := range h.hierarchies {
		if in.String() != r.Hierarchy {
			continue
		}
		g, found := h.Group(in, path)
		if found != nil {
			err = found
			continue
		}
		if g.Dev == r.Dev && g.Ino == r.Ino {
			return g, nil
		}
		err = fmt.Errorf("%s: %w, and another was made with its name", g.Dir, ErrGone)
	}
	return nil, err
}
