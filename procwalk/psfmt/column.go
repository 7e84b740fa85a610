package psfmt

import (
	"strings"

	"bones/procwalk"
)

// align is how a column is laid out and what may happen to text that is too wide for it.
//
// Source: procps 4.0.2, src/ps/output.c, show_one_proc; ps(1), "STANDARD FORMAT SPECIFIERS".
type align uint8

const (
	right     align = iota // numbers: padded on the left; what is too wide pushes the following columns to the right
	left                   // words: padded on the right; too wide pushes, too
	user                   // names: cut with a + when too wide, see printName
	unlimited              // text: cut at the width, but takes the rest of the line as the last column
	wchan                  // a kernel symbol: cut at the width
	signal                 // a mask: 16 digits if the line has room for all of them, else 9 columns
	pidWidth               // a PID: right-aligned, as wide as /proc/sys/kernel/pid_max
)

// column is one line of the table of columns.
type column struct {
	names string        // the name and its aliases, separated by blanks
	head  string        // header
	width int           // columns
	align align         //
	want  procwalk.Want // what it needs in the snapshot, to print and to sort
	print printer       // nil: ps knows the name but prints "-"
	key   key           // nil: sorting by it changes nothing
}

// printer appends one cell to c.cell and returns how many columns it takes.
type printer func(c *context, p *procwalk.Process) int

// byName maps every name and alias to its column.
func byName() map[string]*column {
	m := make(map[string]*column, 300)
	for i := range columns {
		for name := range strings.FieldsSeq(columns[i].names) {
			m[name] = &columns[i]
		}
	}
	return m
}

// Column is the name of a column and its header, as `ps L` lists them.
type Column struct{ Name, Header string }

// Columns lists the names that have something to print, aliases included, by the order of the table.
func Columns() []Column {
	var list []Column
	for i := range columns {
		if columns[i].print == nil {
			continue
		}
		for name := range strings.FieldsSeq(columns[i].names) {
			list = append(list, Column{name, columns[i].head})
		}
	}
	return list
}
