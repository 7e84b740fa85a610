package tui

import (
	"context"
	"errors"
	"time"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/explain"
	"bones/cmd/bones/internal/record/seldom"
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

// pastSource is a recording with a place in it, or the last minutes of this host.
type pastSource interface {
	ui.Past
	Facts() (*seldom.Facts, error)
	User(uint32) string
	Group(uint32) string
	Span(ctx context.Context, span time.Duration, most int, each func(*inventory.Moment)) (skipped int, err error)
}

// pastBackend gives the terminal UI what a recording tells. It asks nothing of this host about a process: the PID is
// another's by now. What a recording does not have is said, and whatever would change something is greyed.
func (p *program) pastBackend(past pastSource) ui.Backend {
	ttys := psfmt.NewTTYs(p.Targets.Proc, "/dev")
	options := func(reveal bool) rows.DetailOptions {
		return rows.DetailOptions{Reveal: reveal, User: past.User, Group: past.Group}
	}
	here := func(ctx context.Context) (target.Finder, error) {
		m, err := past.Moment(ctx, inventory.Ask{})
		if err != nil {
			return p.Targets, err
		}
		at := p.Targets
		at.Past = &target.Past{Now: m, Before: past.Before(), User: past.User, Group: past.Group}
		at.Past.Facts, err = past.Facts()
		return at, err
	}
	b := ui.Backend{
		Names: rows.Names{User: past.User, TTY: ttys.Name},
		Quick: func(q *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
			return rows.Details(q, s, (*detail.Detail)(nil), options(reveal))
		},
		Details: func(context.Context, procwalk.ID) ui.Sections {
			f, err := past.Facts()
			return func(q *procwalk.Process, s *procwalk.Snapshot, reveal bool) []rows.Section {
				var d *detail.Detail
				if err == nil && f != nil {
					if d = f.Detail(q); errors.Is(d.Err, seldom.ErrNone) {
						d = nil // its row is all that there is, as of most processes
					}
				}
				return append(rows.Details(q, s, d, options(reveal)), asides(f, s.Taken)...)
			}
		},
		Explain: func(ctx context.Context, id procwalk.ID) (*rows.Explanation, error) {
			at, err := here(ctx)
			if err != nil {
				return nil, err
			}
			return withAsides(at.Past)(explain.New(at).Process(ctx, id))
		},
		Export: func(ctx context.Context, e ui.Export, file string) (string, int, error) {
			at, err := here(ctx)
			if err != nil {
				return "", 0, err
			}
			return Export(ctx, at, e, file)
		},
		Copy:   terminal.CopyToClipboard,
		Health: p.pastHealth(past),
	}
	if terminal.CanStop() {
		b.Suspend = terminal.StopHere
	}
	b.Processes.Threads = func(context.Context, procwalk.ID) ([]rows.Thread, error) { return nil, errPast }
	b.Namespaces.Relate = func(_ context.Context, v *nsview.View, all bool) (*nsview.View, error) {
		f, err := past.Facts()
		if err != nil || f == nil {
			return v, err
		}
		return v.Recall(f.Namespaces, func(nsview.Holder) bool { return all }), nil
	}
	b.Namespaces.Inside = func(context.Context, *nsview.View, nsview.Key) nsview.Details { return nsview.Details{} }
	b.Namespaces.Named = namedIn("")
	pastGroups(&b, past)
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

// asides is the section about what was not recorded with the moment itself; none where there is nothing to say.
func asides(f *seldom.Facts, shown time.Time) []rows.Section {
	said := f.Asides(shown)
	if said == "" {
		return nil
	}
	return []rows.Section{{Title: "Of the recording", Lines: []rows.Line{{Value: said, Style: rows.Warn}}}}
}

// withAsides adds the same to an explanation, as its last step.
func withAsides(past *target.Past) func(*rows.Explanation, error) (*rows.Explanation, error) {
	return func(x *rows.Explanation, err error) (*rows.Explanation, error) {
		if said := past.Asides(); err == nil && said != "" {
			x.Steps = append(x.Steps, rows.Step{Title: "The recording", Seen: []rows.Line{{Value: said}},
				Means: "what stands above may have been otherwise at the moment that is shown."})
		}
		return x, err
	}
}
