package rows

import (
	"strconv"
	"strings"

	"bones/cgroupview/inventory/matrix"
	"bones/nsview"
	"bones/procwalk"
)

// MatrixOrder is the order in which the types of namespaces stand across: what one asks about most comes first.
var MatrixOrder = [procwalk.NSTypes]procwalk.NSType{procwalk.PID, procwalk.Net, procwalk.Mnt, procwalk.IPC,
	procwalk.UTS, procwalk.User, procwalk.Cgroup, procwalk.Time}

// MatrixCell says in a word whose a namespace is: own, host, or the names of those it is shared with. A star says that
// not all processes of the row are in it.
func MatrixCell(r *matrix.Row, t procwalk.NSType) NSCell {
	c := &r.Cells[t]
	cell := NSCell{Text: c.Share.String()}
	switch {
	case c.Share == nsview.Unknown:
		return nsUnknown
	case r.Kind == matrix.Host:
		cell.Style = Dim
	case c.Share == nsview.Own:
		cell.Style = Good
	case c.Share == nsview.Hosts:
		cell.Style = hostsStyle(r.Kind, t)
	default:
		cell = NSCell{Text: "with " + c.With[0].String(), Style: Changed}
		if n := len(c.With) - 1 + c.More; n > 0 {
			cell.Text += " +" + strconv.Itoa(n)
		}
	}
	if c.Mixed && r.Kind != matrix.Host {
		cell.Text += "*"
	}
	return cell
}

// hostsStyle is how it looks that somebody is in the host's namespace. Engines share user, cgroup and time with the
// host as a rule, and services all of them; a container that shares another one deserves a look.
func hostsStyle(kind matrix.RowKind, t procwalk.NSType) Style {
	switch t {
	case procwalk.User, procwalk.Cgroup, procwalk.Time:
		return Dim
	}
	if kind == matrix.Container {
		return Warn
	}
	return Dim
}

// MatrixSections are the details of one cell: whose the namespace is, who else is in it, and what it isolates.
func MatrixSections(m *matrix.Matrix, r *matrix.Row, t procwalk.NSType) []Section {
	c := &r.Cells[t]
	s := Section{Title: t.String() + " namespace of " + r.Name.String()}
	line := func(style Style, label, value string) { s.Lines = append(s.Lines, Line{label, value, style}) }
	line(Plain, "isolates", NSIsolates(t))
	if c.Inode == 0 {
		line(Warn, "not read", NSReason(c.Err))
		return []Section{s}
	}
	line(Plain, "namespace", nsview.Key{Type: t, Inode: c.Inode}.String())
	cell := MatrixCell(r, t)
	switch {
	case r.Kind == matrix.Host:
		line(Plain, "whose", "the host's: "+NSCount(len(c.Others))+" in it")
	case c.Share == nsview.Own:
		line(cell.Style, "whose", "its own: nobody else is in it")
	case c.Share == nsview.Hosts:
		line(cell.Style, "whose", "the host's: "+NSCount(len(c.Others))+" beside its own")
	case c.Share == nsview.Neighbour:
		line(cell.Style, "shared with", MatrixWith(c))
	}
	if c.Mixed && r.Kind != matrix.Host {
		line(Warn, "but", "not all of its processes are in it")
	}
	if n := len(c.Guests); n > 0 {
		line(Plain, "visited by", NSCount(n)+", as what nsenter runs")
	}
	return []Section{s}
}

// MatrixWith names all that are known to be in a namespace too.
func MatrixWith(c *matrix.Cell) string {
	var names []string
	for _, w := range c.With {
		names = append(names, w.String())
	}
	if c.More > 0 {
		names = append(names, strconv.Itoa(c.More)+" more")
	}
	return strings.Join(names, ", ")
}
