package namespaces_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/ui"
	"bones/ui/namespaces"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"

	"github.com/rivo/tview"
)

// rig shows view 3.
type rig struct{ *uitest.Rig }

func (r *rig) ns() *namespaces.View { return r.View().(*namespaces.View) }

func newRig(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	return &rig{uitest.New(t, w, h, append([]uitest.Change{uitest.WithNamespaces}, changes...)...)}
}

// world shows the list of view 3 for PID 970.
func world(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	r := matrixWorld(t, w, h, changes...)
	r.Press("m")
	return r
}

// matrixWorld shows view 3 as it opens.
func matrixWorld(t testing.TB, w, h int, changes ...uitest.Change) *rig {
	return &rig{uitest.Show(t, w, h, "3", fakehost.NamespaceWorld, uitest.WithNamespaces, changes...)}
}

func TestGoldenNamespaces(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {160, 45}} {
		for _, c := range []struct {
			name string
			keys []string
			text string
			then []string
		}{
			{name: "start"},
			{name: "tree", keys: []string{"t"}},
			{name: "folded", keys: []string{"*"}},
			{name: "members", keys: []string{":"}, text: "ns 4026531838", then: []string{"Enter", "l", "G"}},
			{name: "filter", keys: []string{"/"}, text: "net pid", then: []string{"Enter"}},
			{name: "enter", keys: []string{"s"}},
			{name: "unshare", keys: []string{"C", "Up"}},
			{name: "diff", keys: []string{":"}, text: "diff 1 970", then: []string{"Enter"}},
			{name: "help", keys: []string{"?"}},
		} {
			name := fmt.Sprintf("namespaces-%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				n := world(t, size[0], size[1])
				n.Press(c.keys...)
				n.Type(c.text)
				n.Press(c.then...)
				n.SafeAsDrawn()
				n.Golden(name)
			})
		}
	}
	n := world(t, 80, 24, uitest.ASCII, uitest.ReadOnly)
	n.Press("t")
	n.Golden("namespaces-ascii-80x24")
}

// TestMatrix: view 3 opens on who has which namespaces; Enter on a cell goes to that namespace and into its members,
// and Esc comes back to the cell.
func TestMatrix(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}} {
		n := matrixWorld(t, size[0], size[1])
		n.Safe()
		n.Golden(fmt.Sprintf("namespaces-matrix-%dx%d", size[0], size[1]))
	}
	n := matrixWorld(t, 120, 40)
	for _, want := range []string{"WHO", "pid", "net", "mnt", "host", "m: list"} {
		if !n.Shows(want) {
			t.Fatalf("it does not show %q:\n%s", want, n.Text())
		}
	}
	n.Press("l", "l", "l", "h") // the column mnt
	if n.ns().Namespace() == nil || n.ns().Namespace().Type != procwalk.Mnt {
		t.Fatalf("the cell is of %v:\n%s", n.ns().Namespace(), n.Text())
	}
	want := n.ns().Namespace().Key
	if _, ok := n.ns().Target(); !ok {
		t.Error("no process stands for the row")
	}
	n.Press("Enter")
	if !n.ns().Inside() || n.ns().Namespace().Key != want || n.Shows("WHO") {
		t.Fatalf("Enter leads to %v:\n%s", n.ns().Namespace(), n.Text())
	}
	n.Press("Esc")
	if !n.Shows("WHO") || n.ns().Namespace().Key != want {
		t.Fatalf("Esc leads to:\n%s", n.Text())
	}
	n.Press("/")
	n.Type("nobody-is-called-so")
	n.Press("Enter")
	if !n.Shows("no row passes the filter") {
		t.Errorf("filtered:\n%s", n.Text())
	}
	n.Press("Enter", "Esc")
	if !n.Shows("host") {
		t.Errorf("Esc does not take the filter away:\n%s", n.Text())
	}
	n.Press("t")
	if n.Shows("WHO") || !n.Shows("by parent and owner") {
		t.Errorf("the tree is not shown from the matrix:\n%s", n.Text())
	}
}

// TestLegendOfTheMatrix: what the cells say is explained below them, as long as that takes no row's place.
func TestLegendOfTheMatrix(t *testing.T) {
	for _, size := range [][2]int{{80, 60}, {120, 40}, {200, 60}} {
		if n := matrixWorld(t, size[0], size[1]); !n.Shows("own: nobody else") || !n.Shows("*: not all processes") {
			t.Errorf("%v has no legend:\n%s", size, n.Text())
		}
	}
	n := matrixWorld(t, 120, 12)
	if n.Shows("own: nobody else") || !n.Shows("WHO") {
		t.Errorf("the legend takes the place of rows:\n%s", n.Text())
	}
	n = matrixWorld(t, 120, 40)
	n.Press("m")
	if n.Shows("own: nobody else") {
		t.Errorf("the list has the legend of the matrix:\n%s", n.Text())
	}
}

