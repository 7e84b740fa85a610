package ui

import (
	"fmt"

	"bones/procwalk/effect"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// confirm asks before effects are carried out. The answer is No unless the user goes and says otherwise; what is grave
// wants a word typed.
type confirm struct {
	effects []effect.Effect
	ask     []effect.Question // of each effect; the zero one where nothing has to be asked
	asked   bool              // one of them has to be asked
	grave   bool
	yes     bool // where the highlight is
	typed   string
	do      func()
	refuse  func() // instead of do, where the screen was too small to show what it is about
	shown   bool
	buttons rect
}

func newConfirm(effects []effect.Effect, said effect.Said, do, refuse func()) *confirm {
	c := &confirm{effects: effects, refuse: refuse}
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

// lines are what is shown: what, to whom, why to think twice, and the command.
func (c *confirm) lines() []string {
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

func (c *confirm) draw(p painter, screen rect) {
	wide := min(max(screen.w-8, 20), 76)
	var lines []string
	for _, l := range c.lines() {
		lines = append(lines, wrap(l, wide-4)...)
	}
	title := "Are you sure?"
	if c.grave {
		title = "This is grave"
	}
	in := p.box(lay(screen, wide, len(lines)+4), title)
	text, foot := in.bottom(1)
	c.buttons = foot
	c.shown = text.h > 1 && text.w >= 20
	for i := range min(len(lines), text.h) {
		l := lines[i]
		if i == text.h-1 && i+1 < len(lines) {
			l = fmt.Sprintf("... %d lines more than the screen has room for", len(lines)-i)
		}
		p.text(text.x+1, text.y+i, text.w-2, p.theme.plain, l)
	}
	if foot.empty() {
		return
	}
	p.blank(foot.x, foot.y, foot.w, p.theme.plain)
	if c.grave {
		p.text(foot.x+1, foot.y, foot.w-1, p.theme.bad, fmt.Sprintf("type %q and Enter, or Esc: %s_", effect.Word, c.typed))
		return
	}
	no, yes := p.theme.selected, p.theme.plain
	if c.yes {
		no, yes = yes, no
	}
	mark := func(on bool, s string) string {
		if on {
			return "[" + s + "]"
		}
		return " " + s + " "
	}
	n := p.text(foot.x+1, foot.y, foot.w-1, no, mark(!c.yes, "No"))
	p.text(foot.x+3+n, foot.y, foot.w-3-n, yes, mark(c.yes, "Yes"))
}

func (c *confirm) key(ev *tcell.EventKey) bool {
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

func (c *confirm) mouse(action tview.MouseAction, x, y int) bool {
	if action != tview.MouseLeftClick || c.grave || !c.buttons.has(x, y) {
		return false
	}
	if x >= c.buttons.x+8 && x < c.buttons.x+13 {
		c.do()
		return true
	}
	return x < c.buttons.x+6
}
