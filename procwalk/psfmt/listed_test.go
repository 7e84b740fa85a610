package psfmt

import (
	"testing"
	"time"

	"bones/procwalk"
)

// TestList: what ps finds out about a process, in the order of ps.
func TestList(t *testing.T) {
	s := fixture()
	s.Find(302).Status = &procwalk.Status{Err: procwalk.ErrGone}
	rows := map[int]Listed{}
	var order []int
	List(s, options(), func(l *Listed) bool {
		rows[l.PID], order = *l, append(order, l.PID)
		return true
	})
	if len(order) != len(s.Processes) || order[0] != 1 {
		t.Errorf("%d rows, %v", len(order), order)
	}
	if l := rows[301]; l.Stat != "SNLsl" || l.User.Raw() != "123456789" || l.TTY != "" || l.TTYErr != nil ||
		l.Process != s.Find(301) {
		t.Errorf("memcached is %+v", l)
	}
	if l := rows[200]; l.TTY != "pts/1" || l.User.Raw() != "ann" ||
		l.Start.Format(time.RFC3339) != "2026-02-28T12:00:00Z" {
		t.Errorf("bash is %+v", l)
	}
	if l := rows[202]; l.CPUSeconds != 99*60 {
		t.Errorf("top used %v s", l.CPUSeconds)
	}
	if l := rows[4000000]; l.TTY != "" || l.TTYErr == nil {
		t.Errorf("a terminal without a name needs a reason: %+v", l)
	}
	if l := rows[302]; l.User.Len() > 0 {
		t.Errorf("nobody knows the user of %+v", l)
	}
	o, n := options(), 0
	o.Only = make([]bool, len(s.Processes))
	for i := range 5 {
		o.Only[i] = true
	}
	List(s, o, func(*Listed) bool {
		n++
		return n < 3
	})
	if n != 3 {
		t.Errorf("%d rows were given, and the third was not wanted any more", n)
	}
}
