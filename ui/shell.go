package ui

import (
	"context"
	"time"

	"bones/ui/kit"
	"bones/ui/rows"
)

// shell is the UI as views see it.
type shell struct{ ui *UI }

// Run implements kit.Background.
func (s shell) Run(work func(context.Context) func()) {
	u := s.ui
	asked := u.typing.Keys
	ended := u.pace.Read()
	u.spawn(func() {
		show := work(u.ctx)
		u.post(func() {
			ended()
			if show != nil {
				u.typing.Late = u.typing.Keys != asked
				show()
				u.typing.Late = false
			}
		})
	})
}

// Post implements kit.Background.
func (s shell) Post(show func()) { s.ui.post(show) }

// Show implements kit.Shell.
func (s shell) Show(view int, to kit.Subject) {
	u := s.ui
	u.showNumber(view)
	if v, ok := u.View().(kit.Revealer); ok {
		v.Reveal(to)
	} else {
		u.View().SetSubject(to.Process)
	}
	u.wantsChanged()
	u.details.changed()
}

// Perform implements kit.Shell.
func (s shell) Perform(p kit.Plan) { s.ui.perform(p) }

// Notice implements kit.Shell.
func (s shell) Notice(style rows.Style, line string) { s.ui.say(style, line) }

// Ask implements kit.Shell.
func (s shell) Ask(q kit.Question) { s.ui.ask(q) }

// Open implements kit.Shell.
func (s shell) Open(d kit.Dialog) { s.ui.open(d) }

// Close implements kit.Shell.
func (s shell) Close(d kit.Dialog) { s.ui.close(d) }

// Changed implements kit.Shell.
func (s shell) Changed(v kit.View, c kit.ViewChange) {
	u := s.ui
	if c == kit.System {
		u.col.refresh()
		return
	}
	if u.View() != v {
		return
	}
	switch c {
	case kit.Selection:
		u.details.changed()
	case kit.Content:
		u.details.refresh()
	case kit.Description:
		u.details.stale = true
	case kit.Wants:
		u.wantsChanged()
	}
}

// Frame implements kit.Shell.
func (s shell) Frame() *kit.Frame { return s.ui.frame }

// KeyFor implements kit.Shell: it is the first key of an action; if it has none, what does the same in the palette.
func (s shell) KeyFor(action string) string { return s.ui.keyFor(action) }

// Theme implements kit.Shell.
func (s shell) Theme() *kit.Theme { return s.ui.theme }

// Now and Keys implement kit.Shell.
func (s shell) Now() time.Time { return s.ui.opt.Now() }
func (s shell) Keys() int      { return s.ui.typing.Keys }
