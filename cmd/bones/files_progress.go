package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"

	"golang.org/x/term"
)

// progress shows how far a copy is, on a terminal and once it has taken a second.
type progress struct {
	out   io.Writer
	path  string
	name  string
	total int64
	begun time.Time
	last  time.Time
	shown bool
}

func (a *app) newProgress(name string, total int64) *progress {
	p := &progress{path: name, name: text.Line(filepath.Base(name)), total: total, begun: time.Now()}
	if f, ok := a.err.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.out = a.err
	}
	return p
}

func (p *progress) at(done int64) {
	now := time.Now()
	if p.out == nil || done < 0 || now.Sub(p.begun) < time.Second || now.Sub(p.last) < 200*time.Millisecond {
		return
	}
	p.last, p.shown = now, true
	share := ""
	if p.total > 0 {
		share = fmt.Sprintf(" %3d%%", done*100/p.total)
	}
	fmt.Fprintf(p.out, "\r%s%s %d MiB, %.0f MiB/s; ^C gives up\x1b[K", p.name, share, done>>20,
		float64(done)/(1<<20)/now.Sub(p.begun).Seconds())
}

func (p *progress) end() {
	if p != nil && p.shown {
		p.shown = false
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// shownProgress is the progress of the file that is copied now.
type shownProgress struct{ *progress }

func (p *shownProgress) end() { p.progress.end() }

// showing shows on the terminal how far a copy is. The time and the speed are those of the whole copy.
func (a *app) showing(p *shownProgress) func(rootfs.Progress) {
	begun := time.Now()
	return func(now rootfs.Progress) {
		if p.progress == nil || p.path != now.Path {
			shown := p.progress != nil && p.shown
			p.progress = a.newProgress(now.Path, now.Total)
			p.begun, p.shown = begun, shown
		}
		p.at(now.Done)
	}
}
