package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// CopyProgress is how far a copy is.
type CopyProgress struct {
	Path  string // of the file that is copied now; hostile text
	Done  int64  // bytes of it
	Total int64  // below 1: not known
	Files int    // how many were copied before it
}

// copying shows how far a copy is, and gives it up on a key.
type copying struct {
	ui     *UI
	title  string
	cancel context.CancelFunc
	begun  time.Time
	told   time.Time // when progress was shown last; for the goroutine that copies
	now    CopyProgress
	bytes  int64 // of all files, before the present one
}

// copyEvery is how often progress is drawn.
const copyEvery = 100 * time.Millisecond

// startCopy opens the dialog and does the work in a goroutine; what it returns is said at the end.
func (u *UI) startCopy(title string, work func(ctx context.Context, progress func(CopyProgress)) (message, error)) {
	ctx, cancel := context.WithCancel(u.ctx)
	c := &copying{ui: u, title: title, cancel: cancel, begun: u.opt.Now()}
	u.open(c)
	u.spawn(func() {
		said, err := work(ctx, c.progress)
		gaveUp := ctx.Err() != nil
		cancel()
		u.post(func() {
			u.closeOverlay(c)
			switch {
			case err != nil && gaveUp && !errors.Is(err, rootfs.ErrUnclear):
				said = message{rows.Warn, "given up: " + title}
			case err != nil:
				said = message{rows.Bad, sanitiseError(err)}
			}
			u.message = said
			u.col.refresh()
		})
	})
}

// progress is told by the goroutine that copies.
func (c *copying) progress(p CopyProgress) {
	now := c.ui.opt.Now()
	if now.Sub(c.told) < copyEvery {
		return
	}
	c.told = now
	c.ui.post(func() {
		if p.Path != c.now.Path {
			c.bytes += max(c.now.Done, 0)
		}
		c.now = p
	})
}

func (c *copying) draw(p painter, screen rect) {
	in := p.box(lay(screen, 74, 6), c.title)
	if in.empty() {
		return
	}
	put := func(y int, style tcell.Style, s string) {
		if y < in.h {
			p.text(in.x+1, in.y+y, max(in.w-2, 0), style, fit(s, in.w-2))
		}
	}
	name := text.Line(c.now.Path)
	if c.now.Files > 0 {
		name = fmt.Sprintf("%s, after %d others", name, c.now.Files)
	}
	put(0, p.theme.plain, name)
	speed := ""
	if t := c.ui.opt.Now().Sub(c.begun).Seconds(); t > 0.2 {
		speed = fmt.Sprintf(", %s/s", rows.Size(uint64(float64(c.bytes+c.now.Done)/t)))
	}
	if c.now.Total > 0 {
		share := min(float64(c.now.Done)/float64(c.now.Total), 1)
		const cells = 30
		full := int(share * cells)
		put(1, p.theme.bar, "["+strings.Repeat(p.theme.barFull, full)+strings.Repeat(p.theme.barEmpty, cells-full)+"] "+
			fmt.Sprintf("%3.0f%%  %s of %s%s", share*100, rows.Size(uint64(c.now.Done)), rows.Size(uint64(c.now.Total)), speed))
	} else {
		put(1, p.theme.plain, rows.Size(uint64(max(c.now.Done, 0)))+speed)
	}
	put(3, p.theme.dim, "Esc gives up; of a file that was begun nothing stays")
}

func (c *copying) key(ev *tcell.EventKey) bool {
	if ev.Key() == tcell.KeyEsc || ev.Key() == tcell.KeyCtrlC || pressed(ev, "q") {
		c.cancel()
		c.title += ": giving up ..."
	}
	return false // it closes when the work has ended
}

func (c *copying) mouse(tview.MouseAction, int, int) bool { return false }