// TestEveryNamespaceKey presses each key that view 3 adds.
func TestEveryNamespaceKey(t *testing.T) {
	on := func(k procwalk.NSType, inode uint64) func(*rig) bool {
		return func(n *rig) bool { return n.ns().Key() == nsview.Key{Type: k, Inode: inode} }
	}
	member := func(pid int) func(*rig) bool {
		return func(n *rig) bool { return n.ns().Inside() && n.ns().Member() == pid }
	}
	shifted := func(is bool) func(*rig) bool { return func(n *rig) bool { return n.ns().Shift() > 0 == is } }
	shows := func(s string) func(*rig) bool { return func(n *rig) bool { return strings.Contains(n.Text(), s) } }
	const ipc, first = 4026532191, 4026531836
	cases := map[string]struct {
		keys []string
		ok   func(*rig) bool
	}{
		"j": {[]string{"j"}, on(procwalk.Mnt, 0)}, "Down": {[]string{"Down", "Down"}, on(procwalk.Mnt, 4026531837)},
		"k": {[]string{"k"}, on(procwalk.IPC, first)}, "Up": {[]string{"Up"}, on(procwalk.IPC, first)},
		"g": {[]string{"g"}, on(procwalk.Cgroup, 0)}, "Home": {[]string{"Home"}, on(procwalk.Cgroup, 0)},
		"G": {[]string{"G"}, on(procwalk.UTS, 4026532197)}, "End": {[]string{"End"}, on(procwalk.UTS, 4026532197)},
		"^f": {[]string{"g", "^f"}, on(procwalk.UTS, 4026532197)}, "PgDn": {[]string{"g", "PgDn"},
			on(procwalk.UTS, 4026532197)},
		"^b": {[]string{"G", "^b"}, on(procwalk.Cgroup, 0)}, "PgUp": {[]string{"G", "PgUp"}, on(procwalk.Cgroup, 0)},
		"Shift-Right": {[]string{"Shift-Right"}, shifted(true)}, "^e": {[]string{"^e", "^e"}, shifted(true)},
		"Shift-Left": {[]string{"^e", "Shift-Left"}, shifted(false)}, "^a": {[]string{"Shift-Right", "^a"}, shifted(false)},
		"h": {[]string{"h"}, on(procwalk.IPC, 0)}, "Left": {[]string{"l", "Left", "Left"}, on(procwalk.IPC, 0)},
		"l": {[]string{"l"}, member(970)}, "Right": {[]string{"Right", "j"}, member(990)},
		"-": {[]string{"h", "-"}, shows("▸ ipc (2)")}, "+": {[]string{"h", "-", "+", "j", "j"}, on(procwalk.IPC, ipc)},
		"=": {[]string{"h", "="}, shows("▸ ipc (2)")}, "*": {[]string{"*"}, shows("▸ uts (2)")},
		"t": {[]string{"t"}, shows("by parent and owner")},
		"/": {[]string{"/", "n", "e", "t", "Enter"}, func(n *rig) bool { return len(n.ns().Lines()) == 3 }},
		"F4": {[]string{"F4", "9", "7", "0", "Enter"}, func(n *rig) bool {
			return n.ns().Namespace().Inode == ipc && len(n.ns().Lines()) == 10
		}},
		"m":     {[]string{"m"}, shows("WHO")},
		"O":     {[]string{"m", "O"}, shows("WHO")},
		"a":     {[]string{"a"}, func(n *rig) bool { return n.All }},
		"Space": {[]string{"Space"}, shows("1 tagged")}, "U": {[]string{"Space", "U"},
			func(n *rig) bool { return !n.Shows("tagged") }},
		"d":  {[]string{"Space", "l", "j", "Space", "d"}, shows("Namespaces of two processes")},
		"C":  {[]string{"C"}, shows("A program in new namespaces")},
		"F5": {[]string{"F5"}, shows("by parent and owner")},
		"F3": {[]string{"g", "F3", "M", "N", "T", "Enter"}, on(procwalk.Mnt, 4026531837)},
		"n":  {[]string{"g", "F3", "m", "n", "t", "Enter", "n"}, on(procwalk.Mnt, 4026532192)},
		"N":  {[]string{"g", "F3", "m", "n", "t", "Enter", "n", "N"}, on(procwalk.Mnt, 4026531837)},
	}
	n := world(t, 160, 45)
	fakehost.AllTested(t, n.ns().Keys(), cases)
	for _, k := range n.ns().Keys() {
		for name := range strings.FieldsSeq(k.Keys) {
			c, ok := cases[name]
			if !ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				n := world(t, 160, 45)
				if n.ns().Key() != (nsview.Key{Type: procwalk.IPC, Inode: ipc}) {
					t.Fatalf("it begins at %v", n.ns().Key())
				}
				n.Press(c.keys...)
				n.SafeAsDrawn()
				if !c.ok(n) {
					t.Errorf("after %q %v, member %d; the screen is\n%s", c.keys, n.ns().Key(), n.ns().Member(), n.Text())
				}
			})
		}
	}
}

