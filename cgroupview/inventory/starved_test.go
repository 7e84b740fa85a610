package inventory

import (
	"fmt"
	"testing"

	"bones/cgroupview"

	"golang.org/x/sys/unix"
)

// TestStarved: what is missing because no more files may be opened is told from what is not there.
func TestStarved(t *testing.T) {
	why := fmt.Errorf("memory.current: %w", unix.EMFILE)
	sampled := Usage{}
	sampled.Sample.CPU.Err = why
	for what, c := range map[string]struct {
		m    Moment
		want bool
	}{
		"nothing was asked for":   {Moment{}, false},
		"another error":           {Moment{Inventory: &Inventory{Errors: []error{unix.EACCES}}}, false},
		"records":                 {Moment{Inventory: &Inventory{Errors: []error{unix.EACCES, why}}}, true},
		"the inventory":           {Moment{InventoryErr: why}, true},
		"control groups":          {Moment{UsageErr: fmt.Errorf("mounts: %w", unix.ENFILE)}, true},
		"a file of a group":       {Moment{Usage: []Usage{{}, sampled}}, true},
		"a file of a service":     {Moment{Units: []Usage{sampled}}, true},
		"a group of no container": {Moment{Usage: []Usage{{Groups: cgroupview.Groups{}}}}, false},
	} {
		if err := c.m.Starved(); (err != nil) != c.want {
			t.Errorf("%s: %v", what, err)
		}
	}
}
