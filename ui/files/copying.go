package files

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"bones/procwalk/crash"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
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
	sh     kit.Shell
	title  string
	cancel context.CancelFunc
	begun  time.Time
	told   time.Time // when progress was shown last; for the goroutine that copies
	now    CopyProgress
	bytes  int64 // of all files, before the present one

	ignored bool // keys were pressed that do nothing here
}

// copyEvery is how often progress is drawn.
const copyEvery = 100 * time.Millisecond

// copyWork copies, tells how far it is, and returns what is to be said at the end.
type copyWork func(ctx context.Context, progress func(CopyProgress)) (kit.Notice, error)

// startCopy opens the dialog and does the work in a goroutine.
func (v *View) startCopy(title string, work copyWork) {
	given, cancel := context.WithCancel(context.Background())
	c := &copying{sh: v.sh, title: title, cancel: cancel, begun: v.sh.Now()}
	v.sh.Open(c)
	v.sh.Run(func(ctx context.Context) func() {
		ctx, stop := context.WithCancel(ctx)
		defer context.AfterFunc(given, crash.Guarded(stop))()
		said, err := work(ctx, c.progress)
		gaveUp := ctx.Err() != nil
		stop()
		return func() {
			cancel()
			v.sh.Close(c)
			switch {
			case err != nil && gaveUp && !errors.Is(err, rootfs.ErrUnclear):
				said = kit.Notice{Style: rows.Warn, Text: "given up: " + title}
			case err != nil:
				said = kit.Notice{Style: rows.Bad, Text: kit.ErrorLine(err)}
			}
			if c.ignored { // it may have been there too short a time to be seen
				said.Text += "; bones ignored what was typed while it copied"
			}
			v.sh.Notice(said.Style, said.Text)
			v.sh.Changed(v, kit.System)
		}
	})
}

// progress is told by the goroutine that copies.
func (c *copying) progress(p CopyProgress) {
	now := c.sh.Now()
	if now.Sub(c.told) < copyEvery {
		return
	}
	c.told = now
	c.sh.Post(func() {
		if p.Path != c.now.Path {
			c.bytes += max(c.now.Done, 0)
		}
		c.now = p
	})
}

// Draw implements kit.Dialog.
func (c *copying) Draw(p kit.Painter, screen kit.Rect) {
	in := p.Box(kit.Centre(screen, 74, 6), c.title)
	if in.Empty() {
		return
	}
	put := func(y int, style tcell.Style, s string) {
		if y < in.H {
			p.Text(in.X+1, in.Y+y, max(in.W-2, 0), style, kit.Fit(s, in.W-2))
		}
	}
	name := text.Line(c.now.Path)
	if c.now.Files > 0 {
		name = fmt.Sprintf("%s, after %d others", name, c.now.Files)
	}
	put(0, p.Theme.Plain, name)
	speed := ""
	if t := c.sh.Now().Sub(c.begun).Seconds(); t > 0.2 {
		speed = fmt.Sprintf(", %s/s", rows.Size(uint64(float64(c.bytes+c.now.Done)/t)))
	}
	if c.now.Total > 0 {
		share := min(float64(c.now.Done)/float64(c.now.Total), 1)
		const cells = 30
		full := int(share * cells)
		bar := strings.Repeat(p.Theme.BarFull, full) + strings.Repeat(p.Theme.BarEmpty, cells-full)
		done, total := rows.Size(uint64(c.now.Done)), rows.Size(uint64(c.now.Total))
		put(1, p.Theme.Bar, fmt.Sprintf("[%s] %3.0f%%  %s of %s%s", bar, share*100, done, total, speed))
	} else {
		put(1, p.Theme.Plain, rows.Size(uint64(max(c.now.Done, 0)))+speed)
	}
	put(3, p.Theme.Dim, "Esc gives up; of a file that was begun nothing stays")
}

// Key implements kit.Dialog.
func (c *copying) Key(ev *tcell.EventKey) bool {
	if ev.Key() == tcell.KeyEsc || ev.Key() == tcell.KeyCtrlC || kit.Pressed(ev, "q") {
		c.cancel()
		c.title += ": giving up ..."
	} else {
		c.ignored = true
	}
	return false // it closes when the work has ended
}

// Mouse implements kit.Dialog.
func (c *copying) Mouse(tview.MouseAction, int, int) bool { return false }
