// Package history is the page of the UI that lists what bones changed on this host: when, who, what, and what came of
// it. Any line can be taken back from there; the user is asked first.
package history

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// JournalLine is a change of the journal as the page shows it: with the name of who made it, and what went wrong in
// one text.
type JournalLine struct {
	N        int // its number, which stays its own for ever
	Time     time.Time
	Who      text.Text // the user's name, or UID
	What     text.Text
	ByHand   string
	Result   string    // done, failed, undone, unfinished
	Note     text.Text // what went wrong, or what else was said
	Undoable bool
}

// Backend is what the page needs of the system; both are called in goroutines.
type Backend struct {
	// List reads the journal, the oldest change first. notice is what could not be read; empty: nothing.
	List func(context.Context) (list []JournalLine, notice string, err error)
	// Undo makes the effect that takes back the change of a number.
	Undo func(ctx context.Context, n int) (effect.Effect, error)
}

// Page is the dialog. The latest change stands first.
type Page struct {
	sh      kit.Shell
	backend Backend
	locked  string // why nothing may be changed; empty: it may
	list    []JournalLine
	notice  string
	err     error
	table   kit.Table
	cursor  kit.Cursor[int] // by the number of the change
	read    bool            // the journal was read once
	reader  *kit.Loader[struct{}]
}

// New makes the page, and starts to read the journal.
func New(sh kit.Shell, b Backend, locked string) *Page {
	h := &Page{sh: sh, backend: b, locked: locked}
	h.table.Grid = &grid{h: h}
	h.reader = kit.NewLoader(sh, h.load)
	h.reader.Load(struct{}{})
	return h
}

// Refresh reads the journal again: it may have gone on.
func (h *Page) Refresh() { h.reader.Load(struct{}{}) }

func (h *Page) load(struct{}) kit.Read {
	return func(ctx context.Context) func() {
		list, notice, err := h.backend.List(ctx)
		return func() {
			h.read, h.err = true, err
			if err != nil {
				return
			}
			h.notice = notice
			h.list = h.list[:0]
			for i := len(list) - 1; i >= 0; i-- {
				h.list = append(h.list, list[i])
			}
			h.cursor.Follow(len(h.list), h.rowOf, h.keyOf)
		}
	}
}

func (h *Page) rowOf(n int) int {
	for i := range h.list {
		if h.list[i].N == n {
			return i
		}
	}
	return -1
}

func (h *Page) keyOf(row int) (int, bool) { return h.list[row].N, true }

func (h *Page) selected() *JournalLine {
	if h.cursor.Row < len(h.list) {
		return &h.list[h.cursor.Row]
	}
	return nil
}

func (h *Page) move(by int) {
	h.cursor.Move(len(h.list), h.cursor.Row+by, h.keyOf)
	h.table.Show(h.cursor.Row)
}

// Draw implements kit.Dialog.
func (h *Page) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(screen, "What bones changed on this host")
	if in.H > 8 {
		var foot kit.Rect
		in, foot = in.Bottom(1)
		p.Line(foot, p.Theme.Dim, kit.Fit(" u Enter: take this one back   r: read again   Esc: close", foot.W))
	}
	if c := h.selected(); c != nil && in.H > 8 {
		var about kit.Rect
		in, about = in.Bottom(4)
		h.describe(p, about, c)
	}
	h.table.Draw(p, in, h.cursor.Row)
	if len(h.list) > 0 || in.H < 2 {
		return
	}
	switch {
	case h.err != nil:
		p.Text(in.X+1, in.Y+1, in.W-1, p.Theme.Bad, kit.Fit(kit.ErrorLine(h.err), in.W-1))
	case !h.read:
		p.Text(in.X+1, in.Y+1, in.W-1, p.Theme.Dim, "reading the journal ...")
	default:
		p.Text(in.X+1, in.Y+1, in.W-1, p.Theme.Dim, "bones has changed nothing here yet")
	}
}

