// Package limits is the dialog that changes what a container may use: memory, processors, processes, each with what
// is in use and with the limit that binds beside it. What would be written, and what speaks against it, is shown
// while the user types, so that Enter is the one question.
package limits

import (
	"context"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Make makes the effect of FILE=VALUE words, as `bones set` takes them; called in a goroutine.
type Make func(ctx context.Context, words []string) (effect.Effect, error)

// field is one line to type into; empty: it stays as it is.
type field struct {
	name    string // memory, cpus, pids; empty: NAME=VALUE words of any kind
	example string
	now     string // what binds, and what is in use
	input   *kit.Prompt
}

// Dialog is the dialog of one container.
type Dialog struct {
	sh     kit.Shell
	title  string
	make   Make
	fields []field
	at     int

	planner *kit.Loader[string] // by the words that a plan is made for
	planned string              // those of the plan that there is
	have    bool
	effect  effect.Effect
	err     error
	enter   bool // Enter was pressed before the plan was ready
	over    bool
	area    kit.Rect // of the fields, as they were drawn
}

// New makes the dialog.
func New(sh kit.Shell, c *rows.ContainerRow, make Make) *Dialog {
	s := &c.Sample
	cpu := "not known before the second refresh"
	if c.HasCPU {
		cpu = fmt.Sprintf("%.2f of a processor", c.CPU/100)
	}
	return Open(sh, "Limits of "+kit.Short(c.Label()), []Field{
		{"memory", "1.5G, 512M, 10%, max", rows.ReadingText(s.Memory, true) + " in use; limit " +
			rows.LimitText(s.MemoryLimit, true)},
		{"cpus", "1.5, max", cpu + " in use; limit " + rows.QuotaText(s.CPULimit)},
		{"pids", "100, max", rows.ReadingText(s.PIDs, false) + " in use; limit " + rows.LimitText(s.PIDsLimit, false)},
		{"", "memory.high=1G, --persist", "any file of its control groups; --persist has systemd keep it"}}, make)
}

// Field is one line of a dialog: the name that stands before the = of what is typed, empty for words of any kind; what
// may be typed; and what there is now.
type Field struct{ Name, Example, Now string }

// Open makes a dialog of fields.
func Open(sh kit.Shell, title string, fields []Field, make Make) *Dialog {
	d := &Dialog{sh: sh, title: title, make: make}
	for _, f := range fields {
		d.add(f.Name, f.Example, f.Now)
	}
	d.planner = kit.NewLoader(sh, d.plan)
	return d
}

// SetNow tells what there is now, where that was not known when the dialog was opened.
func (d *Dialog) SetNow(name, now string) {
	for i := range d.fields {
		if f := &d.fields[i]; f.name == name {
			f.now = "(" + f.example + ")  " + now
		}
	}
}

func (d *Dialog) add(name, example, now string) {
	label := name
	if label == "" {
		label = "other"
	}
	f := field{name: name, example: example, input: kit.NewPrompt(kit.Question{Label: fmt.Sprintf("%-8s", label+":")})}
	f.now = "(" + example + ")  " + now
	d.fields = append(d.fields, f)
}

// words are what was typed, as `bones set` takes it.
func (d *Dialog) words() (list []string, err error) {
	for _, f := range d.fields {
		value := strings.TrimSpace(f.input.Value())
		switch {
		case value == "":
		case f.name == "":
			words, err := assignments(value)
			if err != nil {
				return nil, err
			}
			list = append(list, words...)
		default:
			list = append(list, f.name+"="+value)
		}
	}
	return list, nil
}

// assignments are what was typed of several NAME=VALUE and flags. A word that is neither belongs to the value before
// it, as where the shell is given memory="10 %": so both refuse it with the same words.
func assignments(typed string) (list []string, err error) {
	words, err := kit.SplitWords(typed)
	for _, w := range words {
		if n := len(list); n > 0 && !strings.Contains(w, "=") && !strings.HasPrefix(w, "-") {
			list[n-1] += " " + w
			continue
		}
		list = append(list, w)
	}
	return list, err
}

// typed is what the fields hold, as one key: words apart by what no field takes, for a value may have blanks.
func (d *Dialog) typed() string {
	words, _ := d.words()
	return strings.Join(words, "\n")
}

// replan has the plan made for what is typed now.
func (d *Dialog) replan() {
	if typed := d.typed(); typed != "" && !d.ready() {
		d.planner.Load(typed)
	}
}

// ready reports whether the plan is the one for what is typed.
func (d *Dialog) ready() bool { return !d.planner.Busy() && d.have && d.planned == d.typed() }

func (d *Dialog) plan(typed string) kit.Read {
	if d.over {
		return nil
	}
	return func(ctx context.Context) func() {
		e, err := d.make(ctx, strings.Split(typed, "\n"))
		return func() {
			d.have, d.planned, d.effect, d.err = true, typed, e, err
			if d.enter && d.ready() {
				d.enter = false
				if d.accept() {
					d.sh.Close(d)
				}
			}
		}
	}
}

// accept carries the plan out. The user has seen it: only what is grave, or has no way back, is asked about again.
func (d *Dialog) accept() (done bool) {
	_, err := d.words()
	switch {
	case err != nil:
		return false
	case d.typed() == "":
		return true
	case !d.ready():
		d.enter = true
		d.replan()
		return false
	case d.err != nil || d.effect == nil:
		return false
	}
	d.over = true
	d.sh.Perform(kit.Plan{Effects: []effect.Effect{d.effect}, Agreed: true, LastKey: true})
	return true
}

type line struct {
	text  string
	style rows.Style
}

// about are the lines below the fields: what would be done.
func (d *Dialog) about() []line {
	_, err := d.words()
	switch {
	case err != nil:
		return []line{{err.Error(), rows.Bad}}
	case d.typed() == "":
		return []line{{"fields left empty keep their values", rows.Dim}}
	case !d.ready():
		return []line{{"looking ...", rows.Dim}}
	case d.err != nil:
		return []line{{kit.ErrorLine(d.err), rows.Bad}}
	case d.effect == nil:
		return []line{{"there is nothing to do", rows.Dim}}
	}
	list := []line{{d.effect.Describe(), rows.Plain}}
	if why := d.effect.Risk().Why; why != "" {
		list = append(list, line{"! " + text.Line(why), rows.Warn})
	}
	if undo := d.effect.Undo(); !undo.Possible {
		list = append(list, line{"no undo: " + undo.Why, rows.Warn})
	}
	return append(list, line{"by hand: " + d.effect.ByHand(), rows.Plain})
}

// Draw implements kit.Dialog.
func (d *Dialog) Draw(p kit.Painter, screen kit.Rect) {
	wide := min(max(screen.W-8, 20), 100)
	var about []line
	for _, l := range d.about() {
		for _, w := range kit.Wrap(l.text, wide-4) {
			about = append(about, line{w, l.style})
		}
	}
	in := p.Box(kit.Centre(screen, wide, 2*len(d.fields)+len(about)+4), d.title)
	in, foot := in.Bottom(min(1, in.H-1))
	step := 2 // each field with what there is now
	if in.H < 2*len(d.fields)+1 {
		step = 1
	}
	d.area = kit.Rect{X: in.X, Y: in.Y, W: in.W, H: min(step*len(d.fields), in.H)}
	for i := range d.fields {
		f, y := &d.fields[i], in.Y+step*i
		if y >= in.Y+in.H {
			break
		}
		mark := " "
		if i == d.at {
			mark = p.Theme.SelectMark
		}
		p.Text(in.X, y, 1, p.Theme.Key, mark)
		if i != d.at {
			f.input.Draw(p, kit.Rect{X: in.X + 1, Y: y, W: in.W - 2, H: 1})
		}
		if step == 2 && y+1 < in.Y+in.H {
			p.Text(in.X+3, y+1, in.W-4, p.Theme.Dim, kit.Fit(f.now, in.W-4))
		}
	}
	for i, l := range about {
		if y := in.Y + step*len(d.fields) + i; y < in.Y+in.H {
			p.Text(in.X+1, y, in.W-2, p.Theme.Of(l.style), l.text)
		}
	}
	if !foot.Empty() {
		p.Text(foot.X+1, foot.Y, foot.W-1, p.Theme.Dim, kit.Fit("Enter: change   Tab: next   Esc: no", foot.W-1))
	}
	// The one with the focus is drawn last: it has the cursor.
	if y := in.Y + step*d.at; y < in.Y+in.H {
		d.fields[d.at].input.Draw(p, kit.Rect{X: in.X + 1, Y: y, W: in.W - 2, H: 1})
	}
}

// Key implements kit.Dialog.
func (d *Dialog) Key(ev *tcell.EventKey) bool {
	n := len(d.fields)
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		d.over = true
		return true
	case tcell.KeyEnter:
		return d.accept()
	case tcell.KeyTab, tcell.KeyDown:
		d.at, d.enter = (d.at+1)%n, false
	case tcell.KeyBacktab, tcell.KeyUp:
		d.at, d.enter = (d.at+n-1)%n, false
	default:
		d.enter = false
		d.fields[d.at].input.Key(ev)
		d.replan()
	}
	return false
}

// Paste implements kit.Paster.
func (d *Dialog) Paste(s string) {
	d.enter = false
	d.fields[d.at].input.Paste(s)
	d.replan()
}

// Mouse implements kit.Dialog.
func (d *Dialog) Mouse(action tview.MouseAction, x, y int) bool {
	if action == tview.MouseLeftClick && d.area.Has(x, y) {
		d.at = min((y-d.area.Y)*len(d.fields)/max(d.area.H, 1), len(d.fields)-1)
	}
	return false
}
