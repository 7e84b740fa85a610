// Package memory prints what the memory of a target's group is made of, against the limit that binds it.
package memory

import (
	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cmd/bones/internal/command"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/tint"
	"bones/ui/rows"
)

// Width is how many cells the bar is wide.
const Width = 60

// Print prints the parts of a group's memory, each as a bar of Width cells against the limit that binds.
func Print(p command.Program, h *cgroupview.FileSystem, t *target.GroupTarget) error {
	m, err := counters.ReadMemory(h, t.Groups, t.Snapshot.Host.MemTotal)
	if err != nil {
		return err
	}
	if p.JSON() {
		return object.Write(p.Out(), object.NewMemoryUse(m))
	}
	var table tint.Table
	s := rows.MemorySection(m, Width)
	table.Row(tint.Cell{Text: t.Name.String()})
	table.Row(tint.Cell{Text: s.Lines[0].Value, Style: s.Lines[0].Style})
	if err := table.Print(p.Out(), p.Colours()); err != nil {
		return err
	}
	table = tint.Table{}
	for _, l := range s.Lines[1:] {
		table.Row(tint.Cell{Text: l.Label, Style: l.Style}, tint.Cell{Text: l.Value})
	}
	return table.Print(p.Out(), p.Colours())
}
