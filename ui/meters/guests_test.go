package meters

import (
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/virt/machines"
	"bones/ui/kit"
	"bones/ui/rows"
)

// TestMachinesThatWereLeftOut: where not all processes were looked into that could be virtual machines, that is said.
func TestMachinesThatWereLeftOut(t *testing.T) {
	for _, more := range []bool{false, true} {
		m := &inventory.Moment{Snapshot: &procwalk.Snapshot{}, Inventory: &inventory.Inventory{},
			Guests: make([]machines.GuestProcess, 3), MoreGuests: more}
		got, _ := said(&kit.Frame{Facts: rows.Facts{Now: m}}, 1)
		if !strings.Contains(got, ", 3 vm") || strings.Contains(got, ", 3 vm, perhaps more") != more {
			t.Errorf("more %v: %q", more, got)
		}
	}
}
