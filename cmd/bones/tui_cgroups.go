package main

import (
	"context"
	"fmt"
	"os"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/cgroups"
	"bones/ui/rows"
)

// boundFiles are the files whose limit is the least of those around the group.
var boundFiles = map[string]bool{"memory.limit_in_bytes": true, "memory.max": true, "pids.max": true}

// cgroupBackend fills in what the terminal UI needs for control groups.
func (a *app) cgroupBackend(b *ui.Backend) {
	source, _ := b.Source.(*namedSource)
	h, err := a.cgroupHost()
	if err != nil || source == nil {
		b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) { return nil, err }
		return
	}
	around := func(name text.Text, chain container.Chain) cgroupview.Around {
		r := cgroupview.Around{Chain: chain, Name: name, PageSize: os.Getpagesize()}
		if l := source.latest.Load(); l != nil {
			r.Own = inventory.GroupsOfProcess(h, l.snap.Find(os.Getpid()))
			r.Init, r.Total = inventory.GroupsOfProcess(h, l.snap.Find(1)), l.snap.Host.MemTotal
			r.Ancestors = ancestors(h, l.snap)
		}
		return r
	}
	b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) {
		var list []*cgroupview.Group
		var failed error
		for _, in := range h.Hierarchies() {
			g, err := h.Group(in, in.Root)
			if err != nil {
				failed = err
				continue
			}
			list = append(list, g)
		}
		if len(list) == 0 {
			return nil, failed
		}
		return list, nil
	}
	b.Cgroups.GroupsOf = func(_ context.Context, id procwalk.ID) (cgroupview.Groups, error) {
		l := source.latest.Load()
		if l == nil {
			return cgroupview.Groups{}, fmt.Errorf("the process table has not been read yet")
		}
		p := l.snap.FindID(id)
		if p == nil {
			return cgroupview.Groups{}, fmt.Errorf("PID %d has ended", id.PID)
		}
		return inventory.GroupsOfProcess(h, p), nil
	}
	b.Cgroups.Parent = h.Parent
	b.Cgroups.Children = func(_ context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
		return h.Children(g, limit)
	}
	b.Cgroups.Files = func(_ context.Context, g *cgroupview.Group) ([]cgroupview.File, error) { return h.Files(g) }
	b.Cgroups.More = func(_ context.Context, g *cgroupview.Group, file string) rows.GroupMore {
		var more rows.GroupMore
		more.Members, more.MemberErr = h.Procs(g)
		more.Owner = h.OwnerOf(g, chainOf(g))
		if boundFiles[file] {
			more.Limit, more.HasLimit = h.Effective(g, file), true
		}
		return more
	}
	b.Cgroups.PlanEdit = func(_ context.Context, g *cgroupview.Group, file, value, shown string) (cgroups.EditPlan, error) {
		r := around(text.New("group "+g.Path.Raw()), chainOf(g))
		r.Shown = map[string]string{file: shown}
		e, err := h.NewEdit(cgroupview.Groups{List: []*cgroupview.Group{g}}, []cgroupview.Assignment{{File: file, Value: value}}, r)
		if err != nil {
			return cgroups.EditPlan{}, err
		}
		return cgroups.EditPlan{Effect: e, Changes: e.Changes(), Checks: e.Checks()}, nil
	}
	// Freezing and killing may need another hierarchy than the one that is looked at: there the group has the same path.
	whole := func(t rows.GroupTarget) (cgroupview.Groups, cgroupview.Around) {
		groups, chain := t.Groups, t.Chain
		if len(groups.List) == 1 {
			g := groups.List[0]
			chain = chainOf(g)
			if g.Hierarchy.Version == 1 && !g.Hierarchy.Has("freezer") {
				groups = h.Find(g.Path.Raw())
			}
		}
		return groups, around(t.Name, chain)
	}
	freeze := func(_ context.Context, t rows.GroupTarget, frozen bool) (effect.Effect, error) {
		groups, r := whole(t)
		f, err := h.NewFreeze(groups, frozen, r)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	b.Cgroups.KillAll = func(_ context.Context, t rows.GroupTarget) (effect.Effect, error) {
		groups, r := whole(t)
		k, err := h.NewKillAll(groups, r)
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	b.Containers.Freeze, b.Cgroups.Freeze = freeze, freeze
	// Whoever presses a key means what they did themselves, here.
	b.UndoLast = func(ctx context.Context) (effect.Effect, error) { return a.undoLast(ctx, thisRun) }
	b.RedoLast = func(ctx context.Context) (effect.Effect, error) { return a.redoLast(ctx, thisRun) }
}

// chainOf is what the path of a group alone tells of the container it belongs to.
func chainOf(g *cgroupview.Group) container.Chain {
	return container.FromLines([]container.Line{{Controllers: text.New(g.Hierarchy.String()), Path: g.Path}})
}
