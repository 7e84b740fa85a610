package ui

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
)

// asked gives 500 processes, and keeps what it was asked for.
type asked struct {
	mu   sync.Mutex
	last inventory.Ask
	anew int // how often everything of every process was asked for
	n    int
}

func (a *asked) Moment(_ context.Context, ask inventory.Ask) (*inventory.Moment, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.last = ask
	if a.n++; ask.Fresh.All == ^procwalk.Want(0) {
		a.anew++
	}
	return rowstest.Moment(rowstest.Many(500, a.n)), nil
}

func (a *asked) is(f func(ask inventory.Ask) bool) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return f(a.last)
}

// TestWhatIsShownIsFresh: of the rows on the screen everything is asked for as of now, of the others what the filter
// looks at, and after the key for it everything of all.
func TestWhatIsShownIsFresh(t *testing.T) {
	src := &asked{}
	screen := tcell.NewSimulationScreen("UTF-8")
	u := New(Options{Screen: screen, Interval: 5 * time.Millisecond, Backend: Backend{Source: src}})
	done := make(chan error, 1)
	go func() { done <- u.Run(context.Background()) }()
	press := func(keys string) {
		for _, r := range keys {
			screen.InjectKey(tcell.KeyRune, r, tcell.ModNone)
		}
	}
	has := func(pid int, few bool) func() bool {
		return func() bool {
			return src.is(func(a inventory.Ask) bool {
				return slices.Contains(a.Fresh.PIDs, pid) && (len(a.Fresh.PIDs) < 100) == few && a.Fresh.All == 0
			})
		}
	}
	eventually(t, "the first rows are fresh", has(1, true))
	press("tG")
	eventually(t, "after scrolling the last rows are", has(500, true))
	if has(1, true)() {
		t.Error("rows that are not on the screen are read anew as well")
	}
	for filter, want := range map[string]procwalk.Want{"worker": procwalk.WantCmdline, "user:0": procwalk.WantStatus,
		"container:x": procwalk.WantCgroup, "re:a$": procwalk.WantCmdline, "cgroup:/a": procwalk.WantCgroup} {
		press("/" + filter)
		screen.InjectKey(tcell.KeyEnter, 0, tcell.ModNone)
		eventually(t, "what "+filter+" looks at is fresh", func() bool {
			return src.is(func(a inventory.Ask) bool { return a.Fresh.All&want != 0 })
		})
		screen.InjectKey(tcell.KeyEscape, 0, tcell.ModNone)
		eventually(t, "nothing but the rows is", func() bool {
			return src.is(func(a inventory.Ask) bool { return a.Fresh.All == 0 })
		})
	}
	if src.anew != 0 {
		t.Error("everything was read anew without being asked for")
	}
	press("r")
	eventually(t, "everything is read anew", func() bool {
		return src.is(func(inventory.Ask) bool { return src.anew == 1 })
	})
	press("2")
	eventually(t, "view 2 has all groups", func() bool {
		return src.is(func(a inventory.Ask) bool { return a.Fresh.All&procwalk.WantCgroup != 0 })
	})
	press("q")
	finish(t, done)
}
