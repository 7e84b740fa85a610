package ui

import (
	"fmt"

	"bones/procwalk"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// explain opens the walk for the process that actions are about: in view 2 the selected container's main one.
func (u *UI) explain() {
	p := u.target()
	if p == nil {
		u.say(rows.Warn, "there is no process selected to explain")
		return
	}
	u.explainProcess(p)
}

// commandExplain is the palette's explain: of a PID, or of what is selected.
func (u *UI) commandExplain(rest string) {
	if u.opt.Explain == nil {
		u.say(rows.Warn, "explain: nothing can be explained here")
		return
	}
	if rest == "" {
		u.explain()
		return
	}
	p, err := u.process(rest)
	if err != nil {
		u.say(rows.Warn, sanitiseError(err))
		return
	}
	if p == nil {
		u.say(rows.Warn, fmt.Sprintf("there is no process %q", rest))
		return
	}
	u.explainProcess(p)
}

func (u *UI) explainProcess(p *procwalk.Process) {
	e := &explainer{ui: u, id: p.ID(), title: fmt.Sprintf("Explain PID %d (%s)", p.PID, p.Comm)}
	u.open(e)
	e.read()
}

// explainer shows the walk, and reads it in a goroutine.
type explainer struct {
	ui    *UI
	id    procwalk.ID
	title string
	pane  pane
	busy  bool
}

// read reads it anew, unless that is under way. What was there stays until then.
func (e *explainer) read() {
	if e.busy {
		return
	}
	e.busy = true
	u := e.ui
	u.spawn(func() {
		walk, err := u.opt.Explain(u.ctx, e.id)
		u.post(func() {
			e.busy = false
			if err != nil {
				e.pane.set([]rows.Section{{Title: "Not explained", Lines: []rows.Line{{Value: sanitiseError(err), Style: rows.Bad}}}})
				return
			}
			e.pane.set(walk.Sections())
		})
	})
}

func (e *explainer) draw(p painter, screen rect) {
	in := p.box(lay(screen, 110, screen.h), e.title)
	body, foot := in, rect{}
	if in.h > 3 {
		body, foot = in.bottom(1)
	}
	if len(e.pane.sections) == 0 {
		p.text(body.x, body.y, body.w, p.theme.dim, fit("reading ...", body.w))
	} else {
		e.pane.paint(p, body)
	}
	if foot.empty() {
		return
	}
	s := fmt.Sprintf("%d-%d of %d lines", min(e.pane.top+1, len(e.pane.lines)), min(e.pane.top+e.pane.page, len(e.pane.lines)), len(e.pane.lines))
	if e.busy {
		s = "reading ..."
	}
	p.text(foot.x, foot.y, foot.w, p.theme.dim, fit(s+"   j k scroll  w wrap  r read again  Esc back", foot.w))
}

func (e *explainer) key(ev *tcell.EventKey) bool {
	page := max(e.pane.page-1, 1)
	moves := map[string]int{"j": 1, "Down": 1, "k": -1, "Up": -1, "^f": page, "PgDn": page, "Space": page, "^b": -page, "PgUp": -page,
		"g": -1 << 30, "Home": -1 << 30, "G": 1 << 30, "End": 1 << 30}
	for name, by := range moves {
		if pressed(ev, name) {
			e.pane.scroll(by)
			return false
		}
	}
	switch {
	case ev.Key() == tcell.KeyCtrlC, pressed(ev, "Esc"), pressed(ev, "q"), pressed(ev, "x"), pressed(ev, "h"), pressed(ev, "Left"):
		return true
	case pressed(ev, "w"):
		e.pane.toggleWrap()
	case pressed(ev, "r"):
		e.read()
	}
	return false
}

func (e *explainer) mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		e.pane.scroll(-3)
	case tview.MouseScrollDown:
		e.pane.scroll(3)
	}
	return false
}
