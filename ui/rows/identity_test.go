package rows

import (
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// TestNoContainerAmongThoseSeen: from inside of a pid namespace it cannot be said that a process is an ordinary one of
// the host.
func TestNoContainerAmongThoseSeen(t *testing.T) {
	for inside, want := range map[bool]string{false: "an ordinary process of the host", true: "none that is seen in"} {
		s := &procwalk.Snapshot{Host: procwalk.Machine{InPIDNS: inside},
			Processes: []procwalk.Process{{Stat: procwalk.Stat{PID: 7, PPID: 1}}}}
		m := &inventory.Moment{Snapshot: s, Inventory: inventory.New(&inventory.Data{}, s)}
		got := WithContainer([]Section{{}}, Facts{Snap: s, Now: m}, &s.Processes[0])
		if line := got[0].Lines[0]; line.Label != "Container" || !strings.Contains(line.Value, want) {
			t.Errorf("inside a pid namespace %v: %+v", inside, line)
		}
	}
}
