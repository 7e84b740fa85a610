package cgroups_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"bones/cgroupview"
	"bones/ui"
	"bones/ui/cgroups"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// rig shows view 4.
type rig struct{ *uitest.Rig }

func (r *rig) cg() *cgroups.View { return r.View().(*cgroups.View) }

// world shows view 4 for PID 970.
func world(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	return &rig{uitest.Show(t, w, h, "4", rowstest.World, uitest.WithGroups, changes...)}
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string][]string{
			"cgroups-start": nil, "cgroups-file": {"Enter", "j", "j"}, "cgroups-edit": {"Enter", "j", "j", "e", "0"},
			"cgroups-kill":    {"K"},
			"cgroups-hostile": {"Enter", "j"},
		} {
			name := fmt.Sprintf("%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				c := world(t, size[0], size[1])
				c.Press(keys...)
				c.Golden(name)
			})
		}
	}
}

// TestRefreshOfATallView: every unfolded group in view is listed anew, however many lines the terminal has, and of
// those that are not a few at a time.
func TestRefreshOfATallView(t *testing.T) {
	for _, c := range []struct {
		groups, page int
		loaded       bool
		want         int
	}{{100, 100, true, 100}, {200, 60, true, 60}, {200, 60, false, 100}, {30, 10, false, 30}} {
		if got := cgroups.ToList(c.groups, c.page, c.loaded); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// TestEveryKey presses each key that view 4 adds.
func TestEveryKey(t *testing.T) {
	type check = func(*rig) bool
	shifted := func(is bool) check { return func(c *rig) bool { return c.cg().Shift() > 0 == is } }
	shows := func(s string) check { return func(c *rig) bool { return c.Shows(s) } }
	path := func(suffix string) check {
		return func(c *rig) bool { return strings.HasSuffix(c.cg().Path(), suffix) && !c.cg().Inside() }
	}
	file := func(name string) check { return func(c *rig) bool { return c.cg().Inside() && c.cg().File() == name } }
	last := func(what string) check {
		return func(c *rig) bool { return len(c.Asked) > 0 && strings.HasPrefix(c.Asked[len(c.Asked)-1], what) }
	}
	cases := map[string]uitest.Case[*rig]{
		"j": {[]string{"k", "k", "j"}, path("/00001")}, "Down": {[]string{"g", "Down"}, path("/docker")},
		"k": {[]string{"k"}, path("/00001")}, "Up": {[]string{"Up", "Up"}, path("/00000")},
		"g": {[]string{"g"}, path("/")}, "Home": {[]string{"Home"}, path("/")}, "G": {[]string{"G"}, path("/")},
		"End":         {[]string{"End"}, func(c *rig) bool { return c.cg().Mount() == fakehost.PIDsV1.Mount }},
		"Shift-Right": {[]string{"Shift-Right"}, shifted(true)}, "^e": {[]string{"^e", "^e"}, shifted(true)},
		"Shift-Left": {[]string{"^e", "Shift-Left"}, shifted(false)}, "^a": {[]string{"Shift-Right", "^a"}, shifted(false)},
		"^f":   {[]string{"g", "^f"}, func(c *rig) bool { return c.cg().Row() == c.cg().Lines()-1 }},
		"PgDn": {[]string{"g", "PgDn"}, func(c *rig) bool { return c.cg().Row() == c.cg().Lines()-1 }},
		"^b":   {[]string{"G", "^b"}, path("/")}, "PgUp": {[]string{"G", "PgUp"}, path("/")},
		"h": {[]string{"h"}, path("/docker")}, "Left": {[]string{"Left", "Left"},
			func(c *rig) bool { return !c.cg().Open() }},
		"l": {[]string{"l", "l"}, file("cgroup.procs")}, "Right": {[]string{"h", "h", "Right"},
			func(c *rig) bool { return c.cg().Open() }},
		"-": {[]string{"h", "-"}, func(c *rig) bool { return c.cg().Lines() == 4 }}, "+": {[]string{"h", "-", "+"},
			func(c *rig) bool { return c.cg().Lines() == 7 }},
		"=": {[]string{"h", "="}, func(c *rig) bool { return c.cg().Lines() == 4 }}, "*": {[]string{"*"},
			func(c *rig) bool { return c.cg().Lines() == 2 }},
		"F3": {[]string{"Enter", "F3", "U", "s", "a", "g", "e", "Enter"}, file("memory.usage_in_bytes")},
		"n":  {[]string{"g", "F3", "0", "0", "0", "0", "Enter", "n"}, path("/00001")},
		"N":  {[]string{"g", "F3", "0", "0", "0", "0", "Enter", "n", "N"}, path("/00000")},
		"/": {[]string{"/", "0", "0", "0", "0", "1", "Enter"}, func(c *rig) bool {
			return c.cg().Lines() == 6 && path("/00001")(c)
		}},
		"F4": {[]string{"Enter", "F4", "U", "s", "a", "g", "e", "Enter"}, func(c *rig) bool {
			return file("memory.usage_in_bytes")(c) && !c.Shows("memory.limit_in_bytes") && c.Shows("files with")
		}},
		"m": {[]string{"Enter", "m"}, func(c *rig) bool {
			return !c.cg().Inside() && c.cg().Mount() == fakehost.PIDsV1.Mount && path("0123")(c)
		}},
		"e": {[]string{"Enter", "j", "j", "e"}, shows("will be overwritten by docker")},
		"z": {[]string{"z"}, func(c *rig) bool {
			return c.PID() == 970 &&
				strings.Contains(c.Text(), "cgroup:/docker/0123")
		}},
		"p": {[]string{"p"}, last("freeze true group /docker/0123")}, "F9": {[]string{"F9"}, last("kill all")},
		"K": {[]string{"K"}, shows("This is grave")},
	}
	uitest.EveryKey(t, func(changes ...uitest.Change) *rig { return world(t, 80, 40, changes...) }, cases)
}

func TestEditShowsChecksAndAsks(t *testing.T) {
	c := world(t, 120, 40)
	c.Reads = "2097152"
	c.Press("Enter", "j", "j", "e", "^u", "2", "M")
	for _, want := range []string{"memory.limit_in_bytes of", "new: 2M", "the kernel will say 2097152",
		"will be overwritten by docker"} {
		c.WantText(want)
	}
	c.Press("Enter")
	if len(c.Sent) > 0 {
		t.Fatal("carried out unasked")
	}
	c.WantText("docker manages it")
	c.Press("y")
	if len(c.Sent) != 1 || c.Sent[0] != "set memory.limit_in_bytes to 2M" ||
		c.Planned[len(c.Planned)-1] != "memory.limit_in_bytes=2M" {
		t.Fatalf("carried out %q, planned %q", c.Sent, c.Planned)
	}
	c.PlanFail = errors.New("no such \x1b value")
	c.Press("e", "x", "Enter")
	c.WantText(`no such \x1b value`)
	c.Press("Esc", "g", "e")
	c.WantText("edit: ")
	if c.Shows("Enter: change") || len(c.Sent) != 1 {
		t.Errorf("carried out %q; the screen is\n%s", c.Sent, c.Text())
	}
}

// TestSystemdIsAsked: where systemd could keep the value, a key has it do so, and the plan is made anew.
func TestSystemdIsAsked(t *testing.T) {
	c := world(t, 120, 40)
	c.Press("Enter", "j", "j", "e", "^t")
	if c.Shows("has systemd keep") || c.Shows("^T: through systemd") {
		t.Error("offered where the group is no unit's")
	}
	c.Press("Esc")
	c.Unit = "docker-1.scope"
	c.Press("e", "^u", "5", "M")
	c.WantText("^T: through systemd")
	c.Press("^t")
	c.WantText("has systemd keep 5M in memory.limit_in_bytes")
	c.WantText("^T: without systemd")
	c.Press("Enter")
	if len(c.Sent) != 1 || c.Sent[0] != "set memory.limit_in_bytes through systemd" {
		t.Errorf("carried out %q", c.Sent)
	}
}

func TestFindInTheGroups(t *testing.T) {
	c := world(t, 120, 40)
	before := c.cg().Key()
	c.Press("F3")
	c.Type("pids\r")
	if v := c.cg(); v.Mount() != fakehost.PIDsV1.Mount || v.Path() != "/" {
		t.Errorf("found %+v", v.Key())
	}
	c.Press("F3")
	c.Type("0123\r")
	if c.cg().Key() != before {
		t.Errorf("found %+v", c.cg().Key())
	}
	c.Press("F3")
	c.Type("no such group\r")
	c.WantText("not found")
	c.Press("m", "m")
	if c.cg().Key() != before {
		t.Errorf("through all hierarchies it comes to %+v", c.cg().Key())
	}
}

func TestChangedValuesAreMarkedForAWhile(t *testing.T) {
	c := world(t, 120, 40)
	c.Usage++
	c.Frame(rowstest.World(3))
	if !c.cg().Marked("memory.usage_in_bytes") || c.cg().Marked("memory.limit_in_bytes") {
		t.Fatal("the change is not marked, or what did not change is")
	}
	c.WantText("*memory.usage_in_bytes")
	c.Time = c.Time.Add(cgroups.MarkFor + time.Second)
	if c.cg().Marked("memory.usage_in_bytes") {
		t.Error("still marked")
	}
}

func TestCrowdsOfGroupsAreBounded(t *testing.T) {
	c := &rig{uitest.New(t, 120, 40, uitest.WithGroups)}
	c.Kids = 30000
	c.Frame(rowstest.World(0))
	c.Type(":970\r4")
	c.WantText("012345") // the subject's own is there, beyond the limit or not
	c.Press("j")
	c.WantText("... more than 500")
	c.Press("k")
	c.Frame(rowstest.World(2))
	if !strings.HasPrefix(c.cg().Path(), "/docker/0123") {
		t.Errorf("a refresh lost the subject's group: %q is selected", c.cg().Path())
	}
	if n := c.cg().Lines(); n > cgroups.ChildLimit+10 {
		t.Errorf("%d lines", n)
	}
}

func TestOnAnyScreen(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {8, 3}, {19, 5}, {40, 10}, {59, 30}, {60, 12}, {300, 90}} {
		c := world(t, size[0], size[1])
		c.Safe()
		for _, k := range []string{"j", "Enter", "j", "j", "e", "9", "Esc", "K", "Esc", "p", "Esc", "Esc", "h", "h", "l",
			"*", "G", "z", "z", "Tab"} {
			c.Press(k)
			c.SafeAsDrawn()
		}
	}
}

func TestWithoutABackend(t *testing.T) {
	r := uitest.New(t, 100, 30)
	r.Frame(rowstest.World(0))
	r.Press("4")
	r.WantText("control groups cannot be read here")
	r.Press("F3", "x", "Enter")
	r.WantText("not found")
	r.Press("j", "Enter", "l", "h", "e", "p", "K", "z", "u", "^r")
	r.SafeAsDrawn()
}

// TestNoGroupsAtAll: where no control groups can be read, as in a chroot, the view says why; it does not go on to say
// that it reads.
func TestNoGroupsAtAll(t *testing.T) {
	r := world(t, 120, 24, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Cgroups = cgroups.Backend{Roots: func(context.Context) ([]*cgroupview.Group, error) {
			return nil, errors.New("no cgroup file system is mounted")
		}}
	})
	r.Press("/", "x", "Enter", "F3", "x", "Enter", "m", "Enter", "e")
	if !r.Shows("no cgroup file system is mounted") || r.Shows("reading the control groups") {
		t.Errorf("it shows\n%s", r.Text())
	}
}
