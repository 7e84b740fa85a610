package ports_test

import (
	"context"
	"errors"
	"testing"

	"bones/ui"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// show is a UI whose sheets tell what they were asked for.
func show(t *testing.T, w, h int, key string, problem *error) *uitest.Rig {
	t.Helper()
	section := func(what string) ([]rows.Section, error) {
		return []rows.Section{{Title: what, Lines: []rows.Line{{Label: "tcp", Value: "0.0.0.0:80 (nginx 1234)"}}}}, *problem
	}
	return uitest.Show(t, w, h, key, rowstest.World, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Network.Ports = func(_ context.Context, target string) ([]rows.Section, error) {
			return section("ports <" + target + ">")
		}
		o.Network.Net = func(_ context.Context, target string) ([]rows.Section, error) {
			return section("interfaces <" + target + ">")
		}
		o.Network.Reach = func(_ context.Context, from, to string) ([]rows.Section, error) {
			return section("reach <" + from + "> <" + to + ">")
		}
	})
}

// TestSheets: the key is about what is selected, the words of the palette about what they name.
func TestSheets(t *testing.T) {
	var problem error
	r := show(t, 120, 40, "2", &problem)
	r.Press("o")
	r.WantText("Ports of cache")
	r.WantText("ports <cache>")
	r.WantText("0.0.0.0:80 (nginx 1234)")
	r.Press("n")
	r.WantText("interfaces <cache>")
	r.Press("t") // a list of whom it can be, the last of which is what one types
	r.WantText("Do they see each other: cache and ...")
	r.Press("End", "Enter")
	r.Type("web\r")
	r.WantText("reach <cache> <web>")
	r.WantText("Do cache and web reach each other?")
	r.Press("Esc", "b")
	r.Type("host")
	r.Press("Enter")
	r.WantText("reach <cache> <host>")
	r.Press("Esc", "1", "o")
	r.WantText("ports <pid:970>")
	r.Press("Esc")
	for line, want := range map[string]string{":ports web\r": "ports <web>", ":ss\r": "ports <>",
		":net\r":   "interfaces <>",
		":ip db\r": "interfaces <db>", ":reach a b\r": "reach <a> <b>", ":reach host\r": "reach <pid:970> <host>",
		":reach\r": "name two: :reach NAME NAME", ":reach a b c\r": "name two: :reach NAME NAME"} {
		r.Type(line)
		r.WantText(want)
		r.Press("Esc")
	}
	problem = errors.New("not \x1b permitted")
	r.Press("o")
	r.WantText(`not \x1b permitted`)
	r.Safe()
}

// TestWithoutSockets: where a recording is shown there are none, and the key says so.
func TestWithoutSockets(t *testing.T) {
	r := uitest.Show(t, 120, 40, "2", rowstest.World, uitest.WithGroups)
	r.Press("o")
	r.WantText("only be read of this host as it is now")
	r.Type(":reach a b\r")
	r.WantText("only be read of this host as it is now")
}

// TestAtAnySize panics at none.
func TestAtAnySize(t *testing.T) {
	var none error
	for _, size := range [][2]int{{1, 1}, {4, 2}, {20, 6}, {40, 10}, {300, 90}} {
		r := show(t, size[0], size[1], "2", &none)
		r.Press("o", "j", "n", "G", "o", "t", "Esc", "Esc")
		r.SafeAsDrawn()
	}
}
