package ui_test

import (
	"strings"
	"testing"

	"bones/procwalk"
	"bones/ui"
	"bones/ui/kit"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"

	"github.com/rivo/tview"
)

// TestEnterBeforeAViewIsRead: Enter right after the key of a view, before what is in it was read, leads where it leads
// who waits for that; whoever has pressed another key meanwhile stays.
func TestEnterBeforeAViewIsRead(t *testing.T) {
	for view, c := range map[string]struct {
		with  uitest.Change
		world func(int) *procwalk.Snapshot
	}{
		"2": {uitest.WithGroups, rowstest.World}, "3": {uitest.WithNamespaces, fakehost.NamespaceWorld},
		"4": {uitest.WithGroups, rowstest.World}, "5": {uitest.WithFiles, rowstest.World},
	} {
		for _, keys := range [][]string{{"Enter"}, {"Enter", "F11"}} {
			// show presses the keys, before or after all that the view shows was read.
			show := func(early bool) string {
				var work []func()
				held := early
				hold := func(_ *fakehost.FakeHost, o *ui.Options) {
					o.Go = func(f func()) {
						if held {
							work = append(work, f)
						} else {
							f()
						}
					}
				}
				r := uitest.New(t, 120, 40, c.with, hold)
				read := func() {
					held = false
					for _, f := range work {
						f()
					}
					r.Frame(c.world(0))
				}
				if view != "2" { // which is read with a frame
					r.Frame(c.world(0))
				}
				r.Press(view)
				r.Redraw()
				if early {
					r.Press(keys...)
					read()
				} else {
					read()
					r.Redraw()
					if len(keys) == 1 {
						r.Press(keys...)
					} else {
						r.Press(keys[1:]...)
					}
				}
				r.Redraw() // what was drawn before decides how wide columns are
				return r.Text()
			}
			if got, want := show(true), show(false); got != want {
				t.Errorf("view %s, %q: the screen is\n%s\nwant\n%s", view, keys, got, want)
			}
		}
	}
}

// TestClickBeforeAViewIsRead: who has clicked meanwhile stays, too.
func TestClickBeforeAViewIsRead(t *testing.T) {
	r := uitest.New(t, 120, 40, uitest.WithGroups)
	r.Press("2", "Enter")
	r.Redraw()
	for _, tab := range []string{"4 Cgroups", "2 Containers"} {
		for y, line := range strings.Split(r.Text(), "\n") {
			if x := strings.Index(line, tab); x >= 0 {
				r.Click(tview.MouseLeftClick, len([]rune(line[:x])), y)
			}
		}
	}
	r.Frame(rowstest.World(0))
	if got := r.View().Number(); got != kit.Containers {
		t.Errorf("view %d is shown:\n%s", got, r.Text())
	}
}
