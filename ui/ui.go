// Package ui is the terminal UI: views over one selected process, each a package of its own, and the frame around
// them. What they are made of, and how they know each other, is ui/kit. It makes no system call; everything comes in
// through Options, so that the whole of it runs on a simulated screen.
package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/crash"
	"bones/procwalk/text"
	"bones/ui/cgroups"
	"bones/ui/containers"
	"bones/ui/events"
	"bones/ui/files"
	"bones/ui/footer"
	"bones/ui/help"
	"bones/ui/kit"
	"bones/ui/meters"
	"bones/ui/namespaces"
	"bones/ui/processes"
	"bones/ui/redraw"
	"bones/ui/rows"
	"bones/ui/toevent"

	"github.com/rivo/tview"
)

// UI is the root of what is on the screen: it lays out header, view, details and footer, and hands each key to whoever
// is on top.
type UI struct {
	*tview.Box
	opt      Options
	app      *tview.Application
	theme    *kit.Theme // changed in place: views hold on to it
	views    []kit.View // by number
	current  int        // which of them is shown
	global   []kit.Binding
	words    []kit.Word // of the palette, that work in every view
	frame    *kit.Frame
	header   meters.Header
	details  details
	entering *kit.Loader[entering]
	overlays []kit.Dialog
	prompt   *kit.Prompt
	message  kit.Notice
	trail    kit.Trail[position]
	col      *collector

	processes  *processes.View
	containers *containers.View
	namespaces *namespaces.View
	cgroups    *cgroups.View
	files      *files.View
	events     *events.View

	themeName   string
	keys        map[string]string // the user's: see remap
	entered     []string          // lines of the palette, the oldest first
	spots       []footer.Spot     // what can be clicked, as it was drawn last
	typing      kit.Typing
	pending     func() bool // waits for view 2, and reports whether it could be done; nil: nothing does
	guide       *toevent.Guide
	planAsked   time.Time // when the effect that is being made was asked for; zero: none is
	jumped      bool      // what is being done goes to a process
	retracing   bool      // and this goes along the trail
	toldForgets bool

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	// post runs f in the event loop and draws. It must not be called from the event loop.
	post func(f func())
	pace redraw.Pacer // of post
	// suspend gives the terminal back while f runs, and reports whether it could. To be called from the event loop.
	suspend func(f func()) bool
	given   sync.Mutex // held while the terminal is given away: the screen must not be ended then
}

// New makes the UI. Nothing is read or drawn before Run.
func New(o Options) *UI {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Go == nil {
		o.Go = crash.Go
	}
	if o.Carry == nil {
		o.withoutCarry()
	}
	u := &UI{Box: tview.NewBox(), opt: o, app: tview.NewApplication(), themeName: o.Theme}
	if !slices.Contains(Themes(), o.Theme) {
		u.themeName = Themes()[0]
	}
	u.theme = kit.NewTheme(u.themeName, o.ASCII)
	u.header = meters.Header{CgroupMode: o.CgroupMode, Missing: o.Missing, Meters: o.Meters}
	u.header.NotRunning = func() []container.Stopped { return u.containers.NotRunning() }
	u.timeInHeader()
	u.details, u.entering = newDetails(u), kit.NewLoader(shell{u}, u.readDiffers)
	u.ctx, u.cancel = context.WithCancel(context.Background())
	u.post = func(f func()) {
		if u.ctx.Err() == nil {
			u.app.QueueUpdate(func() { f(); u.pace.Changed() })
		}
	}
	u.pace = redraw.Pacer{Draw: func() { u.app.ForceDraw() }, After: u.after}
	u.suspend = u.app.Suspend
	if o.Loop != nil {
		u.post, u.suspend = o.Loop.Post, o.Loop.Lend
	}
	o.Tour.Attach(shell{u})
	u.assemble(&o)
	u.col = newCollector(&u.opt, u.spawn)
	u.words = u.globalWords()
	problems := o.Problems
	for _, p := range u.setKeys(o.Keys) {
		problems = append(problems, "keys: "+p.Name+": "+p.Why)
	}
	u.global = remap(u.globalKeys(), "", u.keys)
	if n := len(problems); n > 0 {
		u.say(rows.Warn, text.Line(problems[0]))
		if n > 1 {
			u.message.Text = fmt.Sprintf("%d lines of the configuration are wrong; %s",
				n, u.message.Text)
		}
	}
	u.wantsChanged()
	return u
}

