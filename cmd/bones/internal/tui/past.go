package tui

import (
	"context"
	"errors"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/target"
	"bones/cmd/bones/internal/terminal"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/psfmt"
	"bones/procwalk/rootfs"
	"bones/ui"
	"bones/ui/files"
	"bones/ui/rows"
)

// errPast is why a view has nothing to show of a recording.
var errPast = errors.New(ui.ThisIsThePast + ", and the recording does not have it")

// pastBackend gives the terminal UI what a recording tells. It asks nothing of this host about a process: the PID is
// another's by now. What a recording does not have is said, and whatever would change something is greyed.
func (p *program) pastBackend(past *record.Replay) ui.Backend {
	ttys := psfmt.NewTTYs(p.Targets.Proc, "/dev")
	b := ui.Backend{
		Names: rows.Names{User: past.User, TTY: ttys.Name},
		Quick: func(q *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
			return rows.Details(q, s, (*detail.Detail)(nil), rows.DetailOptions{Reveal: reveal})
		},
		Export: func(ctx context.Context, e ui.Export, file string) (string, int, error) {
			m, err := past.Moment(ctx, inventory.Ask{})
			if err != nil {
				return "", 0, err
			}
			here := p.Targets
			here.Past = &target.Past{Now: m, Before: past.Before(), User: past.User, Group: past.Group}
			return Export(ctx, here, e, file)
		},
		Copy:   terminal.CopyToClipboard,
		Health: p.pastHealth(past),
	}
	if terminal.CanStop() {
		b.Suspend = terminal.StopHere
	}
	b.Processes.Threads = func(context.Context, procwalk.ID) ([]rows.Thread, error) { return nil, errPast }
	b.Containers.More = func(context.Context, rows.ContainerRow) rows.ContainerMore { return rows.ContainerMore{} }
	b.Namespaces.Relate = func(_ context.Context, v *nsview.View, _ bool) (*nsview.View, error) { return v, nil }
	b.Namespaces.Inside = func(context.Context, *nsview.View, nsview.Key) nsview.Details { return nsview.Details{} }
	b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) { return nil, errPast }
	b.Cgroups.GroupsOf = func(context.Context, procwalk.ID) (cgroupview.Groups, error) {
		return cgroupview.Groups{}, errPast
	}
	b.Cgroups.Parent = func(*cgroupview.Group) (*cgroupview.Group, bool) { return nil, false }
	b.Cgroups.Children = func(context.Context, *cgroupview.Group, int) ([]*cgroupview.Group, bool, error) {
		return nil, false, errPast
	}
	b.Cgroups.Files = func(context.Context, *cgroupview.Group) ([]cgroupview.File, error) { return nil, errPast }
	b.Cgroups.More = func(context.Context, *cgroupview.Group, string) rows.GroupMore { return rows.GroupMore{} }
	b.Files.List = func(context.Context, procwalk.ID, rootfs.Where, string, int) ([]rootfs.Info, bool, error) {
		return nil, false, errPast
	}
	b.Files.Read = func(context.Context, procwalk.ID, rootfs.Where, string, int64) ([]byte, error) {
		return nil, errPast
	}
	b.Files.Mount = func(context.Context, procwalk.ID, rootfs.Info) (rootfs.FileMount, error) {
		return rootfs.FileMount{}, errPast
	}
	b.Files.Get = func(context.Context, procwalk.ID, rootfs.Where, string, string, func(files.CopyProgress)) (string,
		error) {
		return "", errPast
	}
	return b
}
