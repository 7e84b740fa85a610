package eventlist

import (
	"bufio"
	"encoding/json"
	"io"
	"strings"

	"bones/cgroupview/inventory/events"
	"bones/cmd/bones/internal/object"
	"bones/ui/rows/eventrow"

	"github.com/rivo/uniseg"
)

// writer prints events, as a table or as JSON.
type writer struct {
	out    io.Writer
	json   bool
	follow bool // more will come: an object a line, and columns of a width that is known before
	widths []int
	begun  bool
}

func newWriter(out io.Writer, asJSON, follow bool) *writer {
	w := &writer{out: out, json: asJSON, follow: follow}
	for _, c := range eventrow.Columns() {
		w.widths = append(w.widths, c.Width)
	}
	return w
}

// fit makes the columns as wide as what is in them.
func (w *writer) fit(list []events.Event) {
	if w.json {
		return
	}
	for k, c := range eventrow.Columns() {
		w.widths[k] = len(c.Name)
		for i := range list {
			w.widths[k] = max(w.widths[k], uniseg.StringWidth(c.Cell(&list[i])))
		}
	}
}

// all prints some events.
func (w *writer) all(list []events.Event) error {
	if w.json && !w.follow {
		return object.WriteArray(w.out, func(yield func(any) bool) {
			for i := range list {
				if !yield(object.NewEvent(&list[i])) {
					return
				}
			}
		})
	}
	b := bufio.NewWriter(w.out)
	if !w.begun && !w.json {
		w.begun = true
		w.row(b, func(c *eventrow.Column) string { return c.Name })
	}
	for i := range list {
		if w.json {
			o, err := json.Marshal(object.NewEvent(&list[i]))
			if err != nil {
				return err
			}
			b.Write(append(o, '\n'))
			continue
		}
		w.row(b, func(c *eventrow.Column) string { return c.Cell(&list[i]) })
	}
	return b.Flush()
}

func (w *writer) row(b *bufio.Writer, cell func(*eventrow.Column) string) {
	columns := eventrow.Columns()
	for k, c := range columns {
		s := cell(c)
		pad := strings.Repeat(" ", max(w.widths[k]-uniseg.StringWidth(s), 0))
		switch {
		case k == len(columns)-1:
			b.WriteString(s)
		case c.Right:
			b.WriteString(pad + s + "  ")
		default:
			b.WriteString(s + pad + "  ")
		}
	}
	b.WriteByte('\n')
}
