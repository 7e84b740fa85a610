package namespaces

import (
	"fmt"
	"strconv"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Compare opens a dialog that shows where two processes are in the same namespaces and where not.
func (v *View) Compare(two [2]procwalk.ID) { v.sh.Open(&comparison{v: v, two: two}) }

// comparison shows where two processes are in the same namespaces and where not, as of now.
type comparison struct {
	v   *View
	two [2]procwalk.ID
}

// Draw implements kit.Dialog.
func (d *comparison) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(kit.Centre(screen, 72, int(procwalk.NSTypes)+6), "Namespaces of two processes (Esc: back)")
	var two [2]*procwalk.Process
	y := in.Y
	line := func(style tcell.Style, cells ...string) {
		if y >= in.Y+in.H {
			return
		}
		x := in.X + 1
		for i, w := range []int{8, 12, 12, 40} {
			if i < len(cells) && x < in.X+in.W {
				p.Text(x, y, in.X+in.W-x, style, kit.Fit(cells[i], min(w, in.X+in.W-x)))
			}
			x += w + 1
		}
		y++
	}
	for i, id := range d.two {
		text := fmt.Sprintf("PID %d", id.PID)
		if s := d.v.snap(); s != nil {
			two[i] = s.FindID(id)
		}
		if two[i] == nil {
			text += ": it has ended, or is not read yet"
		} else {
			text += " " + two[i].Comm.String()
		}
		if y < in.Y+in.H {
			p.Text(in.X+1, y, in.W-1, p.Theme.Plain, kit.Fit(text, in.W-1))
		}
		y++
	}
	if two[0] == nil || two[1] == nil {
		return
	}
	y++
	line(p.Theme.Head, "TYPE", strconv.Itoa(two[0].PID), strconv.Itoa(two[1].PID), "")
	for _, r := range rows.NSDiff(nsview.Diff(two[0], two[1])) {
		line(p.Theme.Of(r.Cells[3].Style), r.Cells[0].Text, r.Cells[1].Text, r.Cells[2].Text, r.Cells[3].Text)
	}
}

// Key implements kit.Dialog.
func (d *comparison) Key(ev *tcell.EventKey) bool {
	return kit.PressedAny(ev, "^c Esc Enter q d h Left")
}

// Mouse implements kit.Dialog.
func (d *comparison) Mouse(action tview.MouseAction, x, y int) bool {
	return action == tview.MouseLeftClick
}
