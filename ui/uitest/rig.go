// Package uitest drives a whole UI for the tests of its views.
package uitest

import (
	"context"
	"testing"
	"time"

	"bones/cgroupview/inventory/health"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui"
	"bones/ui/kit"
	"bones/ui/uitest/fakehost"
)

// Rig is a whole UI over a fake host, driven without an event loop: keys and frames are handled, and goroutines run,
// in the test itself.
type Rig struct {
	*fakehost.FakeHost
	App *ui.UI
}

// Change changes how a rig is made.
type Change func(*fakehost.FakeHost, *ui.Options)

// New makes a rig that can do what view 1 can do, and what the changes add.
func New(t testing.TB, w, h int, changes ...Change) *Rig {
	t.Helper()
	host := fakehost.New(t, w, h)
	o := ui.Options{
		Screen: host.Terminal, CgroupMode: "hybrid", Missing: []string{"CAP_SYS_PTRACE"},
		Loop: &ui.Loop{Post: func(show func()) { show() }, Lend: func(use func()) bool { use(); return true }},
		Backend: ui.Backend{
			Go: func(f func()) { f() }, Now: func() time.Time { return host.Time },
			Names: host.Names(), Quick: host.Quick, Processes: host.Processes(), Carry: host.Carry,
			Explain: host.Explain,
			Health: func(_ context.Context, of ui.HealthOf) (*health.Report, error) {
				return host.Health(of.Container, of.Process)
			},
			Copy: func(s string) { host.Copied = s },
		},
	}
	for _, c := range changes {
		c(host, &o)
	}
	r := &Rig{FakeHost: host, App: ui.New(o)}
	host.UI = r.App
	return r
}

// Show makes a rig with a view, by its key, on PID 970 of a world that has been seen twice.
func Show(t testing.TB, w, h int, key string, world func(later int) *procwalk.Snapshot, with Change,
	changes ...Change) *Rig {
	t.Helper()
	r := New(t, w, h, append([]Change{with}, changes...)...)
	r.FakeHost.Show(r.App.Update, world, key)
	return r
}

// WithGroups adds containers and control groups.
func WithGroups(h *fakehost.FakeHost, o *ui.Options) {
	o.Containers, o.Cgroups, o.UndoLast, o.RedoLast = h.Containers(), h.Cgroups(), h.UndoLast, h.RedoLast
}

// WithFiles adds files.
func WithFiles(h *fakehost.FakeHost, o *ui.Options) { o.Files = h.Files() }

// WithNamespaces adds namespaces, and programs inside of them that end at once.
func WithNamespaces(h *fakehost.FakeHost, o *ui.Options) {
	o.Namespaces = h.Namespaces()
	o.Stepping = ui.Stepping{
		Differs: func(_ context.Context, id procwalk.ID) (d [procwalk.NSTypes]bool, err error) {
			if id.PID == 970 {
				d[procwalk.Net], d[procwalk.Mnt], d[procwalk.PID] = true, true, true
			}
			return d, nil
		},
		Enter:   func(ui.EnterChoice) (effect.Effect, error) { return fakehost.Effect{What: "enter"}, nil },
		Unshare: func(ui.UnshareChoice) (effect.Effect, error) { return fakehost.Effect{What: "unshare"}, nil },
		Session: func(context.Context, effect.Effect) (ui.ProgramExit, error) { return ui.ProgramExit{}, nil },
	}
}

// ReadOnly has the UI started with --readonly.
func ReadOnly(_ *fakehost.FakeHost, o *ui.Options) { o.ReadOnly = "started with --readonly" }

// ASCII has lines drawn with ASCII only.
func ASCII(_ *fakehost.FakeHost, o *ui.Options) { o.ASCII = true }

// Frame gives the UI another snapshot.
func (r *Rig) Frame(s *procwalk.Snapshot) { r.App.Update(r.FakeHost.Frame(s)) }

// View is the view that is shown.
func (r *Rig) View() kit.View { return r.App.View() }

// PID is that of the subject.
func (r *Rig) PID() int {
	id, _ := r.View().Subject()
	return id.PID
}

// Keys is the key table of the view that is shown: what always works, then what the view adds.
func (r *Rig) Keys() []kit.Binding { return append(ui.KeyTable()[0].Keys, r.View().Keys()...) }
