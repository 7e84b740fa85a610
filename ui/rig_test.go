package ui

import (
	"context"
	"strconv"
	"testing"
	"time"

	"bones/cgroupview/inventory/health"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest/fakehost"
)

// rig is a whole UI on a simulated screen, driven without an event loop: keys and frames are handled, and goroutines
// run, in the test itself.
type rig struct {
	*UI
	*fakehost.FakeHost
}

func newRig(t testing.TB, w, h int, change ...func(*Options)) *rig {
	t.Helper()
	return newRigOn(fakehost.New(t, w, h), change...)
}

func newRigOn(h *fakehost.FakeHost, change ...func(*Options)) *rig {
	o := Options{
		Screen: h.Terminal, CgroupMode: "hybrid", Missing: []string{"CAP_SYS_PTRACE"},
		Loop: &Loop{Post: func(f func()) { f() }, Lend: func(f func()) bool { f(); return true }},
		Backend: Backend{
			Go: func(f func()) { f() }, Now: func() time.Time { return h.Time },
			Names: h.Names(), Quick: h.Quick, Processes: h.Processes(), Carry: h.Carry, Explain: h.Explain,
			Health: func(_ context.Context, of HealthOf) (*health.Report, error) {
				return h.Health(of.Container, of.Process)
			},
			Copy: func(s string) { h.Copied = s },
		},
	}
	for _, c := range change {
		c(&o)
	}
	r := &rig{UI: New(o), FakeHost: h}
	h.UI = r.UI
	h.T.Cleanup(r.UI.cancel)
	return r
}

func itoa(n int) string { return strconv.Itoa(n) }

// frame gives the UI another snapshot.
func (r *rig) frame(s *procwalk.Snapshot) { r.Update(r.FakeHost.Frame(s)) }

func (r *rig) pid() int {
	id, _ := r.View().Subject()
	return id.PID
}

// world returns a rig that has seen two snapshots of the small host.
func world(t testing.TB, w, h int, change ...func(*Options)) *rig {
	r := newRig(t, w, h, change...)
	r.frame(rowstest.World(0))
	r.frame(rowstest.World(2))
	r.Redraw()
	return r
}

// ctWorld is a rig with containers and control groups, whose view 2 or 4 is shown for PID 970.
func ctWorld(t testing.TB, w, h int, view string, change ...func(*Options)) *rig {
	host := fakehost.New(t, w, h)
	r := newRigOn(host, append([]func(*Options){func(o *Options) {
		o.Containers, o.Cgroups, o.UndoLast, o.RedoLast = host.Containers(), host.Cgroups(), host.UndoLast, host.RedoLast
	}}, change...)...)
	host.Show(r.Update, rowstest.World, view)
	return r
}

// fsWorld is a rig with files, whose view 5 is shown for PID 970.
func fsWorld(t testing.TB, w, h int, change ...func(*Options)) *rig {
	host := fakehost.New(t, w, h)
	r := newRigOn(host, append([]func(*Options){func(o *Options) { o.Files = host.Files() }}, change...)...)
	host.Show(r.Update, rowstest.World, "5")
	return r
}

// nsRig is a rig with namespaces, and with programs inside of them.
type nsRig struct {
	*rig
	entered  []EnterChoice
	unshared []UnshareChoice
	sessions []string
	ended    ProgramExit
	err      error
	risk     effect.Risk
}

func newNSRig(t testing.TB, w, h int, change ...func(*Options)) *nsRig {
	t.Helper()
	return newNSRigOn(fakehost.New(t, w, h), change...)
}

func newNSRigOn(host *fakehost.FakeHost, change ...func(*Options)) *nsRig {
	n := &nsRig{}
	n.rig = newRigOn(host, append([]func(*Options){func(o *Options) {
		o.Namespaces = host.Namespaces()
		o.Differs = func(_ context.Context, id procwalk.ID) (d [procwalk.NSTypes]bool, err error) {
			if id.PID == 970 {
				d[procwalk.Net], d[procwalk.Mnt], d[procwalk.PID] = true, true, true
			}
			return d, n.err
		}
		o.Enter = func(c EnterChoice) (effect.Effect, error) {
			n.entered = append(n.entered, c)
			return fakehost.Effect{What: "enter", Level: n.risk}, n.err
		}
		o.Unshare = func(c UnshareChoice) (effect.Effect, error) {
			n.unshared = append(n.unshared, c)
			return fakehost.Effect{What: "unshare", Level: n.risk}, n.err
		}
		o.Session = func(_ context.Context, e effect.Effect) (ProgramExit, error) {
			n.sessions = append(n.sessions, e.Describe())
			return n.ended, n.err
		}
	}}, change...)...)
	return n
}

// nsWorld shows view 3 with PID 970 as its subject.
func nsWorld(t testing.TB, w, h int, change ...func(*Options)) *nsRig {
	n := newNSRig(t, w, h, change...)
	n.Show(n.Update, fakehost.NamespaceWorld, "3")
	n.Press("m") // from the matrix to the list
	return n
}
