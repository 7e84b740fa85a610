package object

import (
	"bones/cgroupview"
	"bones/cgroupview/owner"
	"bones/cgroupview/spec"
	"bones/procwalk/fault"
	"bones/procwalk/text"
	"strings"
)

// File is one file of `bones cgroup --json`.
type File struct {
	Name     text.Text  `json:"name"`
	Value    *text.Text `json:"value"` // null: see error
	Writable bool       `json:"writable"`
	Kind     string     `json:"kind"`
	Unit     string     `json:"unit"`
	Does     string     `json:"does"`
	Cut      bool       `json:"cut,omitempty"` // value has only the first lines: the file is longer than bones reads
	Error    string     `json:"error,omitempty"`
}

// Group is the directory of a target in one hierarchy, as `bones cgroup --json` prints it.
type Group struct {
	Version     int         `json:"version"`
	Controllers []text.Text `json:"controllers"`
	Path        text.Text   `json:"path"`
	Dir         text.Text   `json:"dir"`
	Owner       *text.Text  `json:"owner"` // the systemd unit
	Files       []File      `json:"files"`
}

// NewGroup is the directory of a group with its files.
func NewGroup(h *cgroupview.FileSystem, g *cgroupview.Group, owner owner.Owner) Group {
	o := newCgroup(g)
	d := Group{Version: o.Version, Controllers: o.Controllers, Path: o.Path, Dir: g.Dir, Owner: OrNull(owner.Unit),
		Files: []File{}}
	files, _ := h.Files(g)
	for i := range files {
		d.Files = append(d.Files, newFile(&files[i]))
	}
	return d
}

func newFile(f *cgroupview.File) File {
	o := File{Name: f.Name, Kind: spec.Raw.String()}
	o.Writable, _ = f.Editable()
	if f.Spec != nil {
		o.Kind, o.Unit, o.Does = f.Spec.Kind.String(), f.Spec.Unit, f.Spec.Does
	}
	if f.Err != nil {
		o.Error = fault.Line(f.Err)
	} else {
		o.Value, o.Cut = &f.Value, f.Truncated
	}
	return o
}
func newCgroup(g *cgroupview.Group) Cgroup {
	o := Cgroup{Version: g.Hierarchy.Version, Controllers: []text.Text{}, Path: g.Path}
	if o.Version == 1 {
		for name := range strings.SplitSeq(g.Hierarchy.String(), ",") {
			o.Controllers = append(o.Controllers, text.New(name))
		}
	} else {
		for _, name := range g.Hierarchy.Controllers {
			o.Controllers = append(o.Controllers, text.New(name))
		}
	}
	return o
}
