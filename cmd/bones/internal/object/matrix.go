package object

import (
	"bones/cgroupview/inventory/matrix"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// MatrixRow is who has namespaces: the host, a container, a sandbox, a virtual machine, a service of systemd's.
type MatrixRow struct {
	Kind       string       `json:"kind"` // host, container, sandbox, vm, service
	Name       text.Text    `json:"name"`
	ID         *text.Text   `json:"id"`  // of a container; else null
	PID        int          `json:"pid"` // that stands for it
	Namespaces []MatrixCell `json:"namespaces"`
}

// MatrixCell is how it stands in the namespaces of one type.
type MatrixCell struct {
	Type      string      `json:"type"`
	NS        *uint64     `json:"ns"`          // the inode; null: it could not be read
	Isolation string      `json:"isolation"`   // own, host, neighbour, unknown
	With      []text.Text `json:"shared_with"` // with neighbour: who is in it, too
	More      int         `json:"shared_with_more"`
	Mixed     bool        `json:"mixed"` // not all of its processes are in it
	Error     *string     `json:"error"`
}

// NewMatrixRow makes the object of one row of the matrix, with the cells of these types only.
func NewMatrixRow(r *matrix.Row, types []procwalk.NSType) MatrixRow {
	o := MatrixRow{Kind: r.Kind.String(), Name: r.Name, PID: r.ID.PID, Namespaces: []MatrixCell{}}
	if r.Container != nil {
		o.ID = OrNull(r.Container.ID)
	}
	for _, t := range types {
		c := &r.Cells[t]
		cell := MatrixCell{Type: t.String(), Isolation: c.Share.String(), With: append([]text.Text{}, c.With...),
			More: c.More, Mixed: c.Mixed && r.Kind != matrix.Host}
		if c.Inode != 0 {
			cell.NS = &c.Inode
		}
		switch {
		case c.Err != nil:
			why := fault.Line(c.Err)
			cell.Error = &why
		case c.Share == nsview.Unknown:
			why := "whether it is the host's cannot be told: PID 1 may not be looked into (CAP_SYS_PTRACE)"
			cell.Error = &why
		}
		o.Namespaces = append(o.Namespaces, cell)
	}
	return o
}
