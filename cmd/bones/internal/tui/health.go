package tui

import (
	"context"
	"time"

	"bones/cgroupview/inventory"
	"bones/cgroupview/inventory/events"
	"bones/cgroupview/inventory/health"
	"bones/cmd/bones/internal/healthreport"
	"bones/cmd/bones/internal/listing"
	"bones/cmd/bones/internal/target"
	"bones/ui"
)

// healthOf is what a report is asked for about.
func healthOf(of ui.HealthOf) healthreport.Scope {
	s := healthreport.Scope{Process: of.Process, Name: of.Name}
	if of.Container != "" {
		s.Keys = []string{of.Container}
	}
	return s
}

// liveHealth judges this host, which it reads twice.
func (p *program) liveHealth(ctx context.Context, of ui.HealthOf) (*health.Report, error) {
	source, done, err := listing.OpenSource(p.Targets)
	if err != nil {
		return nil, err
	}
	defer done()
	g := healthreport.Gatherer{Finder: p.Targets, Source: source, Kills: p.kills}
	return g.Of(ctx, healthOf(of))
}

// kills are the processes that were killed for want of memory, as view 6 lists them.
func (p *program) kills() (list []events.Event) {
	all, _, _, _ := p.log.All()
	for i := range all {
		if all[i].Kind == events.OOM {
			list = append(list, all[i])
		}
	}
	return list
}

// pastOver is how much of a recording is looked at: what a person waits for.
const pastOver = 20 * time.Minute

// pastHealth judges a moment of a recording, with what was before it.
func (p *program) pastHealth(past pastSource) func(context.Context, ui.HealthOf) (*health.Report, error) {
	return func(ctx context.Context, of ui.HealthOf) (*health.Report, error) {
		m, err := past.Moment(ctx, inventory.Ask{})
		if err != nil {
			return nil, err
		}
		finder := p.Targets
		finder.Past = &target.Past{Now: m, Before: past.Before(), User: past.User, Group: past.Group, Span: past.Span}
		g := healthreport.Gatherer{Finder: finder, Source: finder.Past, Over: pastOver, Kills: p.kills}
		return g.Of(ctx, healthOf(of))
	}
}
