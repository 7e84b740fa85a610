// Package help is the page of the key ?: all keys and words in groups, side by side where there is room, and what the
// marks on the screen mean. It is made from the tables that keys and words are dispatched by.
package help

import (
	"fmt"
	"strings"

	"bones/ui/kit"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Entry is one thing that can be pressed or typed, or a mark on the screen, and what it means.
type Entry struct {
	Keys, Text string
	Changes    bool   // it can change the system
	Off        string // why it cannot be used now; empty: it can
	Action     string // its name in the configuration file and the palette, by which / finds it as well
}

// Section is what stands under one heading.
type Section struct {
	Title   string
	Entries []Entry
}

// Keys makes a group of lines of the key table. locked is why nothing may be changed; empty: it may.
func Keys(title string, keys []kit.Binding, locked string) Section {
	g := Section{Title: title}
	for _, k := range keys {
		g.Entries = append(g.Entries, Entry{k.Keys, k.Help, k.Changes, k.WhyOff(locked), k.Action})
	}
	return g
}

// Words makes a group of words of the palette.
func Words(title string, words []kit.Word, locked string) Section {
	g := Section{Title: title}
	for _, w := range words {
		name := ":" + strings.TrimSpace(w.Words+" "+w.Args)
		g.Entries = append(g.Entries, Entry{name, w.Help, w.Changes, w.WhyOff(locked), ""})
	}
	return g
}

// Page is the dialog. / searches it: only what holds the text stays.
type Page struct {
	groups []Section
	search *kit.Prompt // what is searched for
	typing bool        // keys go there

	top, height, columns, lines int // of the last drawing
}

// New makes the page.
func New(groups []Section) *Page {
	return &Page{groups: groups, search: kit.NewPrompt(kit.Question{Label: "/"})}
}

// line is one line of a column.
type line struct {
	keys, text string
	style      func(*kit.Theme) tcell.Style // of the text
	changes    bool
	title      bool
}

// The least width of a column, and how many there are at most: longer lines than that are hard to read.
const (
	columnMin  = 38
	columnsMax = 3
)

// keysWidth is how much of a column belongs to the keys.
func keysWidth(column int) int { return min(max(column/3, 12), 22) }

// flow makes the lines of a column, as wide as that, of all groups in which something holds the text.
func (h *Page) flow(width int) []line {
	var lines []line
	sought := strings.ToLower(strings.TrimSpace(h.search.Value()))
	for _, g := range h.groups {
		var in []line
		for _, e := range g.Entries {
			if strings.Contains(strings.ToLower(e.Keys+" "+e.Action+" "+e.Text+" "+g.Title), sought) {
				in = append(in, e.lines(width)...)
			}
		}
		if len(in) == 0 {
			continue
		}
		if len(lines) > 0 {
			lines = append(lines, line{})
		}
		for _, l := range kit.Wrap(g.Title, width-1) {
			lines = append(lines, line{keys: l, title: true})
		}
		lines = append(lines, in...)
	}
	return lines
}

// lines wraps the text beside the keys; keys too long for their place stand above it.
func (e *Entry) lines(width int) []line {
	text, style := e.Text, plain
	if e.Off != "" {
		text, style = text+" ("+e.Off+")", dim
	}
	room := keysWidth(width)
	var lines []line
	keys := e.Keys
	if kit.Width(keys) > room-2 {
		for _, l := range kit.Wrap(keys, width-2) {
			lines = append(lines, line{keys: l, changes: e.Changes && len(lines) == 0})
		}
		keys = ""
	}
	for i, l := range kit.Wrap(text, max(width-room-2, 8)) {
		one := line{text: l, style: style}
		if i == 0 {
			one.keys, one.changes = keys, e.Changes && keys != ""
		}
		lines = append(lines, one)
	}
	return lines
}

func plain(t *kit.Theme) tcell.Style { return t.Plain }
func dim(t *kit.Theme) tcell.Style   { return t.Dim }

// Draw implements kit.Dialog.
func (h *Page) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(screen, "Keys (! changes the system)")
	var foot kit.Rect
	if in.H > 8 {
		in, foot = in.Bottom(1)
	}
	h.columns = max(1, min(in.W/columnMin, columnsMax))
	width := in.W / h.columns
	lines := h.flow(width)
	h.height, h.lines = in.H, len(lines)
	h.top = max(0, min(h.top, h.lines-h.height*h.columns))
	for i, l := range lines[h.top:min(h.top+h.height*h.columns, h.lines)] {
		l.draw(p, kit.Rect{X: in.X + i/h.height*width, Y: in.Y + i%h.height, W: width - 1, H: 1})
	}
	if foot.Empty() {
		return
	}
	if h.typing || h.search.Value() != "" {
		h.search.Note = ""
		if h.lines == 0 {
			h.search.Note = "nothing here holds that"
		}
		h.search.Draw(p, kit.Rect{X: foot.X + 1, Y: foot.Y, W: foot.W - 1, H: 1})
		if !h.typing {
			p.Screen.HideCursor()
		}
		return
	}
	s := fmt.Sprintf("%d-%d of %d lines   / search  j k scroll  Space next page  any other key closes", h.top+1,
		min(h.top+h.height*h.columns, h.lines), h.lines)
	p.Text(foot.X+1, foot.Y, foot.W-1, p.Theme.Dim, kit.Fit(s, foot.W-1))
}

func (l *line) draw(p kit.Painter, r kit.Rect) {
	if l.title {
		p.Text(r.X+1, r.Y, r.W-1, p.Theme.Title, l.keys)
		return
	}
	if l.changes {
		p.Text(r.X, r.Y, 1, p.Theme.Bad, "!")
	}
	p.Text(r.X+1, r.Y, r.W-1, p.Theme.Key, l.keys)
	if at := keysWidth(r.W + 1); l.text != "" && at < r.W {
		p.Text(r.X+at, r.Y, r.W-at, l.style(p.Theme), l.text)
	}
}

// Key implements kit.Dialog.
func (h *Page) Key(ev *tcell.EventKey) bool {
	switch {
	case h.typing && ev.Key() == tcell.KeyEnter:
		h.typing = false
	case h.typing && ev.Key() == tcell.KeyEsc:
		h.typing = false
		h.search.SetValue("")
	case h.typing:
		h.search.Key(ev)
		h.top = 0
	case kit.PressedAny(ev, "/ F3"):
		h.typing = true
	case ev.Key() == tcell.KeyEsc && h.search.Value() != "":
		h.search.SetValue("")
	default:
		by, ok := kit.ScrollBy(ev, h.height*h.columns+1)
		if !ok {
			return true
		}
		h.top = max(0, min(h.top+by, h.lines))
	}
	return false
}

// Paste implements kit.Paster.
func (h *Page) Paste(s string) {
	if h.typing {
		h.search.Paste(s)
		h.top = 0
	}
}

// Mouse implements kit.Dialog.
func (h *Page) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollDown:
		h.top += 3
	case tview.MouseScrollUp:
		h.top = max(h.top-3, 0)
	case tview.MouseLeftClick:
		return true
	}
	return false
}
