package ui

import (
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
)

// TestWhatTabFillsInWorks: the palette quotes a name where that is needed, also behind a quote that was begun, so that
// what it makes of the line means that container.
func TestWhatTabFillsInWorks(t *testing.T) {
	r := newRig(t, 100, 40)
	snap := rowstest.Snapshot(100, rowstest.Proc{PID: 1, Comm: "init"}, rowstest.Proc{PID: 5, Comm: "five"},
		rowstest.Proc{PID: 6, Comm: "six"}, rowstest.Proc{PID: 7, Comm: "seven"}, rowstest.Proc{PID: 8, Comm: "eight"})
	data := &inventory.Data{}
	for pid, name := range map[int]string{5: `foo\x2dbar.service`, 6: "my web", 7: "it's", 8: "esc\x1bape"} {
		data.Containers = append(data.Containers, inventory.ContainerData{Container: inventory.Container{Key: name,
			Name: text.New(name), PID: pid, PIDs: []int{pid}}})
		data.Members = append(data.Members, inventory.MemberData{ID: snap.Find(pid).ID(), Key: name})
	}
	r.Update(&kit.Frame{Facts: rows.NewFacts(nil, &inventory.Moment{Snapshot: snap, Inventory: inventory.New(data,
		snap)})})
	for typed, want := range map[string]struct {
		line string
		pid  int
	}{
		"which foo": {`which 'foo\x2dbar.service'`, 5}, `which 'foo\x`: {`which 'foo\x2dbar.service'`, 5},
		"which my": {"which 'my web'", 6}, "which 'my w": {"which 'my web'", 6}, `which my\ w`: {"which 'my web'", 6},
		"which it": {`which 'it'\''s'`, 7},
	} {
		r.Type(":1\r")
		r.Type(":" + typed)
		r.Press("Tab")
		if got := r.palette().input.Value(); got != want.line {
			t.Errorf("%s: Tab made %s, want %s", typed, got, want.line)
		}
		r.Press("Enter")
		if r.pid() != want.pid {
			t.Errorf("%s: at PID %d, want %d:\n%s", typed, r.pid(), want.pid, r.Text())
		}
	}
	r.Type(":which esc") // it cannot be typed
	if list := r.palette().list; len(list) > 0 && list[0].fill != "which esc" {
		t.Errorf("a name with a control character is filled in as %q", list[0].fill)
	}
}
