package files

import (
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// listGrid makes a kit.Grid of a directory.
type listGrid struct {
	v     *View
	heads []kit.Head
}

func (g *listGrid) Len() int { return len(g.v.list) }

func (g *listGrid) Selected() int { return g.v.cursor.Row }

func (g *listGrid) Heads(width, first, end int) []kit.Head {
	if g.v.where == rootfs.ProcDir {
		is := max(width-32, 1)
		g.heads = []kit.Head{{Title: "MODE", Width: 10}, {Title: "NAME", Width: 20},
			{Title: "WHAT IT IS", Width: is, Wide: true}}
		if width < 44 {
			g.heads = []kit.Head{{Title: "NAME", Width: width, Wide: true}}
		}
		return g.heads
	}
	heads := []kit.Head{{Title: "MODE", Width: 10}, {Title: "OWNER", Width: 12}, {Title: "GROUP", Width: 12},
		{Title: "SIZE", Width: 6, Right: true}, {Title: "CHANGED", Width: 16}, {Title: "NAME", Width: 20, Wide: true}}
	switch {
	case width < 44:
		heads = heads[5:]
	case width < 60:
		heads = []kit.Head{heads[0], heads[3], heads[5]}
	case width < 84:
		heads = []kit.Head{heads[0], heads[1], heads[3], heads[5]}
	}
	g.heads = heads
	slots := make([]rows.Slot, len(heads))
	for i, h := range heads {
		slots[i] = rows.Slot{Usual: h.Width, Flex: h.Wide}
		if !h.Wide {
			// Owners are numbers, or two of them: nothing of this row can be cut.
			_, slots[i].Must = kit.Measure(g, first, end, i, true)
			slots[i].Keep = -1
		}
	}
	slots[len(heads)-1].Usual = 8
	g.heads = nil
	for i, w := range rows.Share(width, slots) {
		if w >= 0 {
			heads[i].Width = max(w, 1)
			g.heads = append(g.heads, heads[i])
		}
	}
	return g.heads
}

func (g *listGrid) Cell(dst []byte, row, column int) ([]byte, int) {
	i := &g.v.list[row]
	title := g.heads[column].Title
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

func (g *listGrid) Look(row int) kit.Look {
	switch i := &g.v.list[row]; i.Kind {
	case rootfs.Unknown:
		return kit.Look{Style: rows.Bad}
	case rootfs.Regular, rootfs.Directory, rootfs.Link:
		return kit.Look{}
	}
	return kit.Look{Style: rows.Dim}
}
