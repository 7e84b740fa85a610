package logs_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"bones/ui"
	"bones/ui/logs"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// TestPage: L is about the selected container, :logs about what it names; the page stays at the end of the log until
// somebody scrolls up, and says why there is none.
func TestPage(t *testing.T) {
	lines, problem := 200, error(nil)
	show := func(w, h int) *uitest.Rig {
		return uitest.Show(t, w, h, "2", rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
			o.Containers.Logs.Read = func(_ context.Context, target string) (logs.Text, error) {
				var read logs.Text
				for i := range lines {
					read.Lines = append(read.Lines, rows.Line{Value: fmt.Sprintf("%s said %d.", target, i)})
				}
				read.ByHand = "tail -F /x"
				return read, problem
			}
		})
	}
	r := show(120, 40)
	r.Press("L")
	r.WantText("What cache prints")
	r.WantText("cache said 199.")
	r.WantText("by hand: tail -F /x")
	lines = 201
	r.Frame(rowstest.World(1))
	r.WantText("cache said 200.")
	r.Press("k")
	r.WantText("paused, F follows")
	lines = 202
	r.Frame(rowstest.World(2))
	if r.Shows("cache said 201.") {
		t.Error("it goes on although somebody has scrolled up")
	}
	r.Press("F")
	r.WantText("cache said 201.")
	r.Press("Esc")
	r.Type(":logs web\r")
	r.WantText("web said 201.")
	problem = errors.New("not \x1b permitted")
	r.Press("r")
	r.WantText(`not \x1b permitted`)
	problem, lines = nil, 0
	r.Press("r")
	r.WantText("it has printed nothing yet")
	r.Safe()
	for _, size := range [][2]int{{1, 1}, {4, 2}, {20, 6}, {300, 90}} {
		r := show(size[0], size[1])
		r.Press("L", "j", "G", "w", "k", "F", "Esc")
		r.SafeAsDrawn()
	}
}

// TestWithoutLogs: where a recording is shown there are none, and the key says so.
func TestWithoutLogs(t *testing.T) {
	r := uitest.Show(t, 120, 40, "2", rowstest.World, uitest.WithGroups)
	r.Press("L")
	r.WantText("only be read of this host as it is now")
}
