package ui

import (
	"bones/ui/uitest/fakehost"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/procwalk"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

func TestGoldenExplain(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, c := range []struct {
			name string
			pid  string
			then []string
		}{
			{"container", "970", nil},
			{"limits", "970", []string{"Space", "Space"}},
			{"end", "970", []string{"G"}},
			{"init", "1", nil},
			{"hostile", "1200", nil},
		} {
			name := fmt.Sprintf("explain-%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				r := world(t, size[0], size[1])
				r.Type(":" + c.pid + "\rx")
				r.Press(c.then...)
				r.SafeAsDrawn()
				r.Golden(name)
			})
		}
	}
}

func TestExplainKeys(t *testing.T) {
	r := world(t, 100, 24)
	r.Type(":970\rx")
	r.WantText("1-21 of")
	for _, c := range []struct{ keys, want string }{
		{"j", "2-22 of"}, {"k", "1-21 of"}, {"^f", "21-41 of"}, {"PgUp", "1-21 of"}, {"Space", "21-41 of"},
		{"g", "1-21 of"}, {"Down", "2-22 of"}, {"Home", "1-21 of"},
	} {
		r.Press(c.keys)
		r.WantText(c.want)
	}
	r.Press("G")
	end := r.Text()
	if r.Press("j", "PgDn"); r.Text() != end {
		t.Error("it scrolls beyond the end")
	}
	r.Press("w")
	r.WantText("~")
	for _, key := range []string{"Esc", "q", "x", "^c"} {
		if len(r.overlays) == 0 {
			r.Press("x")
		}
		r.Press(key)
		if len(r.overlays) != 0 || r.ctx.Err() != nil {
			t.Fatalf("%s does not close it, or ends more than it", key)
		}
	}
	r.Type(":explain 1\r")
	r.WantText("PID 1 (systemd) is not in a container")
	r.Press("Esc")
	r.Type(":explain\r")
	r.WantText("Explain PID 970")
	r.Press("Esc")
	r.Type(":explain nobody\r")
	r.WantText("no running container has that name")
	r.Type(":explain 4711\r")
	r.WantText("4711: there is no such process")
}

// TestExplainReads shows what is known while it reads, and what went wrong.
func TestExplainReads(t *testing.T) {
	var todo []func()
	var fail error
	asked := 0
	r := world(t, 80, 24, func(o *Options) {
		o.Go = func(f func()) { todo = append(todo, f) }
		o.Explain = func(_ context.Context, id procwalk.ID) (*rows.Explanation, error) {
			asked++
			if fail != nil {
				return nil, fail
			}
			return fakehost.Explain(rowstest.World(2), id)
		}
	})
	run := func() {
		for len(todo) > 0 {
			f := todo[0]
			todo = todo[1:]
			f()
		}
	}
	run()
	r.Press("x")
	r.WantText("reading ...")
	r.Press("r", "j", "G")
	run()
	r.WantText("PID 1 (systemd) is not in a container")
	if asked != 1 {
		t.Errorf("it was read %d times at once", asked)
	}
	fail = errors.New("no \x1b way")
	r.Press("r")
	r.WantText("PID 1 (systemd) is not in a container")
	r.WantText("reading ...")
	run()
	r.WantText(`no \x1b way`)
	r.Safe()
	r.Press("r", "Esc")
	run() // it was closed meanwhile
	r.WantText("1 Processes")
	none := world(t, 80, 24, func(o *Options) { o.Explain = nil })
	none.Press("x")
	none.WantText("explain: nothing can be explained here")
	none.Type(":explain 1\r")
	none.WantText("explain: nothing can be explained here")
	newRig(t, 80, 24).Press("x") // before there is a table
}

// TestExplainOfAContainer explains the main process, wherever one comes from.
func TestExplainOfAContainer(t *testing.T) {
	c := ctWorld(t, 120, 40, "1")
	c.Type(":990\r")
	c.Press("2", "x")
	c.WantText("Explain PID 970 (memcached)")
}

func TestExplainAtAnySize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {4, 2}, {5, 3}, {8, 4}, {19, 5}, {40, 10}, {59, 30}, {300, 90}} {
		for _, pid := range []string{"970", "1200", "14"} {
			r := world(t, size[0], size[1])
			r.Type(":" + pid + "\rx")
			r.SafeAsDrawn()
			r.Press("j", "w", "PgDn", "w", "G", "k", "r", "g")
			r.SafeAsDrawn()
			r.Press("Esc")
			if len(r.overlays) != 0 {
				t.Errorf("%v: it does not close", size)
			}
		}
	}
	r := world(t, 80, 24)
	r.Type(":970\rx")
	r.Terminal.SetSize(30, 8)
	r.Safe()
	if !strings.Contains(r.Text(), "Explain PID 970") {
		t.Error(r.Text())
	}
}
