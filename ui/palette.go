package ui

import (
	"slices"
	"strings"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// choice is one line of the palette.
type choice struct {
	label   string // what it is found by, and shown
	id      string // what it is found by as well, if that begins so
	keys    string // that do the same
	text    string // what it does, or is
	off     string // why it cannot be used now
	fill    string // what Tab makes of the input
	rank    int
	changes bool
	process bool   // it is a process, by its PID
	do      func() // nil: what fill says
}

// palette is a line to type into, and above it what that could mean: words, actions of the key table, containers and
// processes. Enter does the line with the mark, which is put by itself only where what was typed is clear enough.
type palette struct {
	ui       *UI
	input    kit.Prompt
	list     []choice
	at, top  int      // the line with the mark, and the first that is shown; at -1: Enter does what was typed
	left     int      // processes and containers that fit, and are not in the list
	area     kit.Rect // of the list, empty if there is no room for one
	picked   bool     // the user put the mark where it is
	past     int      // the position among the lines that were entered before; its length: not in there
	subjects []choice
	of       *kit.Frame // whose processes subjects are
}

// historyMax is how many lines that were entered are kept.
const historyMax = 100

// askCommand opens the palette.
func (u *UI) askCommand() {
	p := &palette{ui: u, at: -1, past: len(u.entered)}
	p.input.Label = ":"
	u.open(p)
	u.wantsChanged() // the names of containers
	p.Refresh()
}

// Refresh implements kit.Refresher: it lists what there is in another frame.
func (p *palette) Refresh() {
	if p.of != p.ui.frame {
		p.of, p.subjects = p.ui.frame, p.ui.subjects()
	}
	label, picked := "", p.picked
	if p.at >= 0 && p.at < len(p.list) {
		label = p.list[p.at].label
	}
	p.match()
	if p.picked = picked; picked || label != "" { // the mark does not go to another line by itself
		p.at = slices.IndexFunc(p.list, func(c choice) bool { return label != "" && c.label == label })
	}
}

func isPalette(d kit.Dialog) bool { _, is := d.(*palette); return is }

// Draw implements kit.Dialog.
func (p *palette) Draw(pt kit.Painter, screen kit.Rect) {
	of := p.ui.layout()
	rest, foot := screen.Bottom(max(of.footer.H, 1))
	above, foot := foot.Bottom(1)
	pt.Clear(above, pt.Theme.Plain) // the keys there are those of the view
	if top := of.view.Y; top > rest.Y && rest.H-(top-rest.Y) >= 5 {
		_, rest = rest.Top(top - rest.Y) // the header stays in sight
	}
	p.area = kit.Rect{}
	if screen.W >= 24 && rest.H >= 4 {
		p.drawList(pt, rest)
	}
	if p.input.Note = kit.TypeOn(p.left); len(p.list) == 0 && p.input.Value() != "" {
		p.input.Note = "nothing has that name"
	}
	p.input.Draw(pt, foot)
}

func (p *palette) drawList(pt kit.Painter, r kit.Rect) {
	_, box := r.Bottom(max(len(p.list), 1) + 2)
	p.area = kit.Rect{X: box.X + 1, Y: box.Y + 1, W: box.W - 2, H: box.H - 2}
	if len(p.list) == 0 {
		return
	}
	in := pt.Box(box, "Enter: do  Tab: complete  Up Down: choose  Esc: close")
	if p.at >= 0 && p.at < p.top {
		p.top = p.at
	}
	if p.at >= p.top+in.H {
		p.top = p.at - in.H + 1
	}
	p.top = max(0, min(p.top, len(p.list)-in.H))
	label, keys := 0, 0
	for line := range min(in.H, len(p.list)-p.top) {
		c := &p.list[p.top+line]
		label, keys = max(label, kit.Width(c.label)), max(keys, kit.Width(c.keys))
	}
	label, keys = min(label, max(in.W/3, 14)), min(keys, 10)
	if keys > 0 {
		keys += 2
	}
	for line := range min(in.H, len(p.list)-p.top) {
		c, y := &p.list[p.top+line], in.Y+line
		style, key, mark, about := pt.Theme.Plain, pt.Theme.Key, " ", c.text
		if c.off != "" {
			style, about = pt.Theme.Dim, "("+c.off+") "+c.text
		}
		if p.top+line == p.at {
			style, key, mark = pt.Theme.Selected, pt.Theme.Selected, pt.Theme.SelectMark
		}
		pt.Blank(in.X, y, in.W, style)
		pt.Text(in.X, y, 1, style, mark)
		pt.Text(in.X+1, y, min(label, in.W-1), style, kit.Fit(c.label, min(label, in.W-1)))
		if at := 1 + label + 2; at < in.W && keys > 0 {
			pt.Text(in.X+at, y, min(keys, in.W-at), key, kit.Fit(c.keys, min(keys-2, in.W-at)))
		}
		if at := 1 + label + 2 + keys; at < in.W {
			pt.Text(in.X+at, y, in.W-at, style, kit.Fit(about, in.W-at))
		}
	}
}

// Key implements kit.Dialog.
func (p *palette) Key(ev *tcell.EventKey) bool {
	browsing := p.past < len(p.ui.entered)
	switch k := ev.Key(); {
	case k == tcell.KeyEsc, k == tcell.KeyCtrlC:
		p.close()
		return true
	case k == tcell.KeyEnter:
		p.enter()
		return true
	case k == tcell.KeyTab:
		p.complete()
	case k == tcell.KeyCtrlP, k == tcell.KeyUp && p.at <= 0 && (browsing || p.input.Value() == ""):
		p.recall(-1)
	case k == tcell.KeyCtrlN, k == tcell.KeyDown && browsing:
		p.recall(1)
	case k == tcell.KeyDown:
		p.pick(p.at + 1)
	case k == tcell.KeyUp:
		p.pick(p.at - 1)
	case k == tcell.KeyPgDn:
		p.pick(p.at + max(p.area.H, 1))
	case k == tcell.KeyPgUp:
		p.pick(max(p.at-max(p.area.H, 1), 0))
	default:
		before := p.input.Value()
		p.input.Key(ev)
		p.changed(before)
	}
	return false
}

// pick puts the mark on a line; before the first is what was typed.
func (p *palette) pick(at int) { p.at, p.picked = max(-1, min(at, len(p.list)-1)), true }

func (p *palette) changed(before string) {
	if p.input.Value() != before {
		p.past = len(p.ui.entered)
		p.match()
	}
}

// Paste implements kit.Paster.
func (p *palette) Paste(s string) {
	before := p.input.Value()
	p.input.Paste(s)
	p.changed(before)
}

// set replaces the input.
func (p *palette) set(s string) {
	p.input.SetValue(s)
	p.match()
}

// recall goes back and forth in what was entered before.
func (p *palette) recall(by int) {
	past := max(0, min(p.past+by, len(p.ui.entered)))
	if past == p.past {
		return
	}
	line := ""
	if past < len(p.ui.entered) {
		line = p.ui.entered[past]
	}
	p.set(line)
	p.past = past
}

// enter leaves the palette and does the line with the mark, or what was typed.
func (p *palette) enter() {
	u, line := p.ui, strings.TrimSpace(p.input.Value())
	do := func() { u.command(line) }
	if p.at >= 0 && p.at < len(p.list) {
		c := p.list[p.at]
		line = strings.TrimSpace(c.fill)
		if do = c.do; do == nil {
			if strings.HasSuffix(c.fill, " ") && p.list[p.at].rank > kit.RankExact {
				// A word that wants something after it, and not all of it was typed: it is to go on.
				do = func() {
					u.askCommand()
					if next, ok := u.overlays[len(u.overlays)-1].(*palette); ok {
						next.area = p.area
						next.set(c.fill)
					}
				}
			} else {
				do = func() { u.command(line) }
			}
		}
	}
	if n := len(u.entered); line != "" && (n == 0 || u.entered[n-1] != line) {
		u.entered = append(u.entered, line)
		u.entered = u.entered[max(0, len(u.entered)-historyMax):]
	}
	p.close()
	do()
}

func (p *palette) close() {
	p.ui.close(p)
	p.ui.wantsChanged()
}

// Mouse implements kit.Dialog.
func (p *palette) Mouse(action tview.MouseAction, x, y int) bool {
	switch action {
	case tview.MouseScrollDown:
		p.pick(p.at + 1)
	case tview.MouseScrollUp:
		p.pick(max(p.at-1, 0))
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if i := p.top + y - p.area.Y; p.area.Has(x, y) && i < len(p.list) {
			p.pick(i)
			p.enter()
		} else if !p.area.Has(x, y) {
			p.close()
		}
		return !slices.Contains(p.ui.overlays, kit.Dialog(p))
	}
	return false
}
