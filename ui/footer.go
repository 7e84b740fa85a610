package ui

import (
	"fmt"
	"slices"

	"bones/procwalk/text"
	"bones/ui/footer"
	"bones/ui/kit"

	"github.com/rivo/tview"
)

// clicked does what stands at a place of the tabs or the footer, and reports whether something does.
func (u *UI) clicked(action tview.MouseAction, x, y int) bool {
	at := slices.IndexFunc(u.spots, func(s footer.Spot) bool { return s.Area.Has(x, y) })
	if at < 0 || u.prompt != nil {
		return false
	}
	if action == tview.MouseLeftClick {
		u.message = kit.Notice{}
		u.act(&u.spots[at].Key)
	}
	return action != tview.MouseMove
}

// drawTabs paints the names of the views and how the present one is arranged.
func (u *UI) drawTabs(p kit.Painter, r kit.Rect) {
	if r.Empty() {
		return
	}
	status := text.Line(u.View().Status())
	lock := ""
	if u.locked() != "" {
		lock = "  read-only"
	}
	// Where the status does not fit beside them, only the present view keeps its name.
	names := 0
	for _, v := range u.views {
		names += len(v.Name()) + 4
	}
	short := names+kit.Width(status)+len(lock) > r.W
	x := r.X
	for i, v := range u.views {
		style, tab := p.Theme.Dim, fmt.Sprintf("%d %s  ", v.Number(), v.Name())
		if i == u.current {
			style = p.Theme.Bold
		} else if short {
			tab = fmt.Sprintf("%d  ", v.Number())
		}
		n := p.Text(x, r.Y, r.X+r.W-x, style, tab)
		key := kit.Binding{Action: v.Name(), Do: func() { u.show(i) }}
		u.spots = append(u.spots, footer.Spot{Area: kit.Rect{X: x, Y: r.Y, W: max(n-2, 0), H: 1}, Key: key})
		x += n
	}
	if room := r.X + r.W - x; room > 0 {
		// However much a view tells of itself: that nothing can be changed is seen.
		status = kit.Fit(status, max(room-len(lock), 0))
		p.Text(x, r.Y, room, p.Theme.Plain, kit.Fit(status+lock, room))
	}
}

// drawFooter paints the keys, and in their last line the prompt or a message if there is one.
func (u *UI) drawFooter(p kit.Painter, r kit.Rect, keys footer.Keys) {
	if r.Empty() {
		return
	}
	above, line := r.Bottom(1)
	switch {
	case u.prompt != nil:
		if !above.Empty() {
			p.Text(above.X, above.Y, above.W, p.Theme.Dim, "Enter: do it   Esc: leave everything as it is")
		}
		u.prompt.Draw(p, line)
		return
	case u.message.Text != "":
		p.Line(line, p.Theme.Of(u.message.Style), kit.Fit(u.message.Text, line.W))
		if r = above; r.Empty() {
			return
		}
	}
	u.spots = append(u.spots, keys.Draw(p, r, u.locked())...)
}
