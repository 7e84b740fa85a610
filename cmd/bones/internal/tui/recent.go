package tui

import (
	"context"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/health"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/record/seldom"
	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui"
	"bones/ui/files"
	"bones/ui/rows"
)

// withRecent has a backend of this host tell of the past while the screen shows it: nothing that is read now is shown
// as if it had been so then.
func (p *program) withRecent(now ui.Backend, history *record.History) ui.Backend {
	then := p.pastBackend(history)
	b := now
	at := func() *ui.Backend {
		if history.IsLive() {
			return &now
		}
		return &then
	}
	b.Quick = func(q *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
		return at().Quick(q, s, reveal)
	}
	b.Details = func(ctx context.Context, id procwalk.ID) ui.Sections { return at().Details(ctx, id) }
	b.Explain = func(ctx context.Context, id procwalk.ID) (*rows.Explanation, error) { return at().Explain(ctx, id) }
	b.Health = func(ctx context.Context, of ui.HealthOf) (*health.Report, error) { return at().Health(ctx, of) }
	b.Export = func(ctx context.Context, e ui.Export, file string) (string, int, error) {
		return at().Export(ctx, e, file)
	}
	b.Processes.Threads = func(ctx context.Context, id procwalk.ID) ([]rows.Thread, error) {
		return at().Processes.Threads(ctx, id)
	}
	if now.Containers.More != nil {
		b.Containers.More = func(ctx context.Context, c rows.ContainerRow) rows.ContainerMore {
			return at().Containers.More(ctx, c)
		}
	}
	if now.Containers.Extra != nil {
		b.Containers.Extra = func(ctx context.Context, s *procwalk.Snapshot,
			list []rows.ContainerRow) map[string]rows.ContainerExtra {
			if !history.IsLive() {
				return nil
			}
			return now.Containers.Extra(ctx, s, list)
		}
	}
	if now.Containers.Stopped != nil {
		b.Containers.Stopped = func(ctx context.Context, x *inventory.Inventory) ([]container.Stopped, string, error) {
			if !history.IsLive() {
				return nil, "", errPast
			}
			return now.Containers.Stopped(ctx, x)
		}
	}
	if now.Namespaces.Relate != nil {
		b.Namespaces.Relate = func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			return at().Namespaces.Relate(ctx, v, all)
		}
		b.Namespaces.Inside = func(ctx context.Context, v *nsview.View, k nsview.Key) nsview.Details {
			return at().Namespaces.Inside(ctx, v, k)
		}
	}
	groupsThenAndNow(&b, &now, at)
	filesThenAndNow(&b, at)
	return b
}

func groupsThenAndNow(b, now *ui.Backend, at func() *ui.Backend) {
	b.Cgroups.Roots = func(ctx context.Context) ([]*cgroupview.Group, error) { return at().Cgroups.Roots(ctx) }
	if now.Cgroups.Files == nil {
		return // no cgroup file system is mounted
	}
	b.Cgroups.GroupsOf = func(ctx context.Context, id procwalk.ID) (cgroupview.Groups, error) {
		return at().Cgroups.GroupsOf(ctx, id)
	}
	b.Cgroups.Parent = func(g *cgroupview.Group) (*cgroupview.Group, bool) { return at().Cgroups.Parent(g) }
	b.Cgroups.Children = func(ctx context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
		return at().Cgroups.Children(ctx, g, limit)
	}
	b.Cgroups.Files = func(ctx context.Context, g *cgroupview.Group) ([]cgroupview.File, error) {
		return at().Cgroups.Files(ctx, g)
	}
	b.Cgroups.More = func(ctx context.Context, g *cgroupview.Group, file string) rows.GroupMore {
		return at().Cgroups.More(ctx, g, file)
	}
}

func filesThenAndNow(b *ui.Backend, at func() *ui.Backend) {
	b.Files.List = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string,
		limit int) ([]rootfs.Info, bool, error) {
		return at().Files.List(ctx, id, where, path, limit)
	}
	b.Files.Read = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path string, limit int64) ([]byte,
		error) {
		return at().Files.Read(ctx, id, where, path, limit)
	}
	b.Files.Mount = func(ctx context.Context, id procwalk.ID, i rootfs.Info) (rootfs.FileMount, error) {
		return at().Files.Mount(ctx, id, i)
	}
	b.Files.Get = func(ctx context.Context, id procwalk.ID, where rootfs.Where, path, local string,
		progress func(files.CopyProgress)) (string, error) {
		return at().Files.Get(ctx, id, where, path, local, progress)
	}
}

// newRecent keeps the last minutes of a live source.
func (p *program) newRecent(live inventory.Source, names record.Names) (*record.History, error) {
	reader := &seldom.Reader{Proc: p.Targets.Proc, Cgroups: p.Targets.Cgroups}
	return record.NewHistory(live, names, func(ctx context.Context, m *inventory.Moment) *seldom.Facts {
		return reader.Read(ctx, m, false)
	})
}
