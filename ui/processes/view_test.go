package processes_test

import (
	"testing"

	"bones/ui/processes"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
)

func TestFollowKeepsTheLine(t *testing.T) {
	r := uitest.New(t, 80, 20)
	line := func() int {
		v := r.View().(*processes.View)
		pos, _, _ := v.Model().Selected()
		return pos - v.Top()
	}
	few, many := rowstest.Many(200, 0), rowstest.Many(400, 1)
	r.Frame(few)
	r.Press("t", "I") // a list by descending PID: new processes push the others down
	r.Type(":100\rF")
	before := line()
	r.Frame(many)
	r.Redraw()
	if r.PID() != 100 || line() != before {
		t.Errorf("PID %d is on line %d, was on %d", r.PID(), line(), before)
	}
}
