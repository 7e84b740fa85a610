package ui

import (
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
	before := u.here()
	defer func() {
		if now := u.here(); now != before {
			u.details.changed()
		}
		u.went(before)
	}()
	if n := len(u.overlays); n > 0 {
		top := u.overlays[n-1]
		if top.key(ev) {
			u.closeOverlay(top)
		}
		return
	}
	if p := u.prompt; p != nil {
		if p.key(ev) && u.prompt == p {
			u.prompt = nil
		}
		return
	}
	u.message = message{}
	if u.details.focus && u.details.key(ev) {
		return
	}
	if k := find(u.allKeys(), ev); k != nil {
		u.act(k)
	}
}

// closeOverlay takes an overlay away; what it did may have opened another on top.
func (u *UI) closeOverlay(o overlay) {
	for i := range u.overlays {
		if u.overlays[i] == o {
			u.overlays = append(u.overlays[:i:i], u.overlays[i+1:]...)
			return
		}
	}
}

// paster is an overlay that takes pasted text.
type paster interface{ paste(s string) }

// PasteHandler implements tview.Primitive: pasted text goes to where one types and nowhere else, never to the keys.
func (u *UI) PasteHandler() func(string, func(tview.Primitive)) {
	return func(s string, _ func(tview.Primitive)) {
		if n := len(u.overlays); n > 0 {
			if o, ok := u.overlays[n-1].(paster); ok {
				o.paste(s)
			}
		} else if u.prompt != nil {
			u.prompt.paste(s)
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
	start := u.here()
	defer u.went(start)
	if n := len(u.overlays); n > 0 {
		top := u.overlays[n-1]
		if top.mouse(action, x, y) {
			u.closeOverlay(top)
		}
		return action != tview.MouseMove
	}
	l := u.layout()
	switch {
	case l.details.has(x, y):
		switch action {
		case tview.MouseScrollUp:
			u.details.pane.scroll(-3)
		case tview.MouseScrollDown:
			u.details.pane.scroll(3)
		case tview.MouseLeftClick:
			u.details.focus = true
		default:
			return false
		}
		return true
	case l.view.has(x, y):
		before, _ := u.view().Subject()
		if !u.view().Mouse(action, x, y) {
			return false
		}
		u.details.focus = false
		if now, _ := u.view().Subject(); now != before {
			u.details.changed()
		}
		return true
	}
	return false
}
