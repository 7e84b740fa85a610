package cgroups

import (
	"bones/cgroupview/edit"
	"context"
	"fmt"

	"bones/cgroupview"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// EditAsk is a new value for a file of a group.
type EditAsk struct {
	Group       *cgroupview.Group
	File, Value string
	Shown       string // what the file held on the screen
	Persist     bool   // systemd is asked to keep it
}

// EditPlan is what would become of an edit.
type EditPlan struct {
	Unit    string // of systemd's that the group is of, which could keep the value; empty: none
	Effect  effect.Effect
	Changes []edit.Change
	Checks  []edit.Check
}

// editDialog asks for the value of an interface file, and shows with each key what would be written and what speaks
// against it. One plan is being made at a time.
type editDialog struct {
	v     *View
	group *cgroupview.Group
	file  cgroupview.File
	input *kit.Prompt

	planner *kit.Loader[string] // by the value that a plan is made for
	planned string              // the value of the plan that there is
	have    bool
	plan    EditPlan
	err     error
	persist bool // systemd is to keep it
	unit    string
	enter   bool // Enter was pressed before the plan was ready
	over    bool
}

func newEditDialog(v *View, g *cgroupview.Group, f cgroupview.File) *editDialog {
	d := &editDialog{v: v, group: g, file: f}
	d.input = kit.NewPrompt(kit.Question{Label: "new: ", Text: text.Sanitise(f.Value.Raw()), Accept: func(string) {}})
	d.planner = kit.NewLoader(v.sh, d.makePlan)
	d.replan()
	return d
}

// replan has the plan made for what is typed now.
func (d *editDialog) replan() {
	if value := d.input.Value(); !d.ready() {
		d.planner.Load(value)
	}
}

// ready reports whether the plan is the one for what is typed.
func (d *editDialog) ready() bool { return !d.planner.Busy() && d.have && d.planned == d.input.Value() }

func (d *editDialog) makePlan(value string) kit.Read {
	if d.over {
		return nil
	}
	persist := d.persist
	return func(ctx context.Context) func() {
		plan, err := d.v.backend.PlanEdit(ctx, EditAsk{Group: d.group, File: d.file.Name.Raw(), Value: value,
			Shown: d.file.Value.Raw(), Persist: persist})
		return func() {
			d.have, d.planned, d.plan, d.err = d.persist == persist, value, plan, err
			if err == nil {
				d.unit = plan.Unit
			}
			if !d.have {
				d.replan()
				return
			}
			if d.enter && d.ready() {
				d.enter = false
				if d.accept() {
					d.v.sh.Close(d)
				}
			}
		}
	}
}

// accept carries the plan out if there is one for what is typed.
func (d *editDialog) accept() (done bool) {
	switch {
	case !d.ready():
		d.enter = true
		d.replan()
		return false
	case d.err != nil || d.plan.Effect == nil:
		return false
	}
	d.over = true
	d.v.sh.Perform(kit.Plan{Effects: []effect.Effect{d.plan.Effect}, LastKey: true})
	return true
}

type editLine struct {
	text  string
	style rows.Style
}

// lines are what is shown below the input.
func (d *editDialog) lines() []editLine {
	var lines []editLine
	add := func(style rows.Style, s string) { lines = append(lines, editLine{s, style}) }
	switch {
	case !d.have:
		add(rows.Dim, "looking ...")
	case d.err != nil:
		add(rows.Bad, kit.ErrorLine(d.err))
	default:
		for _, c := range d.plan.Changes {
			verb, where := "writes %s to %s%s (now %s)", ""
			if c.Unit != "" {
				verb = "has systemd keep %s in %s%s (now %s)"
			}
			if c.Group.Path != d.group.Path {
				where = " of " + d.v.names.Of(c.Group)
			}
			add(rows.Plain, fmt.Sprintf(verb, effect.Command(c.New), text.Sanitise(c.File), where, text.Sanitise(c.Old)))
			if c.Reads != "" && c.Reads != c.New {
				add(rows.Warn, "the kernel will say "+text.Sanitise(c.Reads))
			}
		}
		for _, c := range d.plan.Checks {
			style, mark := rows.Dim, "+ "
			switch {
			case c.Warn, c.Level == effect.Confirm:
				style, mark = rows.Warn, "! "
			case c.Level == effect.Grave:
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

// Draw implements kit.Dialog.
func (d *editDialog) Draw(p kit.Painter, screen kit.Rect) {
	wide := min(max(screen.W-8, 20), 90)
	var lines []editLine
	if d.file.Spec != nil {
		for _, l := range kit.Wrap(d.file.Spec.Does, wide-4) {
			lines = append(lines, editLine{l, rows.Dim})
		}
	}
	head := len(lines)
	for _, l := range d.lines() {
		for _, w := range kit.Wrap(l.text, wide-4) {
			lines = append(lines, editLine{w, l.style})
		}
	}
	in := p.Box(kit.Centre(screen, wide, len(lines)+5), d.file.Name.String()+" of "+d.v.names.Of(d.group))
	in, foot := in.Bottom(min(1, in.H-1))
	if in.H < head+2 {
		lines, head = lines[head:], 0
	}
	y := in.Y
	for i, l := range lines {
		if i == head {
			y++
		}
		if y >= in.Y+in.H {
			break
		}
		p.Text(in.X+1, y, in.W-2, p.Theme.Of(l.style), l.text)
		y++
	}
	if at := in.Y + head; at < in.Y+in.H {
		d.input.Draw(p, kit.Rect{X: in.X + 1, Y: at, W: in.W - 2, H: 1})
	}
	if !foot.Empty() {
		keys := "Enter: change   Esc: no"
		switch {
		case d.persist:
			keys += "   ^T: without systemd, until that overwrites it"
		case d.unit != "":
			keys += "   ^T: through systemd, which then keeps it"
		}
		p.Text(foot.X+1, foot.Y, foot.W-1, p.Theme.Dim, kit.Fit(keys, foot.W-1))
	}
}

// Key implements kit.Dialog.
func (d *editDialog) Key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		d.over = true
		return true
	case tcell.KeyEnter:
		return d.accept()
	case tcell.KeyCtrlT:
		if d.unit != "" || d.persist {
			d.persist, d.have, d.enter = !d.persist, false, false
			d.replan()
		}
		return false
	}
	d.enter = false
	d.input.Key(ev)
	d.replan()
	return false
}

// Mouse implements kit.Dialog.
func (d *editDialog) Mouse(tview.MouseAction, int, int) bool { return false }
