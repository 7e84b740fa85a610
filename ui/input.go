package ui

import (
	"cmp"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// InputHandler implements tview.Primitive.
func (u *UI) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return func(ev *tcell.EventKey, _ func(tview.Primitive)) { u.key(ev) }
}

// key hands a key to what is on top: a dialog, the prompt, the details if they have the focus, the table of keys.
func (u *UI) key(ev *tcell.EventKey) {
	if u.ctx.Err() != nil {
		return // on the way out
	}
	u.typing.Keys++
	before := u.here()
	defer func() {
		if now := u.here(); now != before {
			u.details.changed()
		}
		u.went(before)
	}()
	if n := len(u.overlays); n > 0 {
		top := u.overlays[n-1]
		if u.typing.Elsewhere(shell{u}, top, ev) {
			return
		}
		if top.Key(ev) {
			u.close(top)
		}
		return
	}
	if p := u.prompt; p != nil {
		if u.typing.Elsewhere(shell{u}, p, ev) {
			return
		}
		if p.Key(ev) && u.prompt == p {
			u.prompt = nil
		}
		return
	}
	u.message = kit.Notice{}
	if u.typing.Stray(shell{u}, ev) {
		return
	}
	if u.details.focus && u.details.key(ev) {
		return
	}
	// A view's own keys come first: "." is its folder in Files, and a moment on elsewhere.
	if k := cmp.Or(kit.FindBinding(u.remapped(u.View()), ev), kit.FindBinding(u.global, ev)); k != nil {
		u.act(k)
		return
	}
	u.typing.Unknown(shell{u}, ev)
}

// close takes a dialog away; what it did may have opened another on top.
func (u *UI) close(o kit.Dialog) {
	for i := range u.overlays {
		if u.overlays[i] == o {
			u.overlays = append(u.overlays[:i:i], u.overlays[i+1:]...)
			return
		}
	}
}

// PasteHandler implements tview.Primitive: pasted text goes to where one types and nowhere else, never to the keys.
func (u *UI) PasteHandler() func(string, func(tview.Primitive)) {
	return func(s string, _ func(tview.Primitive)) {
		if n := len(u.overlays); n > 0 {
			if u.typing.Elsewhere(shell{u}, u.overlays[n-1], nil) {
				return
			}
			if o, ok := u.overlays[n-1].(kit.Paster); ok {
				o.Paste(s)
			}
		} else if u.prompt != nil && !u.typing.Elsewhere(shell{u}, u.prompt, nil) {
			u.prompt.Paste(s)
		}
	}
}

// MouseHandler implements tview.Primitive.
func (u *UI) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return func(action tview.MouseAction, ev *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		x, y := ev.Position()
		return u.mouse(action, x, y), nil
	}
}

func (u *UI) mouse(action tview.MouseAction, x, y int) bool {
	u.typing.Clicked(action)
	defer u.went(u.here())
	if n := len(u.overlays); n > 0 {
		top := u.overlays[n-1]
		if action == tview.MouseLeftClick && u.typing.Elsewhere(shell{u}, top, nil) {
			return true
		}
		if top.Mouse(action, x, y) {
			u.close(top)
		}
		return action != tview.MouseMove
	}
	l := u.layout()
	switch {
	case u.clicked(action, x, y):
		return true
	case l.details.Has(x, y):
		switch action {
		case tview.MouseScrollUp:
			u.details.pane.Scroll(-3)
		case tview.MouseScrollDown:
			u.details.pane.Scroll(3)
		case tview.MouseLeftClick:
			u.details.focus = true
		default:
			return false
		}
		return true
	case l.view.Has(x, y):
		before, _ := u.View().Subject()
		if !u.View().Mouse(action, x, y) {
			return false
		}
		u.details.focus = false
		if now, _ := u.View().Subject(); now != before {
			u.details.changed()
		}
		return true
	}
	return false
}
