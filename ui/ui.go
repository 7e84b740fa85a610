// Package ui is the terminal UI: views over one selected process. It makes no system call; everything comes in through
// Options, so that the whole of it runs on a simulated screen.
package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// UI is the root of what is on the screen: it lays out header, view, details and footer, and hands each key to whoever
// is on top.
type UI struct {
	*tview.Box
	opt      Options
	app      *tview.Application
	theme    *theme // changed in place: views hold on to it
	views    []View
	current  int
	global   []Key
	frame    *Frame
	header   header
	details  details
	overlays []overlay
	prompt   *prompt
	message  message
	trail    trail
	col      *collector

	themeName   string
	keys        map[string]string // the user's: see remap
	entered     []string          // lines of the palette, the oldest first
	jumped      bool              // what is being done goes to a process
	retracing   bool              // and this goes along the trail
	toldForgets bool

	ctx    context.Context
	cancel context.CancelFunc
	work   sync.WaitGroup
	// post runs f in the event loop and draws. It must not be called from the event loop.
	post func(f func())
	// suspend gives the terminal back while f runs, and reports whether it could. To be called from the event loop.
	suspend func(f func()) bool
	given   sync.Mutex // held while the terminal is given away: the screen must not be ended then
}

type message struct {
	style rows.Style
	text  string
}

// New makes the UI. Nothing is read or drawn before Run.
func New(o Options) *UI {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Go == nil {
		o.Go = func(f func()) { go f() }
	}
	u := &UI{Box: tview.NewBox(), opt: o, app: tview.NewApplication(), themeName: o.Theme}
	if !slices.Contains(Themes(), o.Theme) {
		u.themeName = Themes()[0]
	}
	u.theme = newTheme(u.themeName, o.ASCII)
	u.header = header{cgroupMode: o.CgroupMode, missing: o.Missing}
	u.details = details{ui: u, open: !o.NoDetails}
	u.details.pane.noWrap = o.NoWrap
	u.ctx, u.cancel = context.WithCancel(context.Background())
	u.post = func(f func()) {
		if u.ctx.Err() == nil {
			u.app.QueueUpdateDraw(f)
		}
	}
	u.suspend = u.app.Suspend
	u.views = newViews(u, &o)
	u.col = newCollector(&u.opt, u.spawn)
	problems := o.Problems
	for _, p := range u.takeKeys(o.Keys) {
		problems = append(problems, "keys: "+p.Name+": "+p.Why)
	}
	u.global = remap(u.globalKeys(), "", u.keys)
	if n := len(problems); n > 0 {
		u.say(rows.Warn, text.Line(problems[0]))
		if n > 1 {
			u.message.text = fmt.Sprintf("%d lines of the configuration are not as they should be; %s", n, u.message.text)
		}
	}
	u.wantsChanged()
	return u
}

// spawn starts a goroutine that Run waits for.
func (u *UI) spawn(f func()) {
	u.work.Add(1)
	u.opt.Go(func() {
		defer u.work.Done()
		f()
	})
}

// Run shows the UI on the screen until the user quits or ctx ends.
func (u *UI) Run(ctx context.Context) error {
	if u.opt.Screen == nil {
		return errors.New("ui: no screen to draw on")
	}
	u.app.SetScreen(u.opt.Screen)
	u.app.SetRoot(u, true).EnableMouse(u.opt.Mouse).EnablePaste(true)
	// Ctrl-C is a key like others; tview would stop at once.
	u.app.SetInputCapture(func(ev *tcell.EventKey) *tcell.EventKey {
		if ev.Key() == tcell.KeyCtrlC {
			u.key(ev)
			return nil
		}
		return ev
	})
	stop := context.AfterFunc(ctx, u.quit)
	defer stop()
	u.spawn(func() {
		u.col.run(u.ctx, func(f *Frame) { u.post(func() { u.update(f) }) })
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

// Suspend does what the key ^z does, for a SIGTSTP from outside. It must not be called from the event loop.
func (u *UI) Suspend() {
	if u.opt.Suspend != nil {
		u.post(func() { u.leave(u.opt.Suspend) })
	}
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

// update takes a frame from the collector; nil only brings the clock on.
func (u *UI) update(f *Frame) {
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
	u.header.update(f)
	u.view().Update(f)
	u.details.fresh()
	if n := len(u.overlays); n > 0 {
		if p, ok := u.overlays[n-1].(*palette); ok {
			p.fresh()
		}
	}
}

func (u *UI) view() View { return u.views[u.current] }

// show changes to another view and takes the subject along.
func (u *UI) show(i int) {
	i = (i + len(u.views)) % len(u.views)
	if i == u.current {
		return
	}
	id, ok := u.view().Subject()
	u.current = i
	u.wantsChanged()
	if u.frame != nil && u.frame.Snap != nil {
		u.view().Update(u.frame)
	}
	if ok {
		u.view().SetSubject(id)
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
	want := uint32(u.view().Want())
	for _, o := range u.overlays {
		if _, ok := o.(*palette); ok && u.opt.Names.Container != nil {
			want |= uint32(rows.ContainerWant)
		}
	}
	if old := u.col.want.Swap(want); want&^old != 0 && old != 0 {
		u.col.refresh()
	}
}

// say shows a line in the footer until the next key.
func (u *UI) say(style rows.Style, s string) { u.message = message{style, s} }

func (u *UI) open(o overlay) { u.overlays = append(u.overlays, o) }

// ask opens the prompt.
func (u *UI) ask(label, input string, typed func(string) string, accept func(string), cancel func()) {
	u.prompt = &prompt{label: label, input: []rune(input), at: len([]rune(input)), typed: typed, accept: accept, cancel: cancel}
}

// subject returns the process that is selected now, or nil.
func (u *UI) subject() *procwalk.Process {
	if u.frame == nil || u.frame.Snap == nil {
		return nil
	}
	id, ok := u.view().Subject()
	if !ok {
		return nil
	}
	return u.frame.Snap.FindID(id)
}
