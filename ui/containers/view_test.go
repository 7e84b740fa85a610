package containers_test

import (
	"fmt"
	"strings"
	"testing"

	"bones/ui"
	"bones/ui/cgroups"
	"bones/ui/containers"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// rig shows view 2.
type rig struct{ *uitest.Rig }

func (r *rig) ct() *containers.View { return r.View().(*containers.View) }

// world shows view 2 for PID 970.
func world(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	return &rig{uitest.Show(t, w, h, "2", rowstest.World, uitest.WithGroups, changes...)}
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for name, keys := range map[string][]string{
			"containers-start": nil, "containers-freeze": {"p"}, "containers-filter": {"/", "s", "a", "n", "d", "Enter"},
			"containers-by-memory": {"M"},
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

// TestEveryKey presses each key that view 2 adds.
func TestEveryKey(t *testing.T) {
	type check = func(*rig) bool
	shifted := func(is bool) check { return func(c *rig) bool { return c.ct().Shift() > 0 == is } }
	shows := func(s string) check { return func(c *rig) bool { return c.Shows(s) } }
	at := func(key string) check { return func(c *rig) bool { return c.ct().Key() == key } }
	sorted := func(name string) check {
		return func(c *rig) bool { s := c.ct().Sort(); return s != nil && s.Name == name }
	}
	last := func(what string) check {
		return func(c *rig) bool { return len(c.Asked) > 0 && strings.HasPrefix(c.Asked[len(c.Asked)-1], what) }
	}
	cases := map[string]uitest.Case[*rig]{
		"j": {[]string{"g", "j"}, at("b")}, "Down": {[]string{"g", "Down", "Down"}, at("b")}, "k": {[]string{"G", "k"},
			at("a")}, "Up": {[]string{"G", "Up", "Up"}, at("a")},
		"g": {[]string{"g"}, at("a")}, "Home": {[]string{"Home"}, at("a")}, "G": {[]string{"G"}, at("b")},
		"End":         {[]string{"End"}, at("b")},
		"Shift-Right": {[]string{"Shift-Right"}, shifted(true)}, "^e": {[]string{"^e", "^e"}, shifted(true)},
		"Shift-Left": {[]string{"^e", "Shift-Left"}, shifted(false)}, "^a": {[]string{"Shift-Right", "^a"}, shifted(false)},
		"^f": {[]string{"g", "^f"}, at("b")}, "PgDn": {[]string{"g", "PgDn"}, at("b")}, "^b": {[]string{"G", "^b"},
			at("a")}, "PgUp": {[]string{"G", "PgUp"}, at("a")},
		"/":  {[]string{"/", "m", "e", "m", "c", "Enter"}, shows("1 container")},
		"F4": {[]string{"F4", "!", "c", "a", "c", "h", "e", "Enter"}, shows("1 container")},
		"F6": {[]string{"F6", "Enter"}, sorted("NAME")}, ">": {[]string{">", ">"}, sorted("PID")}, "<": {[]string{"<"},
			sorted("IMAGE")},
		"I": {[]string{"I", "g"}, at("b")}, "O": {[]string{"O"}, shows("3 containers  with sandboxes")},
		"A": {[]string{"A"}, shows("exited 137")},
		"L": {[]string{"L"}, shows("only be read of this host as it is now")},
		"S": {[]string{"S"}, shows("services and slices")},
		"T": {[]string{"T", "T", "T", "g"}, func(c *rig) bool {
			return c.Shows("2 containers by runtime") && c.Shows("runtime docker") && c.Shows("Total of the")
		}},
		"z": {[]string{"z"}, func(c *rig) bool {
			v, ok := c.View().(*cgroups.View)
			return ok && strings.HasPrefix(v.Group().Path.Raw(), "/docker/0123")
		}},
		"e": {[]string{"e", "1", "G", "Tab", "Tab", "5", "Enter"}, func(c *rig) bool {
			return last("set memory=1G pids=5 of container cache")(c) && len(c.Sent) == 1
		}},
		"P": {[]string{"P"}, sorted("%CPU")}, "M": {[]string{"M"}, sorted("MEMORY")},
		"F3": {[]string{"g", "F3", "C", "a", "c", "h", "Enter"}, at("a")},
		"n":  {[]string{"g", "F3", "9", "Enter", "n"}, at("a")}, "N": {[]string{"g", "F3", "9", "Enter", "N"}, at("a")},
		"p": {[]string{"p"}, last("freeze true container cache")}, "F9": {[]string{"F9"}, shows("Signal to PID 970")},
		"K": {[]string{"K"}, shows("Signal to PID 970")},
	}
	uitest.EveryKey(t, func(changes ...uitest.Change) *rig { return world(t, 160, 45, changes...) }, cases)
}

func TestContainersGoToTheirTree(t *testing.T) {
	c := world(t, 100, 30)
	c.Press("j", "k")
	c.Press("Enter")
	if c.View().Number() != 1 || c.PID() != 970 {
		t.Fatalf("in view %d PID %d is selected", c.View().Number(), c.PID())
	}
	c.Press("/")
	c.Type("vim\r")
	c.Press("2", "g", "Enter") // whose sandbox is shown for that
	if c.PID() != 801 {
		t.Errorf("with a filter in the way PID %d is selected", c.PID())
	}
	c.Press("z", "z")
	if c.View().Number() != 1 || c.PID() != 801 {
		t.Errorf("z and back leads to view %d, PID %d", c.View().Number(), c.PID())
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
	r.Press("2")
	r.WantText("cache")
	r.Press("p", "F9", "j", "Enter", "z")
	r.SafeAsDrawn()
}

// TestTotals: the rows of a group stand below its totals, on which nothing can be done to a container.
func TestTotals(t *testing.T) {
	c := world(t, 160, 45)
	c.Press("O", "T")
	c.WantText("3 containers by pod")
	c.WantText("no pod")
	c.Press("T", "T")
	c.WantText("runtime docker")
	if c.ct().Key() != "a" {
		t.Errorf("after grouping %q is selected", c.ct().Key())
	}
	c.Press("k")
	c.WantText("Total of the runtime docker")
	if n := len(c.ct().Listed()); n != 3 {
		t.Errorf("%d containers are exported, want 3", n)
	}
	for _, k := range []string{"p", "F9", "z", "y", "Y", "e", "x", "Esc", "F6", "Enter", "I", "/", "Esc", "O", "j", "k",
		"G"} {
		c.Press(k)
		c.SafeAsDrawn()
	}
	if len(c.Asked) > 0 {
		t.Errorf("on the totals something was asked for: %q", c.Asked)
	}
	c = world(t, 160, 45)
	c.Type(":totals runtime\r")
	c.WantText("by runtime")
	c.Type(":totals nothing\r")
	c.WantText("there are no totals by")
	c.Type(":totals\r")
	if c.Shows("by runtime") {
		t.Error("it is still grouped")
	}
}

// TestMachine: a process that is a virtual machine is a row of its own kind below the containers. What is done to
// groups is not done to it, and the screen says why; what can be done to a process is.
func TestMachine(t *testing.T) {
	c := world(t, 160, 45, func(h *fakehost.FakeHost, _ *ui.Options) { h.Machine = 700 })
	c.WantText("2 containers, 1 virtual machine")
	c.Press("I", "I", "G")
	if key := c.ct().Key(); !strings.HasPrefix(key, "vm:700:") {
		t.Fatalf("the last row is %q", key)
	}
	for _, want := range []string{"Virtual machine guest", "2 vCPUs, 1.0G of guest memory", "by KVM",
		"its guest has a kernel and processes of its own"} {
		c.WantText(want)
	}
	for key, why := range map[string]string{
		"e": "whose control group may hold other processes, too: z leads to the group",
		"p": "whose control group may hold other processes, too"} {
		c.Press(key)
		c.WantText(why)
		c.Safe()
	}
	if len(c.Asked) > 0 {
		t.Errorf("it asked for %q", c.Asked)
	}
	c.Press("F9")
	c.WantText("Signal to PID 700 (sshd)")
	c.Press("Esc", "Enter")
	if c.View().Number() != 1 || c.PID() != 700 {
		t.Errorf("Enter leads to view %d, PID %d", c.View().Number(), c.PID())
	}
	c.Press("2", "M", "g")
	if key := c.ct().Key(); key != "vm:700:700" { // by what they use, machines stand among them
		t.Errorf("the one with the most memory is %q", key)
	}
}

// TestHeaderCountsWhatDoesNotRun: the header says how many containers do not run, also where they are not listed.
func TestHeaderCountsWhatDoesNotRun(t *testing.T) {
	c := world(t, 200, 60)
	c.WantText("containers: 1 running, 1 frozen, 2 exited (1 oom)")
	if c.Shows("exited 137") {
		t.Error("they are listed without being asked for")
	}
}

// TestAskedForInSpiteOfTheFilter: who goes to a container by its name or number is shown it: a filter that hides it is
// taken away, and one that does not stays.
func TestAskedForInSpiteOfTheFilter(t *testing.T) {
	c := world(t, 120, 40)
	own := c.ct().Key()
	c.Type("/nobody-is-called-so\r")
	if !c.Shows("no container passes the filter") {
		t.Fatalf("it does not filter:\n%s", c.Text())
	}
	c.Type(":containers 970\r")
	if c.ct().Key() != own || c.PID() != 970 || c.Shows("no container passes the filter") {
		t.Errorf("%q and PID %d are selected, want %q and 970:\n%s", c.ct().Key(), c.PID(), own, c.Text())
	}
	c.Type("/970\r")
	c.Type(":containers 970\r")
	if c.ct().Key() != own || !strings.Contains(c.ct().Status(), "filter") {
		t.Errorf("%q is selected of %q", c.ct().Key(), c.ct().Status())
	}
}
