package kit

import (
	"fmt"

	"bones/procwalk/effect"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Confirm asks before effects are carried out. The answer is No unless the user goes and says otherwise; what is grave
// wants a word typed.
type Confirm struct {
	effects []effect.Effect
	ask     []effect.Question // of each effect; the zero one where nothing has to be asked
	asked   bool              // one of them has to be asked
	grave   bool
	yes     bool // where the highlight is
	typed   string
	do      func()
	refuse  func() // instead of do, where the screen was too small to show what it is about
	shown   bool
	buttons Rect
}

// NewConfirm asks about effects: do carries them out, refuse is called instead where the screen was too small to show
// them. said is what the user has said so far; whether there is anything to ask, effect.Ask decides, and Asked tells.
func NewConfirm(effects []effect.Effect, said effect.Said, do, refuse func()) *Confirm {
	c := &Confirm{effects: effects, refuse: refuse}
	c.do = func() {
		if c.shown {
			do()
		} else {
			refuse()
		}
	}
	for _, e := range effects {
		q, asked := effect.Ask(e, effect.ProvenanceOf(e, said))
		c.ask, c.asked, c.grave = append(c.ask, q), c.asked || asked, c.grave || q.Level >= effect.Grave
	}
	return c
}

// Asked reports whether there is anything to ask; if not, the effects may be carried out at once.
func (c *Confirm) Asked() bool { return c.asked }

// lines are what is shown: what, to whom, why to think twice, and the command.
func (c *Confirm) lines() []string {
	const most = 8
	var lines []string
	for i, e := range c.effects {
		if i == most {
			lines = append(lines, fmt.Sprintf("and %d more", len(c.effects)-most))
			break
		}
		lines = append(lines, e.Describe()+"?")
	}
	seen := map[string]bool{}
	for i, e := range c.effects {
		for _, why := range c.ask[i].Why {
			if !seen[why] {
				seen[why] = true
				lines = append(lines, "  "+why)
			}
		}
		if u := e.Undo(); !u.Possible && u.Why != "" && !seen[u.Why] {
			seen[u.Why] = true
			lines = append(lines, "  no undo: "+u.Why)
		}
	}
	lines = append(lines, "")
	for i, e := range c.effects {
		if i == most {
			break
		}
		lines = append(lines, "by hand: "+e.ByHand())
	}
	return lines
}

// Draw implements Dialog.
func (c *Confirm) Draw(p Painter, screen Rect) {
	wide := min(max(screen.W-8, 20), 76)
	var lines []string
	for _, l := range c.lines() {
		lines = append(lines, Wrap(l, wide-4)...)
	}
	title := "Are you sure?"
	if c.grave {
		title = "This is grave"
	}
	in := p.Box(Centre(screen, wide, len(lines)+4), title)
	text, foot := in.Bottom(1)
	c.buttons = foot
	c.shown = text.H > 1 && text.W >= 20
	for i := range min(len(lines), text.H) {
		l := lines[i]
		if i == text.H-1 && i+1 < len(lines) {
			l = fmt.Sprintf("... %d lines more than the screen has room for", len(lines)-i)
		}
		p.Text(text.X+1, text.Y+i, text.W-2, p.Theme.Plain, l)
	}
	if foot.Empty() {
		return
	}
	p.Blank(foot.X, foot.Y, foot.W, p.Theme.Plain)
	if c.grave {
		s := fmt.Sprintf("type %q and Enter, or Esc: %s_", effect.Word, c.typed)
		p.Text(foot.X+1, foot.Y, foot.W-1, p.Theme.Bad, s)
		return
	}
	no, yes := p.Theme.Selected, p.Theme.Plain
	if c.yes {
		no, yes = yes, no
	}
	mark := func(on bool, s string) string {
		if on {
			return "[" + s + "]"
		}
		return " " + s + " "
	}
	n := p.Text(foot.X+1, foot.Y, foot.W-1, no, mark(!c.yes, "No"))
	p.Text(foot.X+3+n, foot.Y, foot.W-3-n, yes, mark(c.yes, "Yes"))
}

// Key implements Dialog.
func (c *Confirm) Key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyEsc, tcell.KeyCtrlC:
		return true
	case tcell.KeyEnter:
		if c.grave && c.typed == effect.Word || !c.grave && c.yes {
			c.do()
		}
		return true
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		if c.typed != "" {
			c.typed = c.typed[:len(c.typed)-1]
		}
	case tcell.KeyLeft, tcell.KeyRight, tcell.KeyTab, tcell.KeyBacktab:
		c.yes = !c.yes
	case tcell.KeyRune:
		r := ev.Rune()
		if c.grave {
			if r > ' ' && r < 0x7f && len(c.typed) < 8 {
				c.typed += string(r)
			}
			return false
		}
		switch r {
		case 'y', 'Y':
			c.do()
			return true
		case 'n', 'N', 'q':
			return true
		}
	}
	return false
}

// Mouse implements Dialog.
func (c *Confirm) Mouse(action tview.MouseAction, x, y int) bool {
	if action != tview.MouseLeftClick || c.grave || !c.buttons.Has(x, y) {
		return false
	}
	if x >= c.buttons.X+8 && x < c.buttons.X+13 {
		c.do()
		return true
	}
	return x < c.buttons.X+6
}
