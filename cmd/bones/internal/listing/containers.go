package listing

import (
	"context"
	"errors"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/virt/machines"
)

// Container is one container of a table, with what it uses.
type Container struct {
	*inventory.Usage
	CPU    float64 // in percent of one processor
	HasCPU bool
	Net    object.Network         // empty unless somebody has read it
	Guest  *machines.GuestProcess // the virtual machine that it is; nil: it is none
}

// Object is the container in JSON. host are the namespaces of the host.
func (c *Container) Object(host [procwalk.NSTypes]uint64) *object.Container {
	var cpu *float64
	if c.HasCPU {
		cpu = &c.CPU
	}
	o := object.NewContainer(c.Usage, host, cpu, c.Net)
	if c.Guest != nil {
		o.Machine = object.NewGuest(c.Guest)
	}
	return o
}

// OpenSource returns the source of what is known of this host. done gives back what it holds.
func OpenSource(f target.Finder) (source inventory.Source, done func(), err error) {
	return open(f, nil)
}

// OpenNarrow is OpenSource for somebody who looks at what containers use, and not at who is in them: where one
// container is named, its processes alone are read, without those that only visit it.
func OpenNarrow(f target.Finder) (source inventory.Source, done func(), err error) {
	return open(f, f.Watched())
}

func open(f target.Finder, named func(context.Context, inventory.Target) (*procwalk.Snapshot, *inventory.Inventory,
	bool)) (source inventory.Source, done func(), err error) {
	if f.Past != nil {
		return f.Past, func() {}, nil
	}
	w, err := f.Walker()
	if err != nil {
		return nil, nil, err
	}
	live := inventory.NewLive(inventory.LiveConfig{Processes: w, ProcRoot: f.Proc, CgroupRoot: f.Cgroups,
		Named: named, Starved: f.Starved})
	return live, func() { live.Close(); w.Close() }, nil
}

// Containers finds the containers that the TARGETs name, all if there are none, and reads what they use. On a host
// without control groups they use nothing that could be read, which is no error. Where all are asked for, the moment
// has the virtual machines, too.
func Containers(ctx context.Context, source inventory.Source, targets []string) (*inventory.Moment, []Container,
	error) {
	m, err := read(ctx, source, inventory.Ask{Usage: true, Targets: targets, Guests: len(targets) == 0})
	if err != nil {
		return nil, nil, err
	}
	return m, listed(m.Usage), nil
}

// Units reads what systemd's services and slices use.
func Units(ctx context.Context, source inventory.Source) (*inventory.Moment, []Container, error) {
	m, err := read(ctx, source, inventory.Ask{Services: true})
	if err != nil {
		return nil, nil, err
	}
	return m, listed(m.UnitUsage()), nil
}

// read reads a moment. On a host without control groups nothing is known of what containers use, which is no error.
func read(ctx context.Context, source inventory.Source, ask inventory.Ask) (*inventory.Moment, error) {
	m, err := source.Moment(ctx, ask)
	if err == nil {
		err = m.InventoryErr
	}
	if err == nil && !errors.Is(m.UsageErr, cgroupview.ErrNoHierarchies) {
		err = m.UsageErr
	}
	return m, err
}

func listed(used []inventory.Usage) []Container {
	list := make([]Container, len(used))
	for i := range used {
		list[i].Usage = &used[i]
	}
	return list
}
