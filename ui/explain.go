package ui

import (
	"context"
	"fmt"

	"bones/procwalk"
	"bones/ui/kit"
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
		u.say(rows.Warn, kit.ErrorLine(err))
		return
	}
	u.explainProcess(p)
}

func (u *UI) explainProcess(p *procwalk.Process) {
	e := &explainer{title: fmt.Sprintf("Explain PID %d (%s)", p.PID, p.Comm)}
	e.reader = kit.NewLoader(shell{u}, func(id procwalk.ID) kit.Read {
		return func(ctx context.Context) func() {
			walk, err := u.opt.Explain(ctx, id)
			return func() { e.show(walk, err) }
		}
	})
	e.id = p.ID()
	u.open(e)
	e.reader.Load(e.id)
}

// explainer shows the walk. What there was stays while it is read anew.
type explainer struct {
	id     procwalk.ID
	title  string
	pane   kit.Pane
	reader *kit.Loader[procwalk.ID]
}

func (e *explainer) show(walk *rows.Explanation, err error) {
	if err != nil {
		why := rows.Line{Value: kit.ErrorLine(err), Style: rows.Bad}
		e.pane.Set([]rows.Section{{Title: "Not explained", Lines: []rows.Line{why}}})
		return
	}
	e.pane.Set(walk.Sections())
}

// Draw implements kit.Dialog.
func (e *explainer) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(kit.Centre(screen, 110, screen.H), e.title)
	body, foot := in, kit.Rect{}
	if in.H > 3 {
		body, foot = in.Bottom(1)
	}
	if e.pane.Empty() {
		p.Text(body.X, body.Y, body.W, p.Theme.Dim, kit.Fit("reading ...", body.W))
	} else {
		e.pane.Paint(p, body)
	}
	if foot.Empty() {
		return
	}
	top, n := e.pane.Top, e.pane.Lines()
	s := fmt.Sprintf("%d-%d of %d lines", min(top+1, n), min(top+e.pane.Page, n), n)
	if e.reader.Busy() {
		s = "reading ..."
	}
	p.Text(foot.X, foot.Y, foot.W, p.Theme.Dim, kit.Fit(s+"   j k scroll  w wrap  r read again  Esc back", foot.W))
}

// Key implements kit.Dialog.
func (e *explainer) Key(ev *tcell.EventKey) bool {
	if by, ok := kit.ScrollBy(ev, e.pane.Page); ok {
		e.pane.Scroll(by)
		return false
	}
	switch {
	case kit.PressedAny(ev, "^c Esc q x h Left"):
		return true
	case kit.Pressed(ev, "w"):
		e.pane.ToggleWrap()
	case kit.Pressed(ev, "r"):
		e.reader.Load(e.id)
	}
	return false
}

// Mouse implements kit.Dialog.
func (e *explainer) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		e.pane.Scroll(-3)
	case tview.MouseScrollDown:
		e.pane.Scroll(3)
	}
	return false
}
