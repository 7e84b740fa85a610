package ui

import (
	"testing"

	"bones/ui/rows/rowstest"
)

func TestHistoryGoesOverViews(t *testing.T) {
	r := world(t, 100, 30)
	at := func(view, pid int) {
		t.Helper()
		if r.view().Number() != view || r.pid() != pid {
			t.Fatalf("view %d, PID %d; want view %d, PID %d", r.view().Number(), r.pid(), view, pid)
		}
	}
	r.typeText(":970\r3:706\r")
	r.press("Tab", "Tab")
	at(5, 706)
	for _, want := range [][2]int{{4, 706}, {3, 706}, {3, 970}, {1, 970}, {1, 1}} {
		r.press("[")
		at(want[0], want[1])
	}
	r.press("[")
	r.wantText("no further")
	at(1, 1)
	for _, want := range [][2]int{{1, 970}, {3, 970}, {3, 706}, {4, 706}, {5, 706}} {
		r.press("]")
		at(want[0], want[1])
	}
	r.press("]")
	r.wantText("no further")
	at(5, 706)
	// Another way from the middle forgets what was ahead; where one jumped to and where one went on from are both kept.
	r.press("[", "[", "1", "j", "j", "j", "2")
	pid := r.pid()
	r.press("[")
	at(1, pid)
	r.press("[")
	at(1, 706)
	r.press("[")
	at(3, 706)
	r.press("]", "]", "]", "]")
	at(2, pid)
	// What has ended is passed over.
	s := rowstest.World(4)
	for i := range s.Processes {
		if s.Processes[i].PID == 706 {
			s.Processes[i].StartTime++
		}
	}
	r.frame(s)
	r.press("[", "[")
	at(3, 970)
}
