package ui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"bones/procwalk/text"
	"bones/ui/kit"

	"github.com/rivo/tview"
)

// spot is a part of the screen that can be clicked, and the line of the key table that this carries out.
type spot struct {
	area kit.Rect
	key  kit.Binding
}

// clicked does what stands at a place of the tabs or the footer, and reports whether something does.
func (u *UI) clicked(action tview.MouseAction, x, y int) bool {
	at := slices.IndexFunc(u.spots, func(s spot) bool { return s.area.Has(x, y) })
	if at < 0 || u.prompt != nil {
		return false
	}
	if action == tview.MouseLeftClick {
		u.message = kit.Notice{}
		u.act(&u.spots[at].key)
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
		u.spots = append(u.spots, spot{kit.Rect{X: x, Y: r.Y, W: max(n-2, 0), H: 1}, key})
		x += n
	}
	if room := r.X + r.W - x; room > 0 {
		// However much a view tells of itself: that nothing can be changed is seen.
		status = kit.Fit(status, max(room-len(lock), 0))
		p.Text(x, r.Y, room, p.Theme.Plain, kit.Fit(status+lock, room))
	}
}

// drawFooter paints the prompt, or a message, or the keys.
func (u *UI) drawFooter(p kit.Painter, r kit.Rect) {
	switch {
	case r.Empty():
	case u.prompt != nil:
		u.prompt.Draw(p, r)
	case u.message.Text != "":
		p.Line(r, p.Theme.Of(u.message.Style), kit.Fit(u.message.Text, r.W))
	default:
		u.drawKeys(p, r)
	}
}

// drawKeys paints as many of the keys as there is room for. Those that show all others, and quit, always have it.
func (u *UI) drawKeys(p kit.Painter, r kit.Rect) {
	keys, always := u.footerKeys()
	room := r.W + 2 // behind the last one there is no gap
	for _, k := range always {
		room -= footerWidth(&k)
	}
	x := r.X
	draw := func(k *kit.Binding) {
		start := x
		name, _, _ := strings.Cut(k.Keys, " ")
		style := p.Theme.Plain
		if k.WhyOff(u.locked()) != "" {
			style = p.Theme.Dim
		}
		x += p.Text(x, r.Y, r.X+r.W-x, p.Theme.Key, name) + 1
		x += p.Text(x, r.Y, r.X+r.W-x, style, k.Action)
		u.spots = append(u.spots, spot{kit.Rect{X: start, Y: r.Y, W: x - start, H: 1}, *k})
		x += 2
	}
	for i := range keys {
		if w := footerWidth(&keys[i]); w <= room {
			room -= w
			draw(&keys[i])
		}
	}
	for i := range always {
		if x+footerWidth(&always[i]) <= r.X+r.W+2 {
			draw(&always[i])
		}
	}
}

// footerWidth is how much of the footer a key takes, with the gap behind it.
func footerWidth(k *kit.Binding) int {
	name, _, _ := strings.Cut(k.Keys, " ")
	return kit.Width(name) + 1 + kit.Width(k.Action) + 2
}

// footerKeys are the keys of the footer, the most telling first: what Enter does here, what this view changes, what is
// done about the selection everywhere, how the view is arranged; and last those that are always shown.
func (u *UI) footerKeys() (keys, always []kit.Binding) {
	var changes, arranges, acts []kit.Binding
	own := u.remapped(u.View())
	for _, k := range own {
		switch {
		case k.Footer && k.Changes:
			changes = append(changes, k)
		case k.Footer:
			arranges = append(arranges, k)
		}
	}
	for _, k := range u.global {
		switch {
		case k.Action == "into":
			if v, ok := u.View().(kit.Leader); ok {
				k.Action = v.LeadsTo()
			} else {
				k.Action = "details"
			}
			keys = append(keys, k)
		case !k.Footer:
		case k.Action == "command", k.Action == "help", k.Action == "quit":
			always = append(always, k)
		default:
			acts = append(acts, k)
		}
	}
	// The palette stands first in what is always shown, quit last.
	slices.SortStableFunc(always, func(a, b kit.Binding) int { return cmp.Compare(last(a.Action), last(b.Action)) })
	return slices.Concat(keys, changes, acts, arranges), always
}

// last is the order of what is always shown.
func last(action string) int { return slices.Index([]string{"command", "help", "quit"}, action) }
