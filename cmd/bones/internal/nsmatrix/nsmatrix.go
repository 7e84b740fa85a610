// Package nsmatrix prints who has which namespaces for its own: containers and services down, the eight types across.
package nsmatrix

import (
	"io"
	"strconv"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/matrix"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/tint"
	"bones/nsview"
	"bones/procwalk"
	"bones/ui/rows"
)

// Print is how the matrix is printed.
type Print struct {
	Out     io.Writer
	JSON    bool
	Colours bool
	// Sandboxes has those as rows too, which no engine knows.
	Sandboxes bool
	// Keep chooses the types; nil: all.
	Keep func(procwalk.NSType) bool
}

// Matrix prints the matrix of a moment. The view must be of the snapshot of that moment.
func (p Print) Matrix(v *nsview.View, now *inventory.Moment) error {
	m := matrix.Build(v, now, p.Sandboxes)
	var types []procwalk.NSType
	for _, t := range rows.MatrixOrder {
		if p.Keep == nil || p.Keep(t) {
			types = append(types, t)
		}
	}
	if p.JSON {
		return object.WriteArray(p.Out, object.EachAs(m.Rows,
			func(r *matrix.Row) any { return object.NewMatrixRow(r, types) }))
	}
	var w tint.Table
	head := []string{"WHO", "KIND", "PID"}
	for _, t := range types {
		head = append(head, t.String())
	}
	w.Plain(head...)
	for i := range m.Rows {
		r := &m.Rows[i]
		name := tint.Cell{Text: r.Name.String()}
		if r.Kind == matrix.Container {
			name.Style = rows.ContainerHue(r.Container)
		}
		line := []tint.Cell{name, {Text: r.Kind.String()}, {Text: strconv.Itoa(r.ID.PID)}}
		for _, t := range types {
			c := rows.MatrixCell(r, t)
			line = append(line, tint.Cell{Text: c.Text, Style: c.Style})
		}
		w.Row(line...)
	}
	return w.Print(p.Out, p.Colours)
}