func TestNamespacesKeepTheSubject(t *testing.T) {
	n := world(t, 160, 45)
	n.WantText("Namespace ipc:[4026532191]")
	n.WantText("by hand: readlink /proc/970/ns/ipc; nsenter --target 970 --ipc ipcs")
	n.Press("j", "j", "j", "1")
	if n.PID() != 970 {
		t.Fatalf("moving about and going back to view 1 selected PID %d", n.PID())
	}
	n.Press("3", "Enter", "j")
	n.WantText("by hand: lsns -p 990; readlink /proc/990/ns/*")
	n.Press("Enter")
	if n.View().Number() != 1 || n.PID() != 990 {
		t.Fatalf("Enter on a member led to view %d and PID %d", n.View().Number(), n.PID())
	}
	n.Press("[")
	if n.PID() != 970 {
		t.Errorf("history back selected PID %d", n.PID())
	}
	n.Press("Tab")
	if n.View().Number() == 1 || n.PID() != 970 {
		t.Errorf("Tab led to view %d, PID %d", n.View().Number(), n.PID())
	}
	n.Press("3")
	n.Type(":706\r")
	if n.PID() != 706 || n.ns().Key() != (nsview.Key{Type: procwalk.Mnt, Inode: 4026531837}) {
		t.Errorf(":706 selected %v of PID %d", n.ns().Key(), n.PID())
	}
	gone := fakehost.NamespaceWorld(4)
	for i := range gone.Processes {
		if gone.Processes[i].PID == 706 {
			gone.Processes[i].StartTime++
		}
	}
	n.Frame(gone)
	n.WantText("PID 706 (bash) has ended")
	n.Press("1")
	n.SafeAsDrawn()
}

// TestNamespacesBeforeTheyAreRead shows the view with a frame that another view asked for.
func TestNamespacesBeforeTheyAreRead(t *testing.T) {
	n := newRig(t, 100, 30)
	s := rowstest.World(0)
	for i := range s.Processes {
		s.Processes[i].NS = nil
	}
	n.Frame(s)
	n.Type(":970\r3")
	n.WantText("reading the namespaces")
	for _, name := range fakehost.KeyNames(n.Keys()) {
		n.Press("3", name)
		n.SafeAsDrawn()
		n.Press("Esc", "Esc", "Esc")
	}
	n.Press("1", "3")
	n.Frame(fakehost.NamespaceWorld(1))
	n.WantText("4026531835")
	n.RelateFail = errors.New("no \x1b way")
	n.Frame(fakehost.NamespaceWorld(2))
	n.WantText(`relations: no \x1b way`)
}

// TestSubjectWhoseNamespacesAreReadLater: a table that lacks the subject's namespaces does not keep the view from
// going to them once they are there; but for a user who has moved meanwhile.
func TestSubjectWhoseNamespacesAreReadLater(t *testing.T) {
	without := func(stamp int) *procwalk.Snapshot {
		s := fakehost.NamespaceWorld(stamp)
		s.FindID(s.Find(970).ID()).NS = nil
		return s
	}
	n := newRig(t, 160, 45)
	n.Frame(without(0))
	n.Type(":970\r3")
	n.Frame(fakehost.NamespaceWorld(1))
	if want := (nsview.Key{Type: procwalk.IPC, Inode: 4026532191}); n.ns().Key() != want {
		t.Errorf("selected is %v, want %v", n.ns().Key(), want)
	}
	n = newRig(t, 160, 45)
	n.Frame(without(0))
	n.Type(":970\r3")
	n.Press("G")
	moved := n.ns().Key()
	n.Frame(fakehost.NamespaceWorld(1))
	if n.ns().Key() != moved {
		t.Errorf("the user went to %v, and the view to %v", moved, n.ns().Key())
	}
}

func TestNamespacesOnAnyScreen(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {8, 3}, {19, 5}, {40, 10}, {55, 20}, {60, 12}, {300, 90}} {
		n := newRig(t, size[0], size[1])
		n.Frame(fakehost.NamespaceWorld(0))
		n.Type(":970\r3")
		for _, k := range n.Keys() {
			if k.Action == "quit" {
				continue
			}
			name := strings.Fields(k.Keys)[0] // its other names do the same, as TestEveryNamespaceKey shows
			n.Press("Esc", "Esc", "3", name)
			n.SafeAsDrawn()
			n.Press("j", "Space", "Tab", "Esc", "Esc")
			n.SafeAsDrawn()
		}
	}
}

