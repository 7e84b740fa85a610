package cgroups_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"bones/cgroupview"
	"bones/ui"
	"bones/ui/cgroups"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"

	"golang.org/x/sys/unix"
)

// TestFilterOfHierarchies: a hierarchy is found by its controllers, and where no group has the text in its name the
// view says so; it does not go on to say that it reads.
func TestFilterOfHierarchies(t *testing.T) {
	c := world(t, 120, 24)
	c.Press("/", "p", "i", "d", "s", "Enter")
	if c.cg().Lines() != 1 || !c.Shows("pids") {
		t.Errorf("%d lines:\n%s", c.cg().Lines(), c.Text())
	}
	c.Press("Esc", "/", "x", "y", "z", "z", "Enter")
	if c.cg().Lines() != 0 || !c.Shows("no group has this in its name") || c.Shows("reading the") {
		t.Errorf("%d lines:\n%s", c.cg().Lines(), c.Text())
	}
	c.Press("Esc")
	if c.cg().Lines() < 2 {
		t.Errorf("%d lines without a filter", c.cg().Lines())
	}
}

// TestFilterFindsWhatIsFolded: a filter finds a group wherever it is, also where nobody has unfolded what it is in,
// and shows it with its parents; without the filter all is folded as it was.
func TestFilterFindsWhatIsFolded(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("*")
	c.Press("/")
	c.Type("00001\r")
	want := []string{"▾ memory (v1)", "▾ docker", "00001", "▾ pids (v1)", "▾ docker", "00001"}
	if got := c.tree(); !slices.Equal(got, want) || !strings.HasSuffix(c.cg().Path(), "/00001") {
		t.Errorf("%q is selected of\n%q, want\n%q", c.cg().Path(), got, want)
	}
	c.Frame(rowstest.World(2))
	if got := c.tree(); !slices.Equal(got, want) {
		t.Errorf("after a refresh the lines are\n%q", got)
	}
	c.Press("h", "-")
	want = slices.Concat([]string{"▾ memory (v1)", "▸ docker"}, want[3:])
	if got := c.tree(); !slices.Equal(got, want) {
		t.Errorf("below the filter docker is folded:\n%q, want\n%q", got, want)
	}
	c.Press("Esc")
	want = []string{"▸ memory (v1)", "▸ pids (v1)"}
	if got := c.tree(); !slices.Equal(got, want) || c.cg().Mount() != fakehost.MemoryV1.Mount {
		t.Errorf("without the filter %s is selected of\n%q, want\n%q", c.cg().Mount(), got, want)
	}
}

// tree are the lines of the groups on the screen, without what is in front of them.
func (r *rig) tree() []string {
	var list []string
	_, after, _ := strings.Cut(r.Text(), " GROUP ")
	for _, line := range strings.Split(after, "\n")[1:] {
		group, _, ok := strings.Cut(line, "│")
		if group = strings.TrimLeft(group, " >*#"); ok && group != "" && !strings.Contains(line, "┌") {
			list = append(list, strings.TrimSpace(group))
		}
	}
	return list[:min(r.cg().Lines(), len(list))]
}

// TestFilterInACrowd: a filter also finds what is beyond the limit of what is listed, and keeps it, and what is made
// later; and it says where it stops.
func TestFilterInACrowd(t *testing.T) {
	c := &rig{uitest.New(t, 120, 40, uitest.WithGroups)}
	c.Kids = 2 * cgroups.ChildLimit
	c.Frame(rowstest.World(0))
	c.Type(":970\r4/00999\r")
	for later := 1; later < 3; later++ {
		if !strings.HasSuffix(c.cg().Path(), "/00999") || c.cg().Lines() != 6 {
			t.Errorf("%q is selected:\n%s", c.cg().Path(), c.Text())
		}
		c.Frame(rowstest.World(2 * later))
	}
	if c.Shows("among the first") {
		t.Errorf("it says that it stopped early:\n%s", c.Text())
	}
	c.Press("Esc", "F3")
	c.Type("00998\r")
	c.Frame(rowstest.World(5))
	if !strings.HasSuffix(c.cg().Path(), "/00998") {
		t.Errorf("after a refresh %q is selected, which was not found", c.cg().Path())
	}
	c.Type("/01000\r")
	if c.cg().Lines() != 0 {
		t.Errorf("%d lines:\n%s", c.cg().Lines(), c.Text())
	}
	c.Kids++
	c.Frame(rowstest.World(6))
	if c.cg().Lines() != 6 {
		t.Errorf("what was made meanwhile is not found:\n%s", c.Text())
	}
	c.Press("Esc")
	c.Kids = cgroups.EverywhereMax
	c.Type("/q\r")
	c.WantText("no group has this in its name among the first 20000 groups")
	c.Press("Esc", "F3")
	c.Type("q\r")
	c.WantText("not found among the first 20000 groups")
}

