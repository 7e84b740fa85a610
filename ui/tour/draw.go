package tour

import (
	"fmt"
	"strings"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
)

// The panel has a line with the title, the text, what to press and the command by hand: so many lines beside the text.
const otherLines = 3

// textLines is how many lines the text has at least: the panel does not change its height at every key.
const textLines = 3

// narrow is the width under which the panel does without the command by hand.
const narrow = 40

// Lines is how many lines of a screen the panel takes; 0 where there is no tour.
func (p *Panel) Lines(w, h int) int {
	if p == nil || h < 6 || w < 20 {
		return 0
	}
	n := otherLines + max(textLines, len(kit.Wrap(p.text(), w-2)))
	return min(n, max(h/2, 4))
}

// text is what the panel says.
func (p *Panel) text() string {
	step := &p.steps[p.at]
	switch {
	case !p.have:
		return "bones is reading what there is to see ..."
	case p.facts.Ended:
		return fmt.Sprintf("%s has ended: PID %d is not there any more, and there is nothing left to look at. %s leaves "+
			"the tour.", p.facts.Name, p.facts.PID, p.sh.KeyFor("quit"))
	case p.said[p.at] != "":
		return "Done. " + p.said[p.at]
	}
	if why := step.parts[p.part].lacks(&p.facts); why != "" {
		return fmt.Sprintf("This step cannot be taken here: %s. Where it can, the line by hand does it; go on with %s.", why,
			p.sh.KeyFor(actionNext))
	}
	return step.parts[p.part].say(&p.facts)
}

// presses are what leads on.
func (p *Panel) presses() []Press {
	step := &p.steps[p.at]
	switch {
	case !p.have:
		return nil
	case p.facts.Ended, p.said[p.at] != "" && p.at == len(p.steps)-1:
		return p.afterClearing(Press{Key: "q", Action: "quit"})
	case p.said[p.at] != "", step.parts[p.part].lacks(&p.facts) != "":
		return p.afterClearing(Press{Key: "^n", Action: actionNext})
	}
	return step.parts[p.part].keys(&p.facts, &p.seen)
}

// afterClearing is a key of the UI, for which nothing may be in the way.
func (p *Panel) afterClearing(k Press) []Press {
	if p.seen.Dialog != "" || p.seen.Typing {
		return key("Esc") // alone: to a terminal Esc with a key right after it is another key
	}
	return []Press{k}
}

// title is what stands in the first line.
func (p *Panel) title() string {
	step := &p.steps[p.at]
	return fmt.Sprintf("Tour %d/%d: %s", step.Number, p.steps[len(p.steps)-1].Number, step.Name)
}

// Draw paints the panel.
func (p *Panel) Draw(paint kit.Painter, r kit.Rect) {
	if p == nil || r.Empty() {
		return
	}
	paint.Clear(r, paint.Theme.Plain)
	head, rest := r.Top(1)
	skip := "skip"
	if p.said[p.at] != "" {
		skip = "next"
	}
	keys := []string{p.sh.KeyFor(actionNext), skip, p.sh.KeyFor(actionBack), "back", p.sh.KeyFor("quit"), "leave"}
	paint.Rule(head, p.title(), keys)
	var press, hand kit.Rect
	if rest.H > 2 {
		rest, hand = rest.Bottom(1)
	}
	if rest.H > 1 {
		rest, press = rest.Bottom(1)
	}
	style := paint.Theme.Plain
	if p.said[p.at] != "" {
		style = paint.Theme.Good
	}
	lines := kit.Wrap(p.text(), r.W-2)
	for i := range min(len(lines), rest.H) {
		s := lines[i]
		if i == rest.H-1 && len(lines) > rest.H {
			s = kit.Fit(s+" "+lines[i+1], rest.W-2)
		}
		paint.Text(rest.X+1, rest.Y+i, rest.W-2, style, s)
	}
	p.drawPresses(paint, press)
	if s := p.hand(); s != "" && r.W >= narrow && !hand.Empty() {
		n := paint.Text(hand.X+1, hand.Y, hand.W-2, paint.Theme.Dim, "by hand: ")
		paint.Text(hand.X+1+n, hand.Y, hand.W-2-n, paint.Theme.Plain, kit.Fit(s, hand.W-2-n))
	}
}

// hand is the command that does the step by hand.
func (p *Panel) hand() string {
	if !p.have {
		return ""
	}
	return p.steps[p.at].hand(&p.facts)
}

// words are the presses as they stand on the screen: keys by their names, what is typed in quotes.
func (p *Panel) words() (list []token) {
	inside := false
	for _, k := range p.presses() {
		if k.Inside && !inside {
			inside = true
			list = append(list, token{text: thenInside})
		}
		name := k.Key
		if k.Action != "" {
			if name = p.sh.KeyFor(k.Action); name == ":"+k.Action && len(name) > 1 { // it has no key
				list = append(list, token{p.sh.KeyFor("command"), true}, token{`"` + k.Action + `"`, false},
					token{"Enter", true})
				continue
			}
		}
		if name == "" {
			list = append(list, token{`"` + k.Text + `"`, false})
			continue
		}
		list = append(list, token{name, true})
	}
	return list
}

// token is one of the things to press.
type token struct {
	text string
	key  bool
}

// thenInside stands before what is not for the UI, but for the program that it has started.
const thenInside = "then inside"

func (p *Panel) drawPresses(paint kit.Painter, r kit.Rect) {
	list := p.words()
	if r.Empty() || len(list) == 0 {
		return
	}
	x, end := r.X+1, r.X+r.W-1
	put := func(style tcell.Style, s string) {
		if x < end {
			x += paint.Text(x, r.Y, end-x, style, s)
		}
	}
	put(paint.Theme.Plain, "press")
	for _, w := range list {
		style := paint.Theme.Plain
		if w.key {
			style = paint.Theme.Key
		}
		put(paint.Theme.Plain, "  ")
		put(style, w.text)
	}
}

// String is what the panel shows as text, for tests.
func (p *Panel) String() string {
	var list []string
	for _, w := range p.words() {
		list = append(list, w.text)
	}
	return p.title() + "\n" + p.text() + "\npress  " + strings.Join(list, "  ") + "\nby hand: " + p.hand()
}
