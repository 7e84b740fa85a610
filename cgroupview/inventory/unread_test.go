package inventory

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

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
	if s := list[0].Error(); !strings.Contains(s, "/run/engine0") || !strings.Contains(s, "and 7 more") {
		t.Errorf("%q", s)
	}
	x.Errors = x.Errors[:1]
	if s := x.Unread()[0].Error(); strings.Contains(s, "more") {
		t.Errorf("one is left out, and it says %q", s)
	}
}
