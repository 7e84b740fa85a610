package rows

import (
	"reflect"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// TestForestStands: the forest of the facts before is the one that a new look at the table would give, and no other.
func TestForestStands(t *testing.T) {
	row := func(pid, parent int, start uint64) procwalk.Process {
		return procwalk.Process{Stat: procwalk.Stat{PID: pid, PPID: parent, StartTime: start}}
	}
	moment := func(rows ...procwalk.Process) *inventory.Moment {
		return &inventory.Moment{Snapshot: &procwalk.Snapshot{Processes: rows}}
	}
	first := moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11), row(7, 1, 12))
	facts := NewFacts(nil, first)
	for name, now := range map[string]*inventory.Moment{
		"nothing":         moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11), row(7, 1, 12)),
		"another parent":  moment(row(1, 0, 1), row(5, 1, 10), row(6, 1, 11), row(7, 1, 12)),
		"one has ended":   moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11)),
		"one has begun":   moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11), row(7, 1, 12), row(8, 7, 30)),
		"another process": moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11), row(7, 1, 5)),
		"another number":  moment(row(1, 0, 1), row(5, 1, 10), row(6, 5, 11), row(9, 1, 12)),
	} {
		next := facts.Next(first, now)
		if want := procwalk.NewTree(now.Snapshot); !reflect.DeepEqual(next.Tree, want) {
			t.Errorf("%s: the forest is %v, want %v", name, next.Tree, want)
		}
		if stands := next.Tree == facts.Tree; stands != (name == "nothing") {
			t.Errorf("%s: the forest of before is used again: %v", name, stands)
		}
	}
}
