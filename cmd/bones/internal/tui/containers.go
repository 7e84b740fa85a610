package tui

import (
	"bones/cgroupview/owner"
	"context"
	"errors"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/ui"
	"bones/ui/rows"

	"golang.org/x/sys/unix"
)

// containerBackend fills in what the terminal UI needs for containers.
func (p *program) containerBackend(b *ui.Backend) {
	h, err := p.Targets.CgroupHost()
	if err != nil {
		return // each moment says why
	}
	b.Containers.More = func(_ context.Context, c rows.ContainerRow) rows.ContainerMore {
		more := rows.ContainerMore{Health: h.Health(c.Groups)}
		if g := c.Groups.With("memory"); g != nil {
			more.Owner = owner.Of(h, g, c.Chain)
		} else if len(c.Groups.List) > 0 {
			more.Owner = owner.Of(h, c.Groups.List[0], c.Chain)
		}
		total := uint64(0)
		if m := detail.Host(p.Targets.Proc).Memory; m.Err == nil && m.Value.MemTotalBytes != nil {
			total = *m.Value.MemTotalBytes
		}
		more.Memory, _ = counters.ReadMemory(h, c.Groups, total) // without groups there is none
		return more
	}
	b.Containers.Extra = func(ctx context.Context, s *procwalk.Snapshot,
		list []rows.ContainerRow) map[string]rows.ContainerExtra {
		host := inventory.HostNamespaces(s)[procwalk.Net]
		read := make(map[string]rows.ContainerExtra, len(list))
		for i := range list {
			if ctx.Err() != nil {
				break
			}
			read[list[i].Key] = p.containerExtra(h, host, &list[i])
		}
		return read
	}
	b.Containers.Stopped = func(_ context.Context, x *inventory.Inventory) ([]container.Stopped, string, error) {
		list, more, errs := x.Stopped()
		note := ""
		if more {
			note = "; there are more than bones reads"
		}
		return list, note, errors.Join(errs...)
	}
}

// containerExtra reads what a moment does not hold of a container. host is the host's network namespace, 0: not known.
func (p *program) containerExtra(h *cgroupview.FileSystem, host uint64, c *rows.ContainerRow) rows.ContainerExtra {
	unknown := cgroupview.Reading{Err: cgroupview.ErrUnsupported}
	x := rows.ContainerExtra{Time: time.Now(), Swap: unknown, OOM: unknown, Throttled: unknown, Rx: unknown, Tx: unknown}
	if g := c.Groups.With("memory"); g != nil {
		x.Swap = swapOf(h, g)
	}
	health := h.Health(c.Groups)
	for _, e := range health.Events {
		if e.Name == "oom_kill" {
			x.OOM = cgroupview.Reading{Value: max(x.OOM.Value, e.Count)}
		}
	}
	// Of the levels with a quota the one that holds the container back most.
	for _, t := range health.Throttled {
		if x.Throttled.Err != nil || t.Times > x.Throttled.Value {
			x.Throttled, x.Periods = cgroupview.Reading{Value: t.Times}, t.Periods
		}
	}
	ns := c.Process.NS
	if ns != nil && host != 0 && ns.Inode[procwalk.Net] == host {
		x.NetShared = true
		return x
	}
	if n, err := detail.ReadNet(p.Targets.Proc, c.Process.ID()); err != nil {
		x.Rx, x.Tx = cgroupview.Reading{Err: err}, cgroupview.Reading{Err: err}
	} else {
		rx, tx := n.Total()
		x.Rx, x.Tx = cgroupview.Reading{Value: rx}, cgroupview.Reading{Value: tx}
	}
	return x
}

// openFiles is how many descriptors this process may have.
func openFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<20))
}

// swapOf reads how much of a group's memory was moved to swap. Version 1 tells of memory and swap together.
func swapOf(h *cgroupview.FileSystem, g *cgroupview.Group) cgroupview.Reading {
	if g.Hierarchy.Version == 2 {
		return h.Number(g, "memory.swap.current")
	}
	both, memory := h.Number(g, "memory.memsw.usage_in_bytes"), h.Number(g, "memory.usage_in_bytes")
	switch {
	case both.Err != nil:
		return both
	case memory.Err != nil:
		return memory
	}
	return cgroupview.Reading{Value: max(both.Value, memory.Value) - memory.Value}
}
