package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// TestUnread: what was not permitted has one line, and what is broken keeps its own.
func TestUnread(t *testing.T) {
	x := &Inventory{}
	if list := x.Unread(); len(list) != 0 {
		t.Errorf("nothing was left out, and it says %v", list)
	}
	for i := range 8 {
		x.Errors = append(x.Errors, fmt.Errorf("/run/engine%d: %w", i, unix.EACCES))
	}
	broken := errors.New("/run/other: a record that is no JSON")
	x.Errors = append(x.Errors, broken)
	list := x.Unread()
	if len(list) != 2 || !errors.Is(list[0], fs.ErrPermission) || list[1] != broken {
		t.Fatalf("%q", list)
	}
	if s := list[0].Error(); !strings.Contains(s, "/run/engine0") || !strings.Contains(s, "in 8 places, the first: ") {
		t.Errorf("%q", s)
	}
	for i := range 3 {
		x.Errors = append(x.Errors, fmt.Errorf("/run/older%d: %w", i, fault.Unsupported))
	}
	if list := x.Unread(); len(list) != 3 || !errors.Is(list[1], fault.Unsupported) ||
		!strings.Contains(list[1].Error(), "/run/older0") || !strings.Contains(list[1].Error(), "in 3 places, the first: ") {
		t.Errorf("%q", list)
	}
	x.Errors = x.Errors[:1]
	if s := x.Unread()[0].Error(); strings.Contains(s, "places") {
		t.Errorf("one is left out, and it says %q", s)
	}
}
