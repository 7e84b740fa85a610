package ui

import (
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// choice is one line of the palette.
type choice struct {
	label   string // what it is found by, and shown
	id      string // what it is found by as well, if that begins so
	keys    string // that do the same
	text    string // what it does, or is
	off     string // why it cannot be used now
	fill    string // what Tab makes of the input
	changes bool
	process bool // it is a process by its PID
	rank    int
	do      func() // nil: what fill says
}

// palette is a line to type into, and above it what that could mean: words, actions of the key table, containers and
// processes. Enter does the line with the mark, which is put by itself only where what was typed is clear enough.
type palette struct {
	ui     *UI
	input  prompt
	list   []choice
	at     int // -1: Enter does what was typed
	top    int
	area   rect // of the list, empty if there is no room for one
	picked bool // the user put the mark where it is
	past   int  // the place in what was entered before; its length: not in there
	people []choice
	of     *Frame // whose processes people are
}

// historyMax is how many lines that were entered are kept.
const historyMax = 100

// askCommand opens the palette.
func (u *UI) askCommand() {
	p := &palette{ui: u, at: -1, past: len(u.entered)}
	p.input.label = ":"
	u.open(p)
	u.wantsChanged() // the names of containers
	p.fresh()
}

// fresh takes up another frame.
func (p *palette) fresh() {
	if p.of != p.ui.frame {
		p.of, p.people = p.ui.frame, p.ui.people()
	}
	label, picked := "", p.picked
	if p.at >= 0 && p.at < len(p.list) {
		label = p.list[p.at].label
	}
	p.match()
	if p.picked = picked; picked || label != "" { // the mark does not go to another line by itself
		p.at = slices.IndexFunc(p.list, func(c choice) bool { return label != "" && c.label == label })
	}
}

// people are the containers and processes of the table that is shown.
func (u *UI) people() []choice {
	if u.frame == nil || u.frame.Snap == nil {
		return nil
	}
	s := u.frame.Snap
	var containers, list []choice
	type backed struct{ at, count int }
	seen := map[string]*backed{}
	oldest := []*procwalk.Process{}
	for i := range s.Processes {
		process := &s.Processes[i]
		pid := strconv.Itoa(process.PID)
		c := choice{label: pid + " " + process.Comm.String(), fill: pid, process: true, text: fit(string(rows.AppendCommand(nil, process)), 200)}
		if u.opt.Names.Container != nil {
			if names := u.opt.Names.Container(process); len(names) > 0 {
				c.text = names[0].String() + ": " + c.text
				b := seen[names[0].Raw()]
				if b == nil {
					b = &backed{at: len(containers)}
					seen[names[0].Raw()] = b
					one := choice{label: "container " + names[0].String()}
					for _, id := range names[1:] {
						one.id, one.text = id.Raw(), id.String()
					}
					containers, oldest = append(containers, one), append(oldest, process)
				}
				if b.count++; process.StartTime < oldest[b.at].StartTime {
					oldest[b.at] = process
				}
			}
		}
		list = append(list, c)
	}
	for _, b := range seen {
		c := &containers[b.at]
		c.fill = strconv.Itoa(oldest[b.at].PID)
		c.text = strings.TrimSpace(c.text + " " + plural(b.count, "process", "processes") + ", PID " + c.fill)
	}
	return append(containers, list...)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// Ranks of a match, the best first.
const (
	exactly = iota
	begins
	wordBegins
	holds
	letters
	described // only what it does holds it
	noMatch
)

// rankOf says how well typed fits a name.
func rankOf(name, typed string) int {
	name, typed = strings.ToLower(name), strings.ToLower(typed)
	switch {
	case typed == "" || strings.HasPrefix(name, typed):
		if name == typed {
			return exactly
		}
		return begins
	case strings.Contains(name, " "+typed):
		return wordBegins
	case strings.Contains(name, typed):
		return holds
	}
	for word := range strings.FieldsSeq(typed) {
		if !rows.Fuzzy(name, word) {
			return noMatch
		}
	}
	return letters
}

// offered is how many processes and containers are listed at most.
const offered = 100

// match lists what the input could mean.
func (p *palette) match() {
	typed := strings.TrimLeft(p.input.value(), " ")
	p.list, p.at, p.top, p.picked = p.list[:0], -1, 0, false
	word, rest, spaced := strings.Cut(typed, " ")
	words := p.ui.allWords()
	if w := findWord(words, word); w != nil && spaced {
		p.arguments(w, word, strings.TrimLeft(rest, " "))
		for _, k := range p.ui.allKeys() { // one whose name begins with a word: "sort next"
			if rankOf(k.Action, typed) <= begins {
				p.add(p.action(k), typed)
			}
		}
	} else {
		typed = strings.TrimRight(typed, " ")
		same := map[string]bool{} // actions that a word stands for
		for i := range words {
			w := &words[i]
			names := strings.Fields(w.Words)
			c := choice{label: strings.TrimSpace(names[0] + " " + w.Args), text: w.Help, off: w.off(p.ui.opt.ReadOnly), fill: names[0], changes: w.Changes, rank: noMatch}
			if w.Args != "" {
				c.fill += " "
			}
			for _, name := range names {
				c.rank = min(c.rank, rankOf(name, typed))
			}
			if k := p.ui.actionNamed(w.Action); k != nil {
				c.keys, same[w.Action] = k.Keys, true
			}
			p.add(c, typed)
		}
		for _, k := range p.ui.allKeys() {
			if !same[k.Action] {
				p.add(p.action(k), typed)
			}
		}
		if typed != "" {
			n := 0
			for _, c := range p.people {
				pid, name, _ := strings.Cut(c.label, " ")
				if c.rank = rankOf(name, typed); pid != "container" {
					c.rank = min(c.rank, rankOf(pid, typed))
				} else if strings.HasPrefix(c.id, typed) {
					c.rank = min(c.rank, begins)
				}
				if c.rank < described && n < offered {
					p.list = append(p.list, c)
					n++
				}
			}
		}
	}
	slices.SortStableFunc(p.list, func(a, b choice) int { return a.rank - b.rank })
	if len(p.list) == 0 || typed == "" || p.area.empty() {
		return
	}
	if t, err := inventory.ParseTarget(typed); err != nil || t.Kind != inventory.ByWord && t.Kind != inventory.Self {
		// A PID, and nothing else that is called so or whose id begins so; what cannot be one; or what says which it is.
		p.at = slices.IndexFunc(p.list, func(c choice) bool { return c.process && c.fill == typed })
		return
	}
	// What changes the system is not begun by a few letters that happen to be in its name.
	if best := &p.list[0]; best.rank <= wordBegins || best.rank <= letters && !best.changes {
		p.at = 0
	}
}

func (p *palette) action(k Key) choice {
	return choice{label: k.Action, keys: k.Keys, text: k.Help, off: k.off(p.ui.opt.ReadOnly), fill: k.Action, changes: k.Changes,
		rank: -1, do: func() { p.ui.act(&k) }}
}

// add lists a word or an action, if what was typed fits its name or what it does.
func (p *palette) add(c choice, typed string) {
	if c.rank < 0 {
		c.rank = rankOf(c.label, typed)
	}
	if c.rank == noMatch && len(typed) >= 3 && strings.Contains(strings.ToLower(c.text), strings.ToLower(typed)) {
		c.rank = described
	}
	if c.rank < noMatch {
		p.list = append(p.list, c)
	}
}

// arguments lists what can follow a word. The mark stays away: what was typed may be meant as it is.
func (p *palette) arguments(w *Word, word, rest string) {
	c := choice{label: strings.TrimSpace(word + " " + w.Args), text: w.Help, off: w.off(p.ui.opt.ReadOnly), fill: p.input.value(), changes: w.Changes}
	if w.Offers == nil {
		c.rank = described
		p.list = append(p.list, c)
		return
	}
	before, last := "", rest
	if at := strings.LastIndexByte(rest, ' '); at >= 0 {
		before, last = rest[:at+1], rest[at+1:]
	}
	for _, o := range w.Offers(rest) {
		c := choice{label: o.label, text: o.text, fill: word + " " + before + o.label, changes: w.Changes, off: c.off, rank: rankOf(o.label, last)}
		if c.rank < noMatch {
			// The mark is only put on what stands there in full.
			if c.rank > exactly {
				c.rank += described
			}
			p.list = append(p.list, c)
		}
	}
}

func (p *palette) draw(pt painter, screen rect) {
	rest, foot := screen.bottom(1)
	if top := p.ui.layout().view.y; top > rest.y && rest.h-(top-rest.y) >= 5 {
		_, rest = rest.top(top - rest.y) // the header stays in sight
	}
	p.area = rect{}
	if screen.w >= 24 && rest.h >= 4 {
		p.drawList(pt, rest)
	}
	p.input.note = ""
	if len(p.list) == 0 && p.input.value() != "" {
		p.input.note = "nothing is called so"
	}
	p.input.draw(pt, foot)
}

func (p *palette) drawList(pt painter, r rect) {
	_, box := r.bottom(max(len(p.list), 1) + 2)
	p.area = rect{box.x + 1, box.y + 1, box.w - 2, box.h - 2}
	if len(p.list) == 0 {
		return
	}
	in := pt.box(box, "Enter: do  Tab: complete  Up Down: choose  Esc: leave")
	if p.at >= 0 && p.at < p.top {
		p.top = p.at
	}
	if p.at >= p.top+in.h {
		p.top = p.at - in.h + 1
	}
	p.top = max(0, min(p.top, len(p.list)-in.h))
	label, keys := 0, 0
	for line := range min(in.h, len(p.list)-p.top) {
		c := &p.list[p.top+line]
		label, keys = max(label, width(c.label)), max(keys, width(c.keys))
	}
	label, keys = min(label, max(in.w/3, 14)), min(keys, 10)
	if keys > 0 {
		keys += 2
	}
	for line := range min(in.h, len(p.list)-p.top) {
		c, y := &p.list[p.top+line], in.y+line
		style, key, mark, about := pt.theme.plain, pt.theme.key, " ", c.text
		if c.off != "" {
			style, about = pt.theme.dim, "("+c.off+") "+c.text
		}
		if p.top+line == p.at {
			style, key, mark = pt.theme.selected, pt.theme.selected, pt.theme.selectMark
		}
		pt.blank(in.x, y, in.w, style)
		pt.text(in.x, y, 1, style, mark)
		pt.text(in.x+1, y, min(label, in.w-1), style, fit(c.label, min(label, in.w-1)))
		if at := 1 + label + 2; at < in.w && keys > 0 {
			pt.text(in.x+at, y, min(keys, in.w-at), key, fit(c.keys, min(keys-2, in.w-at)))
		}
		if at := 1 + label + 2 + keys; at < in.w {
			pt.text(in.x+at, y, in.w-at, style, fit(about, in.w-at))
		}
	}
}

func (p *palette) key(ev *tcell.EventKey) bool {
	browsing := p.past < len(p.ui.entered)
	switch k := ev.Key(); {
	case k == tcell.KeyEsc, k == tcell.KeyCtrlC:
		p.close()
		return true
	case k == tcell.KeyEnter:
		p.enter()
		return true
	case k == tcell.KeyTab:
		p.complete()
	case k == tcell.KeyCtrlP, k == tcell.KeyUp && p.at <= 0 && (browsing || p.input.value() == ""):
		p.recall(-1)
	case k == tcell.KeyCtrlN, k == tcell.KeyDown && browsing:
		p.recall(1)
	case k == tcell.KeyDown:
		p.pick(p.at + 1)
	case k == tcell.KeyUp:
		p.pick(p.at - 1)
	case k == tcell.KeyPgDn:
		p.pick(p.at + max(p.area.h, 1))
	case k == tcell.KeyPgUp:
		p.pick(max(p.at-max(p.area.h, 1), 0))
	default:
		before := p.input.value()
		p.input.key(ev)
		p.changed(before)
	}
	return false
}

// complete makes of the input what the line with the mark is filled in with, or the first. Of a number nothing is made
// that does not begin so.
func (p *palette) complete() {
	if len(p.list) == 0 {
		return
	}
	fill, typed := p.list[max(p.at, 0)].fill, strings.TrimSpace(p.input.value())
	if t, err := inventory.ParseTarget(typed); p.at < 0 && (err != nil || t.Kind == inventory.ByPID) && !strings.HasPrefix(fill, typed) {
		return
	}
	p.set(fill)
}

// pick puts the mark on a line; before the first is what was typed.
func (p *palette) pick(at int) { p.at, p.picked = max(-1, min(at, len(p.list)-1)), true }

func (p *palette) changed(before string) {
	if p.input.value() != before {
		p.past = len(p.ui.entered)
		p.match()
	}
}

func (p *palette) paste(s string) {
	before := p.input.value()
	p.input.paste(s)
	p.changed(before)
}

// set replaces the input.
func (p *palette) set(s string) {
	p.input.input = []rune(s)
	p.input.at = len(p.input.input)
	p.match()
}

// recall goes back and forth in what was entered before.
func (p *palette) recall(by int) {
	past := max(0, min(p.past+by, len(p.ui.entered)))
	if past == p.past {
		return
	}
	line := ""
	if past < len(p.ui.entered) {
		line = p.ui.entered[past]
	}
	p.set(line)
	p.past = past
}

// enter leaves the palette and does the line with the mark, or what was typed.
func (p *palette) enter() {
	u, line := p.ui, strings.TrimSpace(p.input.value())
	do := func() { u.command(line) }
	if p.at >= 0 && p.at < len(p.list) {
		c := p.list[p.at]
		line = strings.TrimSpace(c.fill)
		if do = c.do; do == nil {
			if strings.HasSuffix(c.fill, " ") && p.list[p.at].rank > exactly {
				// A word that wants something after it, and not all of it was typed: it is to go on.
				do = func() {
					u.askCommand()
					if next, ok := u.overlays[len(u.overlays)-1].(*palette); ok {
						next.area = p.area
						next.set(c.fill)
					}
				}
			} else {
				do = func() { u.command(line) }
			}
		}
	}
	if n := len(u.entered); line != "" && (n == 0 || u.entered[n-1] != line) {
		u.entered = append(u.entered, line)
		u.entered = u.entered[max(0, len(u.entered)-historyMax):]
	}
	p.close()
	do()
}

func (p *palette) close() {
	p.ui.closeOverlay(p)
	p.ui.wantsChanged()
}

func (p *palette) mouse(action tview.MouseAction, x, y int) bool {
	switch action {
	case tview.MouseScrollDown:
		p.pick(p.at + 1)
	case tview.MouseScrollUp:
		p.pick(max(p.at-1, 0))
	case tview.MouseLeftClick, tview.MouseLeftDoubleClick:
		if i := p.top + y - p.area.y; p.area.has(x, y) && i < len(p.list) {
			p.pick(i)
			p.enter()
		} else if !p.area.has(x, y) {
			p.close()
		}
		return !slices.Contains(p.ui.overlays, overlay(p))
	}
	return false
}
