package cgroups_test

import "testing"

// TestFilterOfHierarchies: a hierarchy is found by its controllers, and where no group has the text in its name the
// view says so, and that it knows only what was unfolded; it does not go on to say that it reads.
func TestFilterOfHierarchies(t *testing.T) {
	c := world(t, 120, 24)
	c.Press("/", "p", "i", "d", "s", "Enter")
	if c.cg().Lines() != 1 || !c.Shows("pids") {
		t.Errorf("%d lines:\n%s", c.cg().Lines(), c.Text())
	}
	c.Press("Esc", "/", "x", "y", "z", "z", "Enter")
	if c.cg().Lines() != 0 || !c.Shows("no group that bones has read has this in its name") || c.Shows("reading the") {
		t.Errorf("%d lines:\n%s", c.cg().Lines(), c.Text())
	}
	c.Press("Esc")
	if c.cg().Lines() < 2 {
		t.Errorf("%d lines without a filter", c.cg().Lines())
	}
}
