package ui

import (
	"fmt"
	"strconv"
	"strings"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// rowOf is the row of a process in its snapshot.
func rowOf(s *procwalk.Snapshot, p *procwalk.Process) int {
	row, _ := s.Position(p.PID)
	return row
}

// Tags belong to view 1 and are shown in others.

func (u *UI) tagModel() *rows.Model {
	for _, v := range u.views {
		if p, ok := v.(*processes); ok {
			return p.model
		}
	}
	return nil
}

func (u *UI) tag(id procwalk.ID, tagged bool) {
	if m := u.tagModel(); m != nil {
		m.Tag(id, tagged)
	}
}

func (u *UI) tagged(id procwalk.ID) bool {
	m := u.tagModel()
	return m != nil && m.Tagged(id)
}

func (u *UI) untag() {
	if m := u.tagModel(); m != nil {
		m.Untag()
	}
}

// tags returns what is tagged of the table that is shown.
func (u *UI) tags() []*procwalk.Process {
	m := u.tagModel()
	if m == nil || u.frame == nil || u.frame.Snap == nil || !m.AnyTagged() {
		return nil
	}
	var list []*procwalk.Process
	for i := range u.frame.Snap.Processes {
		if p := &u.frame.Snap.Processes[i]; m.Tagged(p.ID()) {
			list = append(list, p)
		}
	}
	return list
}

// diff compares the namespaces of two processes: those named, or those tagged, or the one that is and the subject. It
// goes to the view of namespaces, which has them read.
func (u *UI) diff(rest string) {
	if u.frame == nil || u.frame.Snap == nil {
		return
	}
	var two []procwalk.ID
	for word := range strings.FieldsSeq(rest) {
		p, err := u.process(word)
		if err != nil {
			u.say(rows.Warn, sanitiseError(err))
			return
		}
		if p == nil {
			u.say(rows.Warn, fmt.Sprintf("there is no process %q", word))
			return
		}
		two = append(two, p.ID())
	}
	if len(two) == 0 {
		for _, p := range u.tags() {
			two = append(two, p.ID())
		}
	}
	if p := u.target(); len(two) == 1 && p != nil && p.ID() != two[0] {
		two = append(two, p.ID())
	}
	if len(two) != 2 {
		u.say(rows.Warn, fmt.Sprintf("diff compares two processes, and %d are tagged: Space tags one; or :diff PID PID", len(two)))
		return
	}
	u.showNumber(3)
	if v, ok := u.view().(*namespaces); ok {
		u.open(&nsDiff{v: v, two: [2]procwalk.ID(two)})
	}
}

// offerProcesses offers the processes of the table by PID.
func (u *UI) offerProcesses(string) []menuItem {
	if u.frame == nil || u.frame.Snap == nil {
		return nil
	}
	var list []menuItem
	for i := range u.frame.Snap.Processes {
		p := &u.frame.Snap.Processes[i]
		list = append(list, menuItem{label: strconv.Itoa(p.PID), text: p.Comm.String()})
	}
	return list
}

// nsDiff shows where two processes are in the same namespaces and where not, as of now.
type nsDiff struct {
	v   *namespaces
	two [2]procwalk.ID
}

func (d *nsDiff) draw(p painter, screen rect) {
	in := p.box(lay(screen, 72, int(procwalk.NSTypes)+6), "Namespaces of two processes (Esc: back)")
	var two [2]*procwalk.Process
	y := in.y
	line := func(style tcell.Style, cells ...string) {
		if y >= in.y+in.h {
			return
		}
		x := in.x + 1
		for i, w := range []int{8, 12, 12, 40} {
			if i < len(cells) && x < in.x+in.w {
				p.text(x, y, in.x+in.w-x, style, fit(cells[i], min(w, in.x+in.w-x)))
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
		if y < in.y+in.h {
			p.text(in.x+1, y, in.w-1, p.theme.plain, fit(text, in.w-1))
		}
		y++
	}
	if two[0] == nil || two[1] == nil {
		return
	}
	y++
	line(p.theme.head, "TYPE", strconv.Itoa(two[0].PID), strconv.Itoa(two[1].PID), "")
	for _, r := range rows.NSDiff(nsview.Diff(two[0], two[1])) {
		line(p.theme.of(r.Cells[3].Style), r.Cells[0].Text, r.Cells[1].Text, r.Cells[2].Text, r.Cells[3].Text)
	}
}

func (d *nsDiff) key(ev *tcell.EventKey) bool {
	switch {
	case ev.Key() == tcell.KeyCtrlC, pressed(ev, "Esc"), pressed(ev, "Enter"), pressed(ev, "q"), pressed(ev, "d"), pressed(ev, "h"), pressed(ev, "Left"):
		return true
	}
	return false
}

func (d *nsDiff) mouse(action tview.MouseAction, x, y int) bool {
	return action == tview.MouseLeftClick
}