// assemble makes the views there are, by number. The key table, the tabs and the help page follow from it.
func (u *UI) assemble(o *Options) {
	sh := shell{u}
	o.Files.Carry, o.Containers.User = o.Carry, o.Names.User
	arrangement := processes.Arrangement{Columns: o.Columns, Sort: o.Sort, Reverse: o.Reverse}
	u.processes = processes.New(sh, o.Names, o.Processes, arrangement)
	u.containers = containers.New(sh, o.Containers, o.ASCII)
	u.namespaces = namespaces.New(sh, o.Names, o.Namespaces, u.processes.Model())
	u.cgroups = cgroups.New(sh, o.Cgroups)
	u.files = files.New(sh, o.Files)
	u.makeEvents(o.Events)
	u.views = []kit.View{u.processes, u.containers, u.namespaces, u.cgroups, u.files, u.events}
}

// spawn starts a goroutine that Run waits for.
func (u *UI) spawn(f func()) {
	u.work.Add(1)
	u.opt.Go(func() {
		defer u.work.Done()
		f()
	})
}

// after calls f in the event loop when some time has passed, unless it is stopped before.
func (u *UI) after(d time.Duration, f func()) (stop func()) {
	ctx, stop := context.WithTimeout(u.ctx, d)
	u.spawn(func() {
		if <-ctx.Done(); errors.Is(ctx.Err(), context.DeadlineExceeded) {
			u.app.QueueUpdate(f)
		}
	})
	return stop
}

// Run shows the UI on the screen until the user quits or ctx ends.
func (u *UI) Run(ctx context.Context) error {
	if u.opt.Screen == nil {
		return errors.New("ui: no screen to draw on")
	}
	redraw.Attach(u.app, u.opt.Screen, u.key, u.typesText)
	u.app.SetRoot(u, true).EnableMouse(u.opt.Mouse).EnablePaste(true)
	stop := context.AfterFunc(ctx, crash.Guarded(u.quit))
	defer stop()
	u.spawn(func() {
		u.col.run(u.ctx, func(f *kit.Frame) { u.post(func() { u.pace.Frame(func() { u.Update(f) }) }) })
	})
	if u.opt.Notices != nil {
		u.spawn(u.showNotices)
	}
	err := u.app.Run()
	u.cancel()
	return err
}

// showNotices shows what the caller has to say, until Run ends.
func (u *UI) showNotices() {
	for {
		select {
		case <-u.ctx.Done():
			return
		case line := <-u.opt.Notices:
			u.post(func() { u.say(rows.Warn, text.Line(line)) })
		}
	}
}

// noShell is why the UI cannot be suspended.
const noShell = "there is no shell to go back to"

// Suspend does what the key ^z does, for a SIGTSTP from outside. It must not be called from the event loop.
func (u *UI) Suspend() {
	if u.opt.Suspend == nil {
		u.post(func() { u.say(rows.Warn, noShell) })
		return
	}
	u.post(func() { u.leave(u.opt.Suspend) })
}

// leave gives the terminal back while f runs, and then draws the whole screen again: tcell clears it without noting
// that nothing is on it any more. It is for the event loop.
func (u *UI) leave(f func()) {
	u.app.Suspend(f)
	u.opt.Screen.Sync()
}

// stopAfter is how long quitting waits for goroutines that are reading.
const stopAfter = time.Second

