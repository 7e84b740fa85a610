package listing

import (
	"cmp"
	"context"
	"strconv"
	"strings"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/tint"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Machines finds the processes that are virtual machines, and what they use: the memory of a guest is part of that of
// its process.
func Machines(ctx context.Context, source inventory.Source) (*inventory.Moment, []Container, error) {
	m, err := read(ctx, source, inventory.Ask{Want: inventory.Want, Guests: true})
	if err != nil {
		return nil, nil, err
	}
	list := listed(m.GuestUsage())
	for i := range list {
		list[i].Guest = m.GuestOf(list[i].Process.ID())
	}
	return m, list, nil
}

// Machines prints one line for each virtual machine.
func (t Tables) Machines(list []Container) error {
	var w tint.Table
	w.Plain(strings.Fields("NAME MONITOR PID VCPUS GUEST ACCEL CPU% MEM")...)
	for i := range list {
		u, g := &list[i], &list[i].Guest.Guest
		vcpus, guest, accel := "-", "-", "-"
		if g.VCPUs > 0 {
			vcpus = strconv.Itoa(g.VCPUs)
		}
		if g.Memory > 0 {
			guest = rows.Size(g.Memory)
		}
		switch {
		case g.Accelerated:
			accel = "kvm"
		case u.Guest.Unread == "":
			accel = "none"
		}
		w.Row(DimIfEmpty(cmp.Or(g.Name.String(), "-"), text.Line(g.Monitor), strconv.Itoa(u.PID), vcpus, guest, accel,
			u.cpuCell(), rows.Size(u.Sample.Memory.Value))...)
	}
	return w.Print(t.Out, t.Colours)
}
