package ui

import (
	"bones/cgroupview/inventory"
	"bones/ui/kit"
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
)

// source gives the small host, and hangs while told to.
type source struct {
	calls atomic.Int64
	hang  atomic.Bool
	hung  atomic.Int64
}

func (s *source) Moment(ctx context.Context, _ inventory.Ask) (*inventory.Moment, error) {
	n := s.calls.Add(1)
	if s.hang.Load() {
		s.hung.Add(1)
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return rowstest.Moment(rowstest.World(int(n))), nil
}

// eventually polls until ok or a deadline.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := proctest.Deadline(); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("never: %s", what)
}

// start runs a whole UI with its event loop.
func start(t *testing.T, src *source, change ...func(*Options)) (u *UI, screen tcell.SimulationScreen,
	done chan error) {
	t.Helper()
	screen = tcell.NewSimulationScreen("UTF-8")
	o := Options{Screen: screen, Interval: 5 * time.Millisecond, Backend: Backend{
		Source: src,
		Details: func(context.Context, procwalk.ID) Sections {
			return func(p *procwalk.Process, _ *procwalk.Snapshot, _ bool) []rows.Section {
				return []rows.Section{{Title: "Read about " + p.Comm.String()}}
			}
		},
	}}
	for _, c := range change {
		c(&o)
	}
	u = New(o)
	done = make(chan error, 1)
	go func() { done <- u.Run(context.Background()) }()
	eventually(t, "the first frame", func() bool { return shown(u, "systemd") })
	return u, screen, done
}

// shown looks at the screen within the event loop, where nobody draws meanwhile.
func shown(u *UI, want string) bool {
	found := false
	u.app.QueueUpdate(func() {
		w, h := u.opt.Screen.Size()
		var b strings.Builder
		for y := range h {
			for x := range w {
				s, _, _ := u.opt.Screen.Get(x, y)
				b.WriteString(s)
			}
			b.WriteByte('\n')
		}
		found = strings.Contains(b.String(), want)
	})
	return found
}

func finish(t *testing.T, done chan error) {
	t.Helper()
	select {
	case err := <-done:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(proctest.Patience):
		t.Fatal("Run did not end")
	}
}

func TestRunRefreshesAndQuits(t *testing.T) {
	src := &source{}
	u, screen, done := start(t, src)
	eventually(t, "refreshes", func() bool { return src.calls.Load() > 5 })
	eventually(t, "details read in a goroutine", func() bool { return shown(u, "Read about systemd") })
	for range 50 {
		screen.InjectKey(tcell.KeyRune, 'j', tcell.ModNone)
		screen.InjectKey(tcell.KeyRune, 'k', tcell.ModNone)
	}
	screen.InjectKey(tcell.KeyRune, 'q', tcell.ModNone)
	finish(t, done)
}

func TestKeysWorkWhileAReadHangs(t *testing.T) {
	src := &source{}
	u, screen, done := start(t, src)
	src.hang.Store(true)
	eventually(t, "a read that hangs", func() bool { return src.hung.Load() > 0 })
	screen.InjectKey(tcell.KeyRune, '?', tcell.ModNone)
	eventually(t, "the help page", func() bool { return shown(u, "Keys (") })
	screen.InjectKey(tcell.KeyEsc, 0, tcell.ModNone)
	screen.InjectKey(tcell.KeyCtrlC, 0, tcell.ModCtrl)
	finish(t, done)
}

func TestSuspendGivesTheTerminalBack(t *testing.T) {
	src := &source{}
	suspended := make(chan bool, 1)
	u, screen, done := start(t, src, func(o *Options) { o.Suspend = func() { suspended <- true } })
	screen.InjectKey(tcell.KeyCtrlZ, 0, tcell.ModCtrl)
	select {
	case <-suspended:
	case <-time.After(proctest.Patience):
		t.Fatal("not suspended")
	}
	eventually(t, "the screen after it", func() bool { return shown(u, "systemd") })
	screen.InjectKey(tcell.KeyF10, 0, tcell.ModNone)
	finish(t, done)
}

func TestRunEndsWithItsContext(t *testing.T) {
	for range 20 { // quitting races with updates being posted
		src := &source{}
		ctx, cancel := context.WithCancel(context.Background())
		u := New(Options{Screen: tcell.NewSimulationScreen("UTF-8"), Interval: time.Millisecond,
			Backend: Backend{Source: src}})
		done := make(chan error, 1)
		go func() { done <- u.Run(ctx) }()
		eventually(t, "a read", func() bool { return src.calls.Load() > 2 })
		cancel()
		finish(t, done)
		u.work.Wait() // no goroutine of the UI is left
	}
	if err := New(Options{}).Run(context.Background()); err == nil {
		t.Error("Run without a screen gave no error")
	}
}

func TestCollectorReadsOnceAtATime(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var under, most atomic.Int64
	c := newCollector(&Options{Interval: time.Millisecond,
		Backend: Backend{Source: sourceFunc(func() (*inventory.Moment, error) {
			most.Store(max(most.Load(), under.Add(1)))
			defer under.Add(-1)
			time.Sleep(3 * time.Millisecond)
			return nil, errors.New("no")
		})}}, func(f func()) { go f() })
	var frames, ticks atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.run(ctx, func(f *kit.Frame) {
			if f == nil {
				ticks.Add(1)
			} else {
				frames.Add(1)
			}
		})
	}()
	eventually(t, "frames, and ticks without one", func() bool {
		c.refresh()
		return frames.Load() > 20 &&
			ticks.Load() > 5
	})
	c.paused.Store(true)
	cancel()
	<-ended
	if most.Load() != 1 {
		t.Errorf("%d reads at a time", most.Load())
	}
}

type sourceFunc func() (*inventory.Moment, error)

func (f sourceFunc) Moment(context.Context, inventory.Ask) (*inventory.Moment, error) { return f() }
