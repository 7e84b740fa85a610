package tui

import (
	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/record"
	"bones/cmd/bones/internal/terminal"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/detail"
	"bones/procwalk/effect"
	"bones/procwalk/psfmt"
	"bones/procwalk/signals"
	"bones/ui"
	"bones/ui/kit"
	"bones/ui/rows"
	"context"

	"github.com/containerd/cgroups/v3"
	"golang.org/x/sys/unix"
)

// backend gives the terminal UI everything that it cannot do itself.
func (p *program) backend(source inventory.Source) (ui.Backend, record.Names) {
	reader := detail.NewReader(p.Targets.Proc)
	users := accounts.NewLive(accounts.Users(p.Targets.Proc))
	groups := accounts.NewLive(accounts.Groups(p.Targets.Proc))
	ttys := psfmt.NewTTYs(p.Targets.Proc, "/dev")
	sections := func(d *detail.Detail) ui.Sections {
		return func(p *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
			return rows.Details(p, s, d, rows.DetailOptions{Reveal: reveal, User: users.Name, Group: groups.Name})
		}
	}
	held := p.newHeldDetails(reader)
	if w, ok := source.(*watched); ok {
		w.details = held
	}
	b := ui.Backend{
		Source: source,
		Names:  rows.Names{User: users.Name, TTY: ttys.Name},
		Quick:  sections(nil),
		Details: func(ctx context.Context, id procwalk.ID) ui.Sections {
			return sections(held.Read(ctx, id))
		},
		Carry: p.Host.Carry,
		Export: func(ctx context.Context, e ui.Export, file string) (string, int, error) {
			return Export(ctx, p.Targets, e, file)
		},
		Copy: terminal.CopyToClipboard,
	}
	if terminal.CanStop() {
		// The guard stops with us, and lets us go on when the shell continues it.
		b.Suspend = terminal.StopHere
	}
	b.Processes.Threads = func(ctx context.Context, id procwalk.ID) ([]rows.Thread, error) {
		threads, err := reader.Threads(ctx, id)
		if err != nil {
			return nil, err
		}
		list := make([]rows.Thread, len(threads.List))
		for i, t := range threads.List {
			list[i] = rows.Thread{TID: t.TID, Comm: t.Comm, State: t.State, Ticks: t.UTime + t.STime, Start: t.StartTime,
				At: t.At}
		}
		return list, nil
	}
	signal := func(s *procwalk.Snapshot, q *procwalk.Process, number int) (effect.Effect, error) {
		return signals.New(p.Targets.Proc, s, q, unix.Signal(number))
	}
	var choices []kit.SignalChoice
	for n := unix.Signal(1); n <= 64; n++ {
		if name := signals.Name(n); name != "" && name[0] > '9' {
			choices = append(choices, kit.SignalChoice{Number: int(n), Name: name, Does: signals.Does(n)})
		}
	}
	b.Processes.Signal, b.Processes.Signals = signal, choices
	b.Containers.Signal, b.Containers.Signals = signal, choices
	return b, record.Names{User: users.Name, Group: groups.Name}
}

// CgroupMode says which cgroup versions this host has mounted.
func CgroupMode() string {
	switch cgroups.Mode() {
	case cgroups.Legacy:
		return "v1"
	case cgroups.Hybrid:
		return "hybrid"
	case cgroups.Unified:
		return "v2"
	}
	return "none"
}