// quit ends Run. Whatever wants to post an update must have ended before the loop does, or it would wait for ever; the
// loop goes on until then.
func (u *UI) quit() {
	if u.ctx.Err() != nil {
		return
	}
	u.cancel()
	done := make(chan struct{})
	u.opt.Go(func() {
		u.work.Wait()
		close(done)
	})
	u.opt.Go(func() {
		select {
		case <-done:
		case <-time.After(stopAfter): // a read that hangs in the kernel
		}
		u.given.Lock()
		defer u.given.Unlock()
		u.app.Stop()
	})
}

// Update shows a frame; nil only brings the clock on. It is for the event loop.
func (u *UI) Update(f *kit.Frame) {
	if f == nil {
		return
	}
	if f.Snap == nil { // the read failed: keep what there is, and say so
		if u.frame != nil {
			old := *u.frame
			old.Err = f.Err
			f = &old
		}
		u.frame = f
		return
	}
	u.frame = f
	u.header.Update(f)
	u.View().Update(f)
	u.guide.Arrive()
	u.details.refresh()
	u.tryPending()
	if n := len(u.overlays); n > 0 {
		if p, ok := u.overlays[n-1].(kit.Refresher); ok {
			p.Refresh()
		}
	}
}

// View is the view that is shown.
func (u *UI) View() kit.View { return u.views[u.current] }

// show changes to another view and takes the subject along.
func (u *UI) show(i int) {
	if i = (i + len(u.views)) % len(u.views); i == u.current {
		return
	}
	id, ok := u.View().Subject()
	if v, is := u.View().(kit.Companion); is {
		id, ok = v.Along()
	}
	u.current = i
	u.wantsChanged()
	if u.frame.HasTable() {
		u.View().Update(u.frame)
	}
	if ok {
		u.View().SetSubject(id)
	}
	u.details.changed()
}

// showNumber shows the view with this number, if there is one.
func (u *UI) showNumber(n int) {
	for i, v := range u.views {
		if v.Number() == n {
			u.show(i)
		}
	}
}

// wantsChanged tells the collector what the view needs now.
func (u *UI) wantsChanged() {
	ask := inventory.Ask{Want: u.View().Want(), Machine: true, Guests: true}
	if slices.ContainsFunc(u.overlays, isPalette) {
		ask.Want |= rows.ContainerWant
	}
	ask.Containers = ask.Want&rows.ContainerWant == rows.ContainerWant
	if r, ok := u.View().(kit.UsageReader); ok {
		ask.Usage, ask.Trouble = r.ReadsUsage(), r.ReadsUsage()
	}
	if r, ok := u.View().(kit.UnitReader); ok {
		ask.Services = r.ReadsUnits()
	}
	if u.col.setAsk(ask) {
		u.col.refresh()
	}
}

// say shows a line in the footer until the next key.
func (u *UI) say(style rows.Style, s string) { u.message = kit.Notice{Style: style, Text: s} }

// typesText reports whether characters go into a line of text.
func (u *UI) typesText() bool {
	n := len(u.overlays)
	return n == 0 && u.prompt != nil || n > 0 && isPalette(u.overlays[n-1])
}

func (u *UI) open(o kit.Dialog) {
	u.overlays = append(u.overlays, o)
	u.typing.Opened(shell{u}, o)
}

// ask opens the prompt.
func (u *UI) ask(q kit.Question) {
	u.prompt = kit.NewPrompt(q)
	u.typing.Opened(shell{u}, u.prompt)
}

// openHelp shows the page of all keys and words.
func (u *UI) openHelp() {
	locked := u.locked()
	u.open(help.New(append([]help.Section{
		help.Keys("In the view "+u.View().Name(), u.remapped(u.View()), locked),
		help.Keys("Everywhere", u.global, locked),
		help.Words("Words of the palette, which also knows all of the above by name", u.allWords(), locked),
	}, help.Legend(u.theme)...)))
}

// subject returns the process that is selected now, or nil.
func (u *UI) subject() *procwalk.Process {
	if !u.frame.HasTable() {
		return nil
	}
	id, ok := u.View().Subject()
	if !ok {
		return nil
	}
	return u.frame.Snap.FindID(id)
}
