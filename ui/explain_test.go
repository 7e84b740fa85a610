package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// explainedIn explains a process of rowstest.World, as far as the world goes.
func explainedIn(s *procwalk.Snapshot, id procwalk.ID) (*rows.Explanation, error) {
	p := s.FindID(id)
	if p == nil {
		return nil, fmt.Errorf("PID %d: %w", id.PID, procwalk.ErrGone)
	}
	f := &rows.ExplainFacts{ProcRoot: "/proc", Snap: s, Process: p, Chain: container.FromLines([]container.Line{container.Line(p.Cgroups.Lines[0])})}
	group := testGroup(memoryV1, p.Cgroups.Lines[0].Path.Raw())
	f.Groups.List = []*cgroupview.Group{group}
	f.Limits = []rows.ExplainLimit{{What: "memory", Limit: cgroupview.Limit{Unlimited: true}}}
	if _, in := f.Chain.Container(); in {
		f.Container = &rows.ExplainContainer{Name: text.New("cache"), Runtime: "docker", PIDs: []int{970, 990}, Evidence: []string{"the name of its group"}}
		f.Limits[0] = rows.ExplainLimit{What: "memory", Limit: cgroupview.Limit{Value: 200 << 20, From: group}, File: text.New(group.Dir.Raw() + "/memory.limit_in_bytes"), Own: true}
	}
	return rows.Explain(f), nil
}

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
				r.typeText(":" + c.pid + "\rx")
				r.press(c.then...)
				r.safe()
				golden(t, name, r.text())
			})
		}
	}
}

func TestExplainKeys(t *testing.T) {
	r := world(t, 100, 24)
	r.typeText(":970\rx")
	r.wantText("1-21 of")
	for _, c := range []struct{ keys, want string }{
		{"j", "2-22 of"}, {"k", "1-21 of"}, {"^f", "21-41 of"}, {"PgUp", "1-21 of"}, {"Space", "21-41 of"}, {"g", "1-21 of"}, {"Down", "2-22 of"}, {"Home", "1-21 of"},
	} {
		r.press(c.keys)
		r.wantText(c.want)
	}
	r.press("G")
	end := r.text()
	if r.press("j", "PgDn"); r.text() != end {
		t.Error("it scrolls beyond the end")
	}
	r.press("w")
	r.wantText("~")
	for _, key := range []string{"Esc", "q", "x", "^c"} {
		if len(r.overlays) == 0 {
			r.press("x")
		}
		r.press(key)
		if len(r.overlays) != 0 || r.ctx.Err() != nil {
			t.Fatalf("%s does not close it, or ends more than it", key)
		}
	}
	r.typeText(":explain 1\r")
	r.wantText("PID 1 (systemd) is not in a container")
	r.press("Esc")
	r.typeText(":explain\r")
	r.wantText("Explain PID 970")
	r.press("Esc")
	r.typeText(":explain nobody\r")
	r.wantText("there is no process")
	r.typeText(":explain 4711\r")
	r.wantText(`there is no process "4711"`)
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
			return explainedIn(rowstest.World(2), id)
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
	r.press("x")
	r.wantText("reading ...")
	r.press("r", "j", "G")
	run()
	r.wantText("PID 1 (systemd) is not in a container")
	if asked != 1 {
		t.Errorf("it was read %d times at once", asked)
	}
	fail = errors.New("no \x1b way")
	r.press("r")
	r.wantText("PID 1 (systemd) is not in a container")
	r.wantText("reading ...")
	run()
	r.wantText(`no \x1b way`)
	r.safe()
	r.press("r", "Esc")
	run() // it was closed meanwhile
	r.wantText("1 Processes")
	none := world(t, 80, 24, func(o *Options) { o.Explain = nil })
	none.press("x")
	none.wantText("explain: nothing can be explained here")
	none.typeText(":explain 1\r")
	none.wantText("explain: nothing can be explained here")
	newRig(t, 80, 24).press("x") // before there is a table
}

// TestExplainOfAContainer explains the main process, wherever one comes from.
func TestExplainOfAContainer(t *testing.T) {
	c := ctWorld(t, 120, 40, "1")
	c.typeText(":990\r")
	c.press("2", "x")
	c.wantText("Explain PID 970 (memcached)")
}

func TestExplainAtAnySize(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {4, 2}, {5, 3}, {8, 4}, {19, 5}, {40, 10}, {59, 30}, {300, 90}} {
		for _, pid := range []string{"970", "1200", "14"} {
			r := world(t, size[0], size[1])
			r.typeText(":" + pid + "\rx")
			r.safe()
			r.press("j", "w", "PgDn", "w", "G", "k", "r", "g")
			r.safe()
			r.press("Esc")
			if len(r.overlays) != 0 {
				t.Errorf("%v: it does not close", size)
			}
		}
	}
	r := world(t, 80, 24)
	r.typeText(":970\rx")
	r.screen.SetSize(30, 8)
	r.safe()
	if !strings.Contains(r.text(), "Explain PID 970") {
		t.Error(r.text())
	}
}
