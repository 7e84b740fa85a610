package ui

import (
	"bones/cgroupview"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// cgEdit asks for the value of an interface file, and shows with each key what would be written and what speaks against
// it. One plan is being made at a time.
type cgEdit struct {
	ui    *UI
	group *cgroupview.Group
	file  cgroupview.File
	input prompt

	busy    bool
	asked   string // the value that a plan is being made for
	planned string // and of the plan that there is
	have    bool
	plan    EditPlan
	err     error
	enter   bool // Enter was pressed before the plan was ready
	over    bool
}

func newCgEdit(u *UI, g *cgroupview.Group, f cgroupview.File) *cgEdit {
	d := &cgEdit{ui: u, group: g, file: f}
	d.input.label = "new: "
	d.input.input = []rune(text.Sanitise(f.Value.Raw()))
	d.input.at = len(d.input.input)
	d.ask()
	return d
}

// ask has the plan made for what is typed now.
func (d *cgEdit) ask() {
	value := d.input.value()
	if d.busy || d.over || d.have && d.planned == value {
		return
	}
	d.busy, d.asked = true, value
	u := d.ui
	u.spawn(func() {
		plan, err := u.opt.PlanEdit(u.ctx, d.group, d.file.Name.Raw(), value, d.file.Value.Raw())
		u.post(func() {
			d.busy, d.have, d.planned, d.plan, d.err = false, true, value, plan, err
			if d.input.value() != value {
				d.ask()
				return
			}
			if d.enter {
				d.enter = false
				if d.accept() {
					u.closeOverlay(d)
				}
			}
		})
	})
}

// accept carries the plan out if there is one for what is typed.
func (d *cgEdit) accept() (done bool) {
	switch {
	case d.busy || !d.have || d.planned != d.input.value():
		d.enter = true
		d.ask()
		return false
	case d.err != nil || d.plan.Effect == nil:
		return false
	}
	d.over = true
	d.ui.perform([]effect.Effect{d.plan.Effect})
	return true
}

type cgEditLine struct {
	text  string
	style rows.Style
}

// lines are what is shown below the input.
func (d *cgEdit) lines() []cgEditLine {
	var lines []cgEditLine
	add := func(style rows.Style, s string) { lines = append(lines, cgEditLine{s, style}) }
	switch {
	case !d.have:
		add(rows.Dim, "looking ...")
	case d.err != nil:
		add(rows.Bad, sanitiseError(d.err))
	default:
		for _, c := range d.plan.Changes {
			add(rows.Plain, "writes "+effect.Command(c.New)+" to "+text.Sanitise(c.File)+" (now "+text.Sanitise(c.Old)+")")
			if c.Reads != "" && c.Reads != c.New {
				add(rows.Warn, "the kernel will say "+text.Sanitise(c.Reads))
			}
		}
		for _, c := range d.plan.Checks {
			style, mark := rows.Dim, "+ "
			switch c.Level {
			case effect.Confirm:
				style, mark = rows.Warn, "! "
			case effect.Grave:
				style, mark = rows.Bad, "!! "
			}
			add(style, mark+text.Line(c.Text))
		}
		if d.plan.Effect != nil {
			add(rows.Plain, "by hand: "+d.plan.Effect.ByHand())
		}
	}
	return lines
}

func (d *cgEdit) draw(p painter, screen rect) {
	wide := min(max(screen.w-8, 20), 90)
	var lines []cgEditLine
	if d.file.Spec != nil {
		for _, l := range wrap(d.file.Spec.Does, wide-4) {
			lines = append(lines, cgEditLine{l, rows.Dim})
		}
	}
	head := len(lines)
	for _, l := range d.lines() {
		for _, w := range wrap(l.text, wide-4) {
			lines = append(lines, cgEditLine{w, l.style})
		}
	}
	in := p.box(lay(screen, wide, len(lines)+5), d.file.Name.String()+" of "+d.group.Path.String())
	in, foot := in.bottom(min(1, in.h-1))
	if in.h < head+2 {
		lines, head = lines[head:], 0
	}
	y := in.y
	for i, l := range lines {
		if i == head {
			y++
		}
		if y >= in.y+in.h {
			break
		}
		p.text(in.x+1, y, in.w-2, p.theme.of(l.style), l.text)
		y++
	}
	if at := in.y + head; at < in.y+in.h {
		d.input.draw(p, rect{in.x + 1, at, in.w - 2, 1})
	}
	if !foot.empty() {
		p.text(foot.x+1, foot.y, foot.w-1, p.theme.dim, fit("Enter: change   Esc: no", foot.w-1))
	}
}

func (d *cgEdit) key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		d.over = true
		return true
	case tcell.KeyEnter:
		return d.accept()
	}
	d.enter = false
	d.input.accept = func(string) {}
	d.input.key(ev)
	d.ask()
	return false
}

func (d *cgEdit) mouse(tview.MouseAction, int, int) bool { return false }
