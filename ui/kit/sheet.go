package kit

import (
	"context"
	"fmt"

	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Sheet is a dialog with sections to read: they are read in the background, and r reads them again. What there was stays
// while that goes on.
type Sheet struct {
	Title  string
	Failed string // the title of what is shown in their place where they cannot be read
	// More are further keys that close the sheet and do something: what stands in the line below, and what is done.
	More   []SheetKey
	pane   Pane
	reader *Loader[struct{}]
}

// SheetKey is a key of a Sheet alone.
type SheetKey struct {
	Keys, Help string
	Do         func() // after the sheet was closed
}

// NewSheet makes a sheet and begins to read it. read runs in a goroutine.
func NewSheet(in Background, title, failed string, read func(context.Context) ([]rows.Section, error)) *Sheet {
	s := &Sheet{Title: title, Failed: failed}
	s.reader = NewLoader(in, func(struct{}) Read {
		return func(ctx context.Context) func() {
			sections, err := read(ctx)
			return func() { s.show(sections, err) }
		}
	})
	return s
}

// Read reads it anew.
func (s *Sheet) Read() { s.reader.Load(struct{}{}) }

func (s *Sheet) show(sections []rows.Section, err error) {
	if err != nil {
		why := rows.Line{Value: ErrorLine(err), Style: rows.Bad}
		sections = []rows.Section{{Title: s.Failed, Lines: []rows.Line{why}}}
	}
	s.pane.Set(sections)
}

// Draw implements Dialog.
func (s *Sheet) Draw(p Painter, screen Rect) {
	in := p.Box(Centre(screen, 110, screen.H), s.Title)
	body, foot := in, Rect{}
	if in.H > 3 {
		body, foot = in.Bottom(1)
	}
	if s.pane.Empty() {
		p.Text(body.X, body.Y, body.W, p.Theme.Dim, Fit("reading ...", body.W))
	} else {
		s.pane.Paint(p, body)
	}
	if foot.Empty() {
		return
	}
	top, n := s.pane.Top, s.pane.Lines()
	said := fmt.Sprintf("%d-%d of %d lines", min(top+1, n), min(top+s.pane.Page, n), n)
	if s.reader.Busy() {
		said = "reading ..."
	}
	said += "   j k scroll  w wrap  r read again"
	for _, k := range s.More {
		said += "  " + k.Keys + " " + k.Help
	}
	p.Text(foot.X, foot.Y, foot.W, p.Theme.Dim, Fit(said+"  Esc back", foot.W))
}

// Key implements Dialog.
func (s *Sheet) Key(ev *tcell.EventKey) bool {
	if by, ok := ScrollBy(ev, s.pane.Page); ok {
		s.pane.Scroll(by)
		return false
	}
	for _, k := range s.More {
		if PressedAny(ev, k.Keys) {
			k.Do()
			return true
		}
	}
	switch {
	case PressedAny(ev, "^c Esc q x h Left"):
		return true
	case Pressed(ev, "w"):
		s.pane.ToggleWrap()
	case Pressed(ev, "r"):
		s.Read()
	}
	return false
}

// Mouse implements Dialog.
func (s *Sheet) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		s.pane.Scroll(-3)
	case tview.MouseScrollDown:
		s.pane.Scroll(3)
	}
	return false
}
