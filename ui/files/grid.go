package ui

import (
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// fsGrid makes a grid of a directory.
type fsGrid struct {
	v     *files
	heads []head
}

func (g *fsGrid) Len() int { return len(g.v.list) }

func (g *fsGrid) Selected() int { return g.v.at }

func (g *fsGrid) Heads(width int) []head {
	if g.v.where == rootfs.ProcDir {
		g.heads = []head{{title: "MODE", width: 10}, {title: "NAME", width: 20}, {title: "WHAT IT IS", width: max(width-32, 1)}}
		if width < 44 {
			g.heads = []head{{title: "NAME", width: width}}
		}
		return g.heads
	}
	heads := []head{{title: "MODE", width: 10}, {title: "OWNER", width: 12}, {title: "GROUP", width: 12}, {title: "SIZE", width: 6, right: true},
		{title: "CHANGED", width: 16}, {title: "NAME", width: 20}}
	switch {
	case width < 44:
		heads = heads[5:]
	case width < 60:
		heads = []head{heads[0], heads[3], heads[5]}
	case width < 84:
		heads = []head{heads[0], heads[1], heads[3], heads[5]}
	}
	used := 0
	for _, h := range heads[:len(heads)-1] {
		used += h.width + 1
	}
	heads[len(heads)-1].width = max(width-used, 1)
	g.heads = heads
	return heads
}

func (g *fsGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	i := &g.v.list[row]
	title := g.heads[column].title
	if i.Err != "" && title != "NAME" && title != "WHAT IT IS" {
		return dst, 0 // nothing is known of it
	}
	switch title {
	case "MODE":
		return append(dst, rows.FileMode(*i)...), 0
	case "OWNER":
		return append(dst, rows.FileOwner(i.UID, i.UIDIn)...), 0
	case "GROUP":
		return append(dst, rows.FileOwner(i.GID, i.GIDIn)...), 0
	case "SIZE":
		if i.Kind == rootfs.Regular || i.Kind == rootfs.Directory {
			return append(dst, rows.Size(uint64(max(i.Size, 0)))...), 0
		}
		return dst, 0
	case "CHANGED":
		return append(dst, i.ModTime.Format("2006-01-02 15:04")...), 0
	case "WHAT IT IS":
		if row < len(g.v.is) {
			return append(dst, g.v.is[row]...), 0
		}
		return dst, 0
	}
	if g.v.where == rootfs.ProcDir {
		name := text.Line(i.Name)
		if i.Kind == rootfs.Directory {
			name += "/"
		}
		return append(dst, name...), 0
	}
	return append(dst, rows.FileName(*i)...), 0
}

func (g *fsGrid) Look(row int) look {
	switch i := &g.v.list[row]; i.Kind {
	case rootfs.Unknown:
		return look{style: rows.Bad}
	case rootfs.Regular, rootfs.Directory, rootfs.Link:
		return look{}
	}
	return look{style: rows.Dim}
}
