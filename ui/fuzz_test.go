package ui

import (
	"math/rand/v2"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/procwalk/proctest"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// play drives a UI with whatever the seed says: keys, the mouse, new snapshots, new sizes, on hostile tables.
func play(t *testing.T, seed uint64, steps int) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	r := newNSRig(t, 1+rnd.IntN(170), 1+rnd.IntN(50), func(o *Options) {
		o.ASCII = rnd.IntN(2) == 0
		o.Names.User = func(uid uint32) string { return rowstest.RandomText(rnd, 20) }
		o.Names.TTY = func(*procwalk.Process) string { return rowstest.RandomText(rnd, 20) }
	})
	var names []string
	table := r.global
	for _, v := range r.views {
		table = append(table, v.Keys()...)
	}
	for _, k := range table {
		if k.Action != "quit" {
			names = append(names, strings.Fields(k.Keys)...)
		}
	}
	names = append(names, "Enter", "Esc", "Space", "y", "e", "s", "日", "\u0301", "x", "5", ":", "/")
	for range steps {
		drawn := false
		switch rnd.IntN(12) {
		case 0:
			r.frame(rowstest.Random(rnd, 40))
		case 1:
			if rnd.IntN(8) == 0 {
				r.Terminal.SetSize(1+rnd.IntN(170), 1+rnd.IntN(50))
			}
		case 2:
			w, h := r.Terminal.Size()
			actions := []tview.MouseAction{tview.MouseLeftClick, tview.MouseLeftDoubleClick, tview.MouseScrollDown,
				tview.MouseScrollUp, tview.MouseMove}
			r.MouseHandler()(actions[rnd.IntN(len(actions))], tcell.NewEventMouse(rnd.IntN(w), rnd.IntN(h),
				tcell.ButtonPrimary, tcell.ModNone), nil)
		case 3:
			r.PasteHandler()(rowstest.RandomText(rnd, 60), nil)
		case 4:
			r.Update(nil)
		default:
			r.Press(names[rnd.IntN(len(names))])
			r.SafeAsDrawn()
			drawn = true
		}
		if !drawn {
			r.Safe()
		}
		if r.ctx.Err() != nil {
			return // it typed :q
		}
	}
}

func TestAnyKeysOnAnyTable(t *testing.T) {
	for seed := range uint64(proctest.Soak(10, 200)) {
		play(t, seed, 60)
	}
}

func FuzzUI(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { play(t, seed, 60) })
}

func TestTenThousandLevels(t *testing.T) {
	r := newRig(t, 100, 30)
	r.frame(rowstest.Chain(10000))
	r.Press("G")
	r.SafeAsDrawn()
	r.WantText("link 10000")
	r.WantText("<9999>")
	if r.pid() != 10000 {
		t.Errorf("PID %d is selected", r.pid())
	}
	r.Press("h", "h", "=", "*", "*", "t", "t", "I", ">")
	r.SafeAsDrawn()
}