func TestNamespacesMouse(t *testing.T) {
	n := world(t, 160, 45)
	left, right := n.ns().Areas()
	n.Click(tview.MouseLeftClick, left.X+3, left.Y+2)
	if n.ns().Row() != 1 || n.ns().Inside() {
		t.Errorf("a click selected line %d", n.ns().Row())
	}
	n.Click(tview.MouseLeftDoubleClick, left.X+3, left.Y+1)
	n.WantText("▸ cgroup (1)")
	n.Press("G")
	n.Click(tview.MouseLeftClick, right.X+3, right.Y+2)
	if !n.ns().Inside() || n.ns().Member() != 990 {
		t.Errorf("a click on a member selected PID %d", n.ns().Member())
	}
	n.Click(tview.MouseScrollDown, right.X+3, right.Y+2)
	n.Click(tview.MouseScrollUp, left.X+3, right.Y+2)
	n.Click(tview.MouseLeftDoubleClick, right.X+3, right.Y+2)
	if n.View().Number() != 1 || n.PID() != 990 {
		t.Errorf("a double click led to view %d, PID %d", n.View().Number(), n.PID())
	}
}

// TestNamespacesWithoutABackend shows what the table alone tells.
func TestNamespacesWithoutABackend(t *testing.T) {
	r := uitest.New(t, 160, 45)
	r.Frame(fakehost.NamespaceWorld(0))
	r.Type(":970\r3t")
	r.WantText("by parent and owner")
	r.Press("a")
	r.WantText("cannot be looked into")
	r.Press("C")
	r.WantText("cannot be made here")
}

// TestSlowReadsDoNotPileUp holds relations back while tables keep coming.
func TestSlowReadsDoNotPileUp(t *testing.T) {
	var waiting []func()
	reads := 0
	n := newRig(t, 100, 30, func(_ *fakehost.FakeHost, o *ui.Options) {
		o.Go = func(f func()) { waiting = append(waiting, f) }
		relate := o.Namespaces.Relate
		o.Namespaces.Relate = func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			reads++
			return relate(ctx, v, all)
		}
	})
	n.Frame(fakehost.NamespaceWorld(0))
	n.Press("3", "m")
	for later := range 10 {
		n.Frame(fakehost.NamespaceWorld(later + 1))
	}
	n.WantText("4026532191") // the first table, without relations
	if reads != 0 || len(waiting) > 3 {
		t.Fatalf("%d reads, %d goroutines", reads, len(waiting))
	}
	for len(waiting) > 0 {
		f := waiting[0]
		waiting = waiting[1:]
		f()
	}
	if reads != 2 || n.ns().Snapshot() != n.Last {
		t.Errorf("%d reads; the last table is shown: %v", reads, n.ns().Snapshot() == n.Last)
	}
}

// BenchmarkNamespaces takes up a table of many processes, and draws.
func BenchmarkNamespaces(b *testing.B) {
	for _, size := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := newRig(b, 160, 45)
			s := rowstest.Many(size, 0)
			f := n.FakeHost.Frame(s)
			n.App.Update(f)
			n.Press("3")
			for b.Loop() {
				n.App.Update(f)
				n.Redraw()
			}
		})
	}
}

// TestAskedForInSpiteOfTheFilter: who goes to the namespaces of a process is shown them: a filter that hides them is
// taken away, of the list and of the matrix, and one that does not stays.
func TestAskedForInSpiteOfTheFilter(t *testing.T) {
	n := world(t, 120, 40)
	own := n.ns().Key()
	for filter, stays := range map[string]bool{"nobody-is-called-so": false, own.Type.String(): true} {
		n.Type("/" + filter + "\r")
		n.Type(":ns 970\r")
		now, in := n.ns().Key(), n.ns().Snapshot().Find(970).NS.Inode
		if n.ns().Namespace() == nil || now.Inode != in[now.Type] || strings.Contains(n.ns().Status(), "filter") != stays {
			t.Errorf("filter %q: %v is selected; the status is %q", filter, now, n.ns().Status())
		}
		n.Press("Esc")
	}
	n = matrixWorld(t, 120, 40)
	n.Type("/nobody-is-called-so\r")
	n.Type(":ns 1\r")
	if n.Shows("no row passes the filter") || !n.Shows("WHO") {
		t.Errorf("the matrix stays filtered:\n%s", n.Text())
	}
}
