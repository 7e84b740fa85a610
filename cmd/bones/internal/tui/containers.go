package tui

import (
	"bones/cgroupview/owner"
	"context"

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
		return more
	}
}

// openFiles is how many descriptors this process may have.
func openFiles() int {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, 1<<20))
}