// describe paints what of a change has no room in its row.
func (h *Page) describe(p kit.Painter, r kit.Rect, c *JournalLine) {
	lines := kit.Wrap(fmt.Sprintf("%d: %s", c.N, text.Line(c.What.Raw())), max(r.W-2, 1))
	if c.Note.Len() > 0 {
		lines = append(lines, kit.Fit(text.Line(c.Note.Raw()), r.W-2))
	}
	if h.err != nil || h.notice != "" {
		line := h.notice
		if h.err != nil {
			line = kit.ErrorLine(h.err)
		}
		lines = append(lines, kit.Fit(line, r.W-2))
	}
	if room := max(r.H-1, 1); len(lines) > room { // the last one goes on beyond the edge, where its cut is seen
		lines = append(lines[:room-1], strings.Join(lines[room-1:], " "))
	}
	lines = append(lines, "by hand: "+text.Line(c.ByHand))
	for i, l := range lines[:min(len(lines), r.H)] {
		p.Text(r.X+1, r.Y+i, r.W-2, p.Theme.Plain, kit.Fit(l, r.W-2))
	}
}

// undo takes the selected change back; that is always asked about.
func (h *Page) undo() {
	c := h.selected()
	switch {
	case c == nil:
	case h.locked != "":
		h.sh.Notice(rows.Warn, "undo: "+h.locked)
	default:
		Undo(h.sh, h.backend, strconv.Itoa(c.N))
	}
}

// Key implements kit.Dialog.
func (h *Page) Key(ev *tcell.EventKey) bool {
	by, scrolls := kit.ScrollBy(ev, h.table.Page)
	switch {
	case kit.PressedAny(ev, "Esc q ^c"):
		return true
	case kit.PressedAny(ev, "u Enter"):
		h.undo()
	case kit.PressedAny(ev, "r"):
		h.Refresh()
	case kit.PressedAny(ev, "Shift-Right ^e"):
		h.table.Sideways(1)
	case kit.PressedAny(ev, "Shift-Left ^a"):
		h.table.Sideways(-1)
	case scrolls:
		h.move(by)
	}
	return false
}

// Mouse implements kit.Dialog.
func (h *Page) Mouse(action tview.MouseAction, x, y int) bool {
	h.table.Mouse(action, x, y, nil, func(row int) { h.move(row - h.cursor.Row) }, h.undo)
	return false
}

// grid makes a kit.Grid of the list.
type grid struct {
	h      *Page
	narrow bool // as it was drawn last
}

func (g *grid) Len() int      { return len(g.h.list) }
func (g *grid) Selected() int { return g.h.cursor.Row }

// Heads implements kit.Grid: on a narrow screen the date gives way, then who it was.
func (g *grid) Heads(width, _, _ int) []kit.Head {
	heads := []kit.Head{{Title: "N", Width: 5, Right: true}, {Title: "WHEN", Width: 19}, {Title: "WHO", Width: 10},
		{Title: "RESULT", Width: 10}, {Title: "WHAT", Wide: true}}
	if g.narrow = width < 60; g.narrow {
		heads = []kit.Head{heads[0], heads[3], heads[4]}
	}
	rest := width
	for _, h := range heads[:len(heads)-1] {
		rest -= h.Width + 1
	}
	heads[len(heads)-1].Width = max(rest, 1)
	return heads
}

// Cell implements kit.Grid.
func (g *grid) Cell(dst []byte, row, column int) ([]byte, int) {
	c := &g.h.list[row]
	if g.narrow && column > 0 {
		column += 2
	}
	switch column {
	case 0:
		return strconv.AppendInt(dst, int64(c.N), 10), 0
	case 1:
		return c.Time.Local().AppendFormat(dst, time.DateTime), 0
	case 2:
		return append(dst, text.Line(c.Who.Raw())...), 0
	case 3:
		return append(dst, c.Result...), 0
	}
	return append(dst, text.Line(c.What.Raw())...), 0
}

// Look implements kit.Grid: what cannot be taken back, or was already, is dim.
func (g *grid) Look(row int) kit.Look {
	switch c := &g.h.list[row]; {
	case c.Result == "failed", c.Result == "unfinished":
		return kit.Look{Style: rows.Warn}
	case !c.Undoable:
		return kit.Look{Style: rows.Dim}
	}
	return kit.Look{}
}

// Undo takes back the change of a number as it was typed; that is always asked about.
func Undo(sh kit.Exchange, b Backend, number string) {
	n, err := strconv.Atoi(number)
	switch {
	case b.Undo == nil:
		sh.Notice(rows.Warn, "undo: nothing can be undone here")
	case err != nil || n < 1:
		sh.Notice(rows.Warn, fmt.Sprintf("undo %q: give a number, as :history shows them", text.New(number)))
	default:
		sh.Perform(kit.Plan{Ask: true, Make: func(ctx context.Context) (effect.Effect, error) { return b.Undo(ctx, n) }})
	}
}
