// Package footer is the last lines of the screen: the keys of the view that is shown, the most telling first. Who only
// reads the screen finds there what can be done.
package footer

import (
	"cmp"
	"slices"
	"strings"

	"bones/ui/kit"
)

// Spot is a part of the screen that can be clicked, and the line of the key table that this carries out.
type Spot struct {
	Area kit.Rect
	Key  kit.Binding
}

// Keys are those of the footer: those that are shown as far as there is room, and those that always are.
type Keys struct{ List, Always []kit.Binding }

// tall is how many lines a screen has that spares two of them for the keys.
const tall = 20

// Of orders the keys of a view and the global ones: what Enter does here, what this view changes, what is done about
// the selection everywhere, how the view is arranged; and last those that are always shown.
func Of(v kit.View, own, global []kit.Binding) Keys {
	var f Keys
	var changes, arranges, acts []kit.Binding
	taken := make([]string, 0, len(own)) // the view's keys come first
	for _, k := range own {
		taken = append(taken, name(&k))
		switch {
		case k.Footer && k.Changes:
			changes = append(changes, k)
		case k.Footer:
			arranges = append(arranges, k)
		}
	}
	for _, k := range global {
		switch {
		case slices.Contains(taken, name(&k)):
		case k.Action == "into":
			k.Action = "details"
			if v, ok := v.(kit.Leader); ok {
				k.Action = v.LeadsTo()
			}
			f.List = append(f.List, k)
		case !k.Footer:
		case last(k.Action) >= 0:
			f.Always = append(f.Always, k)
		default:
			acts = append(acts, k)
		}
	}
	// The palette stands first in what is always shown, quit last.
	slices.SortStableFunc(f.Always, func(a, b kit.Binding) int { return cmp.Compare(last(a.Action), last(b.Action)) })
	f.List = slices.Concat(f.List, changes, acts, arranges)
	return f
}

// last is the order of what is always shown; -1: it is not.
func last(action string) int { return slices.Index([]string{"command", "help", "quit"}, action) }

// Lines is how many lines the keys take on a screen of this size: two, where one does not hold them all and the screen
// is tall.
func (f Keys) Lines(width, height int) int {
	all := -gap // behind the last one there is none
	for _, k := range slices.Concat(f.List, f.Always) {
		all += widthOf(&k)
	}
	if height >= tall && all > width {
		return 2
	}
	return 1
}

// gap is what is between two keys.
const gap = 2

// widthOf is how much of a line a key takes, with the gap behind it.
func widthOf(k *kit.Binding) int { return kit.Width(name(k)) + 1 + kit.Width(k.Action) + gap }

// name is the first key of an action.
func name(k *kit.Binding) string {
	first, _, _ := strings.Cut(k.Keys, " ")
	return first
}

// Draw paints as many of the keys as there is room for, and returns where they can be clicked. Those that are always
// shown stand at the end of the last line. locked is why nothing can be changed, if that is so.
func (f Keys) Draw(p kit.Painter, r kit.Rect, locked string) (spots []Spot) {
	always := 0
	for i := range f.Always {
		always += widthOf(&f.Always[i])
	}
	x, y := r.X, r.Y
	draw := func(k *kit.Binding) {
		start, style := x, p.Theme.Plain
		if k.WhyOff(locked) != "" {
			style = p.Theme.Dim
		}
		x += p.Text(x, y, r.X+r.W-x, p.Theme.Key, name(k)) + 1
		x += p.Text(x, y, r.X+r.W-x, style, k.Action)
		spots = append(spots, Spot{kit.Rect{X: start, Y: y, W: x - start, H: 1}, *k})
		x += gap
	}
	fits := func(k *kit.Binding, reserved int) bool { return x+widthOf(k)+reserved <= r.X+r.W+gap }
	list := f.List
	for ; y < r.Y+r.H-1; y++ {
		for len(list) > 0 && fits(&list[0], 0) {
			draw(&list[0])
			list = list[1:]
		}
		x = r.X
	}
	for i := range list {
		if fits(&list[i], always) {
			draw(&list[i])
		}
	}
	for i := range f.Always {
		if fits(&f.Always[i], 0) {
			draw(&f.Always[i])
		}
	}
	return spots
}
