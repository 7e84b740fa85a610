// Package sheets is the sheets of the UI that compare two containers or processes, and that show what one has mounted.
package sheets

import (
	"context"
	"fmt"

	"bones/procwalk/crash"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// Backend is what the sheets need of the system. A target is a TARGET as the commands take it. All are called in
// goroutines, and may be nil.
type Backend struct {
	Diff func(ctx context.Context, a, b string) ([]rows.Section, error)
	// Storage shows mounts; with size it measures the writable layer, too, and tells how far that is. It ends with ctx.
	Storage func(ctx context.Context, target string, size bool, progress func(string)) ([]rows.Section, error)
}

// ShowDiff opens the comparison of two, and reports whether words are two, or it has said why they are not words.
func (b Backend) ShowDiff(sh kit.Shell, words string) bool {
	ends, err := kit.SplitWords(words)
	if err != nil {
		sh.Notice(rows.Warn, err.Error())
		return true
	}
	if len(ends) != 2 || b.Diff == nil {
		return false
	}
	s := kit.NewSheet(sh, fmt.Sprintf("%s and %s", text.Line(ends[0]), text.Line(ends[1])), "Not compared",
		func(ctx context.Context) ([]rows.Section, error) { return b.Diff(ctx, ends[0], ends[1]) })
	sh.Open(s)
	s.Read()
	return true
}

// cancelled is a sheet whose reading ends when it is closed.
type cancelled struct {
	*kit.Sheet
	cancel context.CancelFunc
}

// Key implements kit.Dialog.
func (c *cancelled) Key(ev *tcell.EventKey) bool {
	done := c.Sheet.Key(ev)
	if done {
		c.cancel()
	}
	return done
}

// ShowStorage opens what a target has mounted.
func (b Backend) ShowStorage(sh kit.Shell, target string) { b.show(sh, target, false) }

func (b Backend) show(sh kit.Shell, target string, size bool) {
	if target == "" {
		sh.Notice(rows.Warn, "name a container or process: :storage NAME, or a PID")
		return
	}
	over, cancel := context.WithCancel(context.Background())
	s := kit.NewSheet(sh, "Storage of "+text.Line(target), "Not read", func(ctx context.Context) ([]rows.Section, error) {
		ctx, end := context.WithCancel(ctx)
		defer end()
		defer context.AfterFunc(over, crash.Guarded(end))()
		return b.Storage(ctx, target, size, func(said string) {
			sh.Post(func() {
				if over.Err() == nil {
					sh.Notice(rows.Plain, "measuring: "+said+"; Esc ends it")
				}
			})
		})
	})
	if !size {
		s.More = []kit.SheetKey{{Keys: "s", Help: "size of the writable layer", Do: func() { b.show(sh, target, true) }}}
	}
	sh.Open(&cancelled{s, cancel})
	s.Read()
}
