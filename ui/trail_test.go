package ui

import (
	"testing"

	"bones/ui/rows/rowstest"
)

func TestHistoryGoesOverViews(t *testing.T) {
	r := world(t, 100, 30)
	at := func(view, pid int) {
		t.Helper()
		if r.View().Number() != view || r.pid() != pid {
			t.Fatalf("view %d, PID %d; want view %d, PID %d", r.View().Number(), r.pid(), view, pid)
		}
	}
	r.Type(":970\r3:706\r")
	r.Press("Tab", "Tab")
	at(5, 706)
	for _, want := range [][2]int{{4, 706}, {3, 706}, {3, 970}, {1, 970}, {1, 1}} {
		r.Press("[")
		at(want[0], want[1])
	}
	r.Press("[")
	r.WantText("no further")
	at(1, 1)
	for _, want := range [][2]int{{1, 970}, {3, 970}, {3, 706}, {4, 706}, {5, 706}} {
		r.Press("]")
		at(want[0], want[1])
	}
	r.Press("]")
	r.WantText("no further")
	at(5, 706)
	// Another way from the middle forgets what was ahead; where one jumped to and where one went on from are both kept.
	r.Press("[", "[", "1", "j", "j", "j")
	at(1, 803)
	r.Press("2") // PID 803 is in no container: what is selected there is the subject
	pid := r.pid()
	r.Press("[")
	at(1, 803)
	r.Press("[")
	at(1, 706)
	r.Press("[")
	at(3, 706)
	r.Press("]", "]", "]", "]")
	at(2, pid)
	// What has ended is passed over.
	s := rowstest.World(4)
	for i := range s.Processes {
		if s.Processes[i].PID == 706 {
			s.Processes[i].StartTime++
		}
	}
	r.frame(s)
	r.Press("[", "[")
	at(3, 970)
}