// TestFindInWhatIsFolded: F3 and n find a group wherever it is, and unfold what it is in; Esc goes back.
func TestFindInWhatIsFolded(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("*", "G")
	before := c.cg().Key()
	c.Press("F3")
	c.Type("00001")
	if !strings.HasSuffix(c.cg().Path(), "/00001") || c.Shows("not found") {
		t.Errorf("%q is selected:\n%s", c.cg().Path(), c.Text())
	}
	c.Press("Esc")
	if c.cg().Key() != before {
		t.Errorf("Esc goes to %v, not back to %v", c.cg().Key(), before)
	}
	c.Press("*", "F3")
	c.Type("00001\r")
	first := c.cg().Mount()
	c.Press("n")
	if !strings.HasSuffix(c.cg().Path(), "/00001") || c.cg().Mount() == first {
		t.Errorf("n goes to %v:\n%s", c.cg().Key(), c.Text())
	}
}

// TestLateFinds: what a filter, or F3, finds only after all groups were read is selected, but not by whoever has gone
// on to something else meanwhile.
func TestLateFinds(t *testing.T) {
	for _, test := range []struct{ first, keys, want string }{
		{"/", "00999\r", "/docker/00999"}, {"/", "00001\r", "/docker/00001"}, {"/", "00001\rk", "/docker"},
		{"/", "00001\rk\rj", "/docker"},
		{"F3", "00999", "/docker/00999"}, {"F3", "00999\r", "/docker/00999"},
		{"F3", "00999\rk", "/docker/00098"}, {"F3", "00999\r\rj", "/docker/00100"}, // typing has led to 00099 before
	} {
		var held []func()
		hold := false
		c := &rig{uitest.New(t, 120, 40, uitest.WithGroups, func(_ *fakehost.FakeHost, o *ui.Options) {
			o.Go = func(f func()) {
				if hold {
					held = append(held, f)
				} else {
					f()
				}
			}
		})}
		c.Kids = 2 * cgroups.ChildLimit
		c.Frame(rowstest.World(0))
		c.Type(":970\r4")
		c.Press("h")
		hold = true
		c.Press(test.first)
		c.Type(test.keys)
		file := c.cg().File()
		for len(held) > 0 {
			f := held[0]
			held = held[1:]
			f()
		}
		c.Redraw()
		if c.cg().Path() != test.want || c.cg().File() != file {
			t.Errorf("%s %q: %q is selected, and file %q, want %q and %q", test.first, test.keys, c.cg().Path(), c.cg().File(),
				test.want, file)
		}
	}
}

// TestEscOfAFileFilter: Esc brings back the file that was selected, wherever the group is in the tree.
func TestEscOfAFileFilter(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("g", "Enter", "j", "j")
	for _, typed := range []string{"procs", "usage", "none"} {
		c.Press("F4")
		c.Type(typed)
		c.Press("Esc")
		if c.cg().File() != "memory.limit_in_bytes" || !c.cg().Inside() {
			t.Errorf("after %q %q is selected:\n%s", typed, c.cg().File(), c.Text())
		}
	}
}

// TestFilterSaysWhatItCouldNotList: where groups cannot be listed, what was not found may be in them.
func TestFilterSaysWhatItCouldNotList(t *testing.T) {
	c := world(t, 140, 40, func(_ *fakehost.FakeHost, o *ui.Options) {
		children := o.Cgroups.Children
		o.Cgroups.Children = func(ctx context.Context, g *cgroupview.Group, limit int) ([]*cgroupview.Group, bool, error) {
			if g.Path.Raw() == "/docker" {
				return nil, false, unix.EACCES
			}
			return children(ctx, g, limit)
		}
	})
	c.Type("/00001\r")
	c.WantText("no group has this in its name, but bones cannot list what is in 2 groups: permission denied")
	c.Press("Esc", "F3")
	c.Type("00001\r")
	c.WantText("not found, but bones cannot list what is in 2 groups: permission denied")
}

// TestAskedForInSpiteOfTheFilter: who goes to the group of a process is shown that: a filter that hides it is taken
// away, and one that does not stays, as it does when the user only comes back to the view.
func TestAskedForInSpiteOfTheFilter(t *testing.T) {
	for _, c := range []struct {
		what, filter string
		keys         []string
		typed        string
		stays        bool
	}{
		{"z of view 1", "00001", []string{"1", "z"}, "", false},
		{"the palette", "00001", nil, ":cgroup 970\r", false},
		{"the next hierarchy", "00001", []string{"m"}, "", false},
		{"z to what passes", "0123456789ab", []string{"1", "z"}, "", true},
		{"coming back", "00001", []string{"1", "4"}, "", true},
	} {
		r := world(t, 120, 40)
		own := r.cg().Path()
		r.Type("/" + c.filter + "\r")
		if passes := r.cg().Path() == own; passes != (c.what == "z to what passes") {
			t.Fatalf("%s: with the filter %v is selected", c.what, r.cg().Key())
		}
		r.Press(c.keys...)
		r.Type(c.typed)
		if filtered := strings.Contains(r.cg().Status(), "groups with"); filtered != c.stays {
			t.Errorf("%s: the status is %q", c.what, r.cg().Status())
		}
		if c.what == "the next hierarchy" {
			own = "/" // of PIDsV1
		}
		if at := r.cg().Path(); at != own && c.what != "coming back" {
			t.Errorf("%s: %s is selected, not %s:\n%s", c.what, at, own, r.Text())
		}
	}
}
