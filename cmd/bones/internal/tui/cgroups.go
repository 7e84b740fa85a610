package tui

import (
	"context"
	"errors"
	"fmt"

	"bones/cgroupview/edit"
	"bones/cgroupview/inventory/surroundings"
	"bones/cgroupview/owner"
	"bones/cgroupview/systemd"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cmd/bones/internal/host"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/cgroups"
	"bones/ui/rows"
)

// cgroupBackend fills in what the terminal UI needs for control groups.
func (p *program) cgroupBackend(b *ui.Backend) {
	h, err := p.Targets.CgroupHost()
	if err != nil {
		b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) { return nil, err }
		return
	}
	b.Cgroups.Roots = func(context.Context) ([]*cgroupview.Group, error) {
		return roots(h)
	}
	b.Cgroups.GroupsOf = func(ctx context.Context, id procwalk.ID) (cgroupview.Groups, error) {
		w, err := procwalk.NewWalker(p.Targets.Proc, procwalk.Only([]int{id.PID}))
		if err != nil {
			return cgroupview.Groups{}, err
		}
		defer w.Close()
		s, err := w.Snapshot(ctx, procwalk.Request{Want: procwalk.WantCgroup})
		if err != nil {
			return cgroupview.Groups{}, err
		}
		found := s.FindID(id)
		if found == nil {
			return cgroupview.Groups{}, fmt.Errorf("PID %d has ended", id.PID)
		}
		return surroundings.GroupsOf(h, found), nil
	}
	// The screen may show a group of the last minutes still, whose files are those of then.
	b.Cgroups.Parent = func(g *cgroupview.Group) (*cgroupview.Group, bool) {
		g, err := sameGroup(h, g)
		if err != nil {
			return nil, false
		}
		return h.Parent(g)
	}
	b.Cgroups.Children = func(_ context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
		g, err := sameGroup(h, g)
		if err != nil {
			return nil, false, err
		}
		return h.Children(g, limit)
	}
	b.Cgroups.Files = func(_ context.Context, g *cgroupview.Group) ([]cgroupview.File, error) {
		g, err := sameGroup(h, g)
		if err != nil {
			return nil, err
		}
		return h.Files(g)
	}
	b.Cgroups.More = func(_ context.Context, g *cgroupview.Group, file string) rows.GroupMore {
		var more rows.GroupMore
		g, err := sameGroup(h, g)
		if err != nil {
			return rows.GroupMore{MemberErr: err}
		}
		more.Members, more.MemberErr = h.Procs(g)
		more.Owner = owner.Of(h, g, target.ChainOf(g))
		if _, ok := cgroupview.ResourceOf(file); ok {
			more.Limit, more.HasLimit = h.Effective(g, file), true
		}
		return more
	}
	p.groupEffects(b, h)
}

// groupEffects fills in how the effects on control groups are made.
func (p *program) groupEffects(b *ui.Backend, h *cgroupview.FileSystem) {
	surroundings := func(ctx context.Context, name text.Text, chain container.Chain) (cgroupview.Surroundings, error) {
		return p.surroundings(ctx, h, name, chain)
	}
	b.Cgroups.PlanEdit = func(ctx context.Context, a cgroups.EditAsk) (cgroups.EditPlan, error) {
		g := a.Group
		r, err := surroundings(ctx, text.New("group "+g.Path.Raw()), target.ChainOf(g))
		if err != nil {
			return cgroups.EditPlan{}, err
		}
		r.Shown, r.Persist = map[string]string{a.File: a.Shown}, a.Persist
		list := []edit.Assignment{{File: a.File, Value: a.Value}}
		e, err := edit.New(h, cgroupview.Groups{List: []*cgroupview.Group{g}}, list, r)
		if err != nil {
			return cgroups.EditPlan{}, err
		}
		plan := cgroups.EditPlan{Effect: e, Changes: e.Changes(), Checks: e.Checks()}
		if o := owner.Of(h, g, r.Chain); o.Systemd && systemd.Keeps(a.File) {
			plan.Unit = o.Unit.Raw()
		}
		return plan, nil
	}
	// Freezing and killing may need another hierarchy than the one that is looked at: there the group has the same path.
	whole := func(ctx context.Context, t rows.GroupTarget) (cgroupview.Groups, cgroupview.Surroundings, error) {
		groups, chain := t.Groups, t.Chain
		if len(groups.List) == 1 {
			g := groups.List[0]
			chain = target.ChainOf(g)
			if g.Hierarchy.Version == 1 && !g.Hierarchy.Has("freezer") {
				groups = h.Find(g.Path.Raw())
			}
		}
		r, err := surroundings(ctx, t.Name, chain)
		r.Whom = t.PIDs
		return groups, r, err
	}
	freeze := func(ctx context.Context, t rows.GroupTarget, frozen bool) (effect.Effect, error) {
		groups, r, err := whole(ctx, t)
		if err != nil {
			return nil, err
		}
		f, err := h.NewFreeze(groups, frozen, r)
		if err != nil {
			return nil, err
		}
		return f, nil
	}
	b.Containers.Set = func(ctx context.Context, t rows.GroupTarget, words []string) (effect.Effect, error) {
		r, err := surroundings(ctx, t.Name, t.Chain)
		if err != nil {
			return nil, err
		}
		list, err := assignments(words, &r)
		if err != nil {
			return nil, err
		}
		e, err := edit.New(h, t.Groups, list, r)
		if err != nil {
			return nil, err
		}
		return e, nil
	}
	b.Cgroups.KillAll = func(ctx context.Context, t rows.GroupTarget) (effect.Effect, error) {
		groups, r, err := whole(ctx, t)
		if err != nil {
			return nil, err
		}
		k, err := h.NewKillAll(groups, r)
		if err != nil {
			return nil, err
		}
		return k, nil
	}
	b.Containers.Freeze, b.Cgroups.Freeze = freeze, freeze
	// Whoever presses a key means what they did themselves, here.
	b.UndoLast = func(ctx context.Context) (effect.Effect, error) { return p.Host.Undo(ctx, host.ThisRun) }
	b.RedoLast = func(ctx context.Context) (effect.Effect, error) { return p.Host.Redo(ctx, host.ThisRun) }
}

// surroundings reads what must not be frozen, killed or limited by accident, which is done for each effect: bones
// itself, what it was started from, and PID 1.
func (p *program) surroundings(ctx context.Context, h *cgroupview.FileSystem, name text.Text,
	chain container.Chain) (cgroupview.Surroundings, error) {
	s, err := p.Targets.Lineage(ctx)
	if err != nil {
		return cgroupview.Surroundings{}, err
	}
	return (&target.GroupTarget{Snapshot: s, Chain: chain, Name: name}).Surroundings(h), nil
}

// assignments reads what is to be set, as the user typed it; --persist among the words goes into r.
func assignments(words []string, r *cgroupview.Surroundings) ([]edit.Assignment, error) {
	var list []edit.Assignment
	for _, word := range words {
		if word == "--persist" {
			r.Persist = true
			continue
		}
		one, err := edit.ParseAssignment(word)
		if err != nil {
			return nil, err
		}
		list = append(list, one)
	}
	if len(list) == 0 {
		return nil, errors.New("give at least one FILE=VALUE, such as memory=1G, cpus=1.5 or pids=100")
	}
	return list, nil
}
