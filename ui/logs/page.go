// Package logs is the page of the UI with what a container has printed: its last lines, and on with what comes.
package logs

import (
	"context"
	"fmt"

	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Most is how many lines the page holds.
const Most = 1000

// Text is what was read.
type Text struct {
	Lines  []rows.Line
	ByHand string // the command that goes on with the log
}

// Backend is what the page needs of the system.
type Backend struct {
	// Read reads the last lines, at most Most, of the log of what a TARGET names; called in a goroutine. It may be nil.
	Read func(ctx context.Context, target string) (Text, error)
}

// Off is why there is no page; empty: there is.
func (b Backend) Off() string {
	return kit.OffIf(b.Read == nil, "what containers print can only be read of this host as it is now")
}

// Show opens the page of a container that a TARGET names.
func (b Backend) Show(sh kit.Shell, target, name string) {
	if b.Read == nil {
		sh.Notice(rows.Warn, b.Off())
		return
	}
	p := &Page{title: "What " + name + " prints", follow: true}
	p.reader = kit.NewLoader(sh, func(struct{}) kit.Read {
		return func(ctx context.Context) func() {
			read, err := b.Read(ctx, target)
			return func() { p.set(read, err) }
		}
	})
	sh.Open(p)
	p.reader.Load(struct{}{})
}

// Page is the dialog. It reads the log again with each frame, and stays at the end of it until the user scrolls up.
type Page struct {
	title  string
	pane   kit.Pane
	follow bool
	byHand string
	reader *kit.Loader[struct{}]
}

func (g *Page) set(read Text, err error) {
	g.byHand = read.ByHand
	lines := read.Lines
	switch {
	case err != nil:
		lines = []rows.Line{{Value: kit.ErrorLine(err), Style: rows.Bad}}
	case len(lines) == 0:
		lines = []rows.Line{{Value: "it has printed nothing yet", Style: rows.Dim}}
	}
	g.pane.Set([]rows.Section{{Lines: lines}})
}

// Refresh implements kit.Refresher: it reads what came since.
func (g *Page) Refresh() {
	if g.follow && !g.reader.Busy() {
		g.reader.Reload(struct{}{})
	}
}

// Draw implements kit.Dialog.
func (g *Page) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(screen, g.title)
	body, foot := in, kit.Rect{}
	if in.H > 3 {
		body, foot = in.Bottom(1)
	}
	if g.pane.Empty() {
		p.Text(body.X, body.Y, body.W, p.Theme.Dim, kit.Fit("reading ...", body.W))
	} else {
		if g.follow {
			g.pane.Top = 1 << 30 // Paint makes the last page of it
		}
		g.pane.Paint(p, body)
	}
	if foot.Empty() {
		return
	}
	state := "paused, F follows"
	if g.follow {
		state = "follows"
	}
	line := fmt.Sprintf("%s   j k scroll  w wrap  Esc back", state)
	if g.byHand != "" {
		line += "   by hand: " + g.byHand
	}
	p.Text(foot.X, foot.Y, foot.W, p.Theme.Dim, kit.Fit(line, foot.W))
}

// Key implements kit.Dialog.
func (g *Page) Key(ev *tcell.EventKey) bool {
	if by, ok := kit.ScrollBy(ev, g.pane.Page); ok {
		g.scroll(by)
		return false
	}
	switch {
	case kit.PressedAny(ev, "^c Esc q x h Left L"):
		return true
	case kit.Pressed(ev, "w"):
		g.pane.ToggleWrap()
	case kit.PressedAny(ev, "F f"):
		g.follow = true
		g.Refresh()
	case kit.Pressed(ev, "r"):
		g.reader.Reload(struct{}{})
	}
	return false
}

// scroll stops following on the way up, and follows again at the end.
func (g *Page) scroll(by int) {
	g.pane.Scroll(by)
	g.follow = by > 0 && g.pane.Top >= g.pane.Lines()-g.pane.Page
}

// Mouse implements kit.Dialog.
func (g *Page) Mouse(action tview.MouseAction, _, _ int) bool {
	switch action {
	case tview.MouseScrollUp:
		g.scroll(-3)
	case tview.MouseScrollDown:
		g.scroll(3)
	}
	return false
}
