package ui

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// nsWorld is the small host in which the container has five namespaces of its own, shown in view 3 with PID 970 as
// the subject. What was asked of the backend is in asked.
type nsRig struct {
	*rig
	entered  []EnterChoice
	unshared []UnshareChoice
	sessions []string
	all      bool
	ended    Ended
	err      error
	risk     effect.Risk
}

func nsSnapshot(later int) *procwalk.Snapshot {
	s := rowstest.World(later)
	for i := range s.Processes {
		p := &s.Processes[i]
		switch p.PID {
		case 970, 990:
			for _, t := range []procwalk.NSType{procwalk.IPC, procwalk.Mnt, procwalk.Net, procwalk.UTS} {
				p.NS.Inode[t] = 4026532190 + uint64(t)
			}
		case 1200:
			p.NS = &procwalk.Namespaces{}
			for t := range p.NS.Err {
				p.NS.Err[t] = errors.New("evil\x1b[2J")
			}
		case 801: // its next child is in another
			p.NS.PIDForChildren = 4026532299
		}
	}
	return s
}

func newNSRig(t testing.TB, w, h int, change ...func(*Options)) *nsRig {
	n := &nsRig{}
	n.rig = newRig(t, w, h, append([]func(*Options){func(o *Options) {
		o.Relate = func(_ context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			n.all = all
			root := nsview.Key{Type: procwalk.User, Inode: 4026531835 + uint64(procwalk.User)}
			for i := range v.Namespaces {
				rel := &v.Namespaces[i].Relations
				rel.Known, rel.Owner = true, root
				switch k := v.Namespaces[i].Key; {
				case k == root:
					rel.Owner, rel.OwnerErr, rel.ParentErr = nsview.Key{}, nsview.ErrOutside, nsview.ErrOutside
				case k.Type == procwalk.PID && k.Inode != 4026531835+uint64(procwalk.PID):
					rel.Parent = nsview.Key{Type: procwalk.PID, Inode: 4026531835 + uint64(procwalk.PID)}
				}
			}
			return v, n.err
		}
		o.Inside = func(_ context.Context, v *nsview.View, k nsview.Key) nsview.Details {
			if k.Type == procwalk.Net {
				return nsview.Details{Net: &nsview.NetDetails{Interfaces: []nsview.Interface{{Flags: "up|loopback", MTU: 65536}}}}
			}
			return nsview.Details{}
		}
		o.Differs = func(_ context.Context, id procwalk.ID) (d [procwalk.NSTypes]bool, err error) {
			if id.PID == 970 {
				d[procwalk.Net], d[procwalk.Mnt], d[procwalk.PID] = true, true, true
			}
			return d, n.err
		}
		o.Enter = func(c EnterChoice) (effect.Effect, error) {
			n.entered = append(n.entered, c)
			return fakeEffect{"enter", n.risk}, n.err
		}
		o.Unshare = func(c UnshareChoice) (effect.Effect, error) {
			n.unshared = append(n.unshared, c)
			return fakeEffect{"unshare", n.risk}, n.err
		}
		o.Session = func(_ context.Context, e effect.Effect) (Ended, error) {
			n.sessions = append(n.sessions, e.Describe())
			return n.ended, n.err
		}
	}}, change...)...)
	n.suspend = func(f func()) bool { f(); return true }
	return n
}

func nsWorld(t testing.TB, w, h int, change ...func(*Options)) *nsRig {
	n := newNSRig(t, w, h, change...)
	n.frame(nsSnapshot(0))
	n.typeText(":970\r3")
	n.frame(nsSnapshot(2))
	n.draw()
	return n
}

func (n *nsRig) ns() *namespaces {
	for _, v := range n.views {
		if v, ok := v.(*namespaces); ok {
			return v
		}
	}
	panic("no view of namespaces")
}

type fakeEffect struct {
	what string
	risk effect.Risk
}

func (e fakeEffect) Kind() string      { return e.what }
func (e fakeEffect) Describe() string  { return e.what }
func (e fakeEffect) ByHand() string    { return "nsenter" }
func (e fakeEffect) Risk() effect.Risk { return e.risk }
func (e fakeEffect) Undo() effect.Undo { return effect.Undo{} }
func (e fakeEffect) About() text.Text  { return text.Text{} }
func (e fakeEffect) Apply(context.Context) (effect.Outcome, error) {
	return effect.Outcome{}, errors.New("the UI must not call Apply")
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
			{name: "unshare", keys: []string{"N", "Up"}},
			{name: "diff", keys: []string{":"}, text: "diff 1 970", then: []string{"Enter"}},
			{name: "help", keys: []string{"?"}},
		} {
			name := fmt.Sprintf("namespaces-%s-%dx%d", c.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				n := nsWorld(t, size[0], size[1])
				n.press(c.keys...)
				n.typeText(c.text)
				n.press(c.then...)
				n.safe()
				golden(t, name, n.text())
			})
		}
	}
	n := nsWorld(t, 80, 24, func(o *Options) { o.ASCII = true; o.ReadOnly = "started with --readonly" })
	n.press("t")
	golden(t, "namespaces-ascii-80x24", n.text())
}

// TestEveryNamespaceKey presses each key that view 3 adds.
func TestEveryNamespaceKey(t *testing.T) {
	on := func(k procwalk.NSType, inode uint64) func(*nsRig) bool {
		return func(n *nsRig) bool { return n.ns().key == nsview.Key{Type: k, Inode: inode} }
	}
	member := func(pid int) func(*nsRig) bool {
		return func(n *nsRig) bool { return n.ns().inside && n.ns().member.PID == pid }
	}
	shows := func(s string) func(*nsRig) bool { return func(n *nsRig) bool { return strings.Contains(n.text(), s) } }
	const ipc, first = 4026532191, 4026531836
	cases := map[string]struct {
		keys []string
		ok   func(*nsRig) bool
	}{
		"j": {[]string{"j"}, on(procwalk.Mnt, 0)}, "Down": {[]string{"Down", "Down"}, on(procwalk.Mnt, 4026531837)},
		"k": {[]string{"k"}, on(procwalk.IPC, first)}, "Up": {[]string{"Up"}, on(procwalk.IPC, first)},
		"g": {[]string{"g"}, on(procwalk.Cgroup, 0)}, "Home": {[]string{"Home"}, on(procwalk.Cgroup, 0)},
		"G": {[]string{"G"}, on(procwalk.UTS, 4026532197)}, "End": {[]string{"End"}, on(procwalk.UTS, 4026532197)},
		"^f": {[]string{"g", "^f"}, on(procwalk.UTS, 4026532197)}, "PgDn": {[]string{"g", "PgDn"}, on(procwalk.UTS, 4026532197)},
		"^b": {[]string{"G", "^b"}, on(procwalk.Cgroup, 0)}, "PgUp": {[]string{"G", "PgUp"}, on(procwalk.Cgroup, 0)},
		"h": {[]string{"h"}, on(procwalk.IPC, 0)}, "Left": {[]string{"l", "Left", "Left"}, on(procwalk.IPC, 0)},
		"l": {[]string{"l"}, member(970)}, "Right": {[]string{"Right", "j"}, member(990)},
		"-": {[]string{"h", "-"}, shows("▸ ipc (2)")}, "+": {[]string{"h", "-", "+", "j", "j"}, on(procwalk.IPC, ipc)},
		"=": {[]string{"h", "="}, shows("▸ ipc (2)")}, "*": {[]string{"*"}, shows("▸ uts (2)")},
		"t": {[]string{"t"}, shows("by parent and owner")},
		"/": {[]string{"/", "n", "e", "t", "Enter"}, func(n *nsRig) bool { return len(n.ns().list.Lines()) == 3 }},
		"F4": {[]string{"F4", "9", "7", "0", "Enter"}, func(n *nsRig) bool {
			return n.ns().namespace().Inode == ipc && len(n.ns().list.Lines()) == 10
		}},
		"a":     {[]string{"a"}, func(n *nsRig) bool { return n.all }},
		"Space": {[]string{"Space"}, shows("1 tagged")}, "U": {[]string{"Space", "U"}, func(n *nsRig) bool { return len(n.tags()) == 0 }},
		"d": {[]string{"Space", "l", "j", "Space", "d"}, shows("Namespaces of two processes")},
		"N": {[]string{"N"}, shows("A program in new namespaces")},
	}
	n := nsWorld(t, 160, 45)
	allTested(t, n.ns().Keys(), cases)
	for _, k := range n.ns().Keys() {
		for name := range strings.FieldsSeq(k.Keys) {
			c, ok := cases[name]
			if !ok {
				continue
			}
			t.Run(name, func(t *testing.T) {
				n := nsWorld(t, 160, 45)
				if n.ns().key != (nsview.Key{Type: procwalk.IPC, Inode: ipc}) {
					t.Fatalf("it begins at %v", n.ns().key)
				}
				n.press(c.keys...)
				n.safe()
				if !c.ok(n) {
					t.Errorf("after %q %v, member %d; the screen is\n%s", c.keys, n.ns().key, n.ns().member.PID, n.text())
				}
			})
		}
	}
}

func TestNamespacesKeepTheSubject(t *testing.T) {
	n := nsWorld(t, 160, 45)
	n.wantText("Namespace ipc:[4026532191]")
	n.wantText("by hand: readlink /proc/970/ns/ipc; nsenter --target 970 --ipc ipcs")
	n.press("j", "j", "j", "1")
	if n.pid() != 970 {
		t.Fatalf("moving about and going back to view 1 selected PID %d", n.pid())
	}
	n.press("3", "Enter", "j")
	n.wantText("by hand: lsns -p 990; readlink /proc/990/ns/*")
	n.press("Enter")
	if n.view().Number() != 1 || n.pid() != 990 {
		t.Fatalf("Enter on a member led to view %d and PID %d", n.view().Number(), n.pid())
	}
	n.press("[")
	if n.pid() != 970 {
		t.Errorf("history back selected PID %d", n.pid())
	}
	n.press("Tab")
	if n.view().Number() == 1 || n.pid() != 970 {
		t.Errorf("Tab led to view %d, PID %d", n.view().Number(), n.pid())
	}
	n.press("3")
	n.typeText(":706\r")
	if n.pid() != 706 || n.ns().key != (nsview.Key{Type: procwalk.Mnt, Inode: 4026531837}) {
		t.Errorf(":706 selected %v of PID %d", n.ns().key, n.pid())
	}
	gone := nsSnapshot(4)
	for i := range gone.Processes {
		if gone.Processes[i].PID == 706 {
			gone.Processes[i].StartTime++
		}
	}
	n.frame(gone)
	n.wantText("PID 706 (bash) has ended")
	n.press("1")
	n.safe()
}

// TestNamespacesBeforeTheyAreRead shows the view with a frame that another view asked for.
func TestNamespacesBeforeTheyAreRead(t *testing.T) {
	n := newNSRig(t, 100, 30)
	s := rowstest.World(0)
	for i := range s.Processes {
		s.Processes[i].NS = nil
	}
	n.frame(s)
	n.typeText(":970\r3")
	n.wantText("reading the namespaces")
	for _, k := range n.allKeys() {
		for name := range strings.FieldsSeq(k.Keys) {
			if k.Action != "quit" && k.Action != n.views[0].Name() {
				n.press(name)
				n.overlays, n.prompt = nil, nil
				n.safe()
			}
		}
	}
	n.show(0)
	n.press("3")
	n.frame(nsSnapshot(1))
	n.wantText("4026531835")
	n.err = errors.New("no \x1b way")
	n.frame(nsSnapshot(2))
	n.wantText(`relations: no \x1b way`)
}

func TestEnterDialog(t *testing.T) {
	n := nsWorld(t, 100, 30)
	n.press("1", "s")
	n.wantText("Shell inside PID 970 (memcached)")
	n.wantText("[x] net")
	n.wantText("[-] user")
	n.press("Esc")
	if len(n.entered) != 0 {
		t.Fatal("Esc entered")
	}
	n.press("s", "Enter")
	if len(n.entered) != 1 || len(n.sessions) != 1 {
		t.Fatalf("entered %v, %d sessions", n.entered, len(n.sessions))
	}
	if c := n.entered[0]; c.Target.PID != 970 || fmt.Sprint(c.Types) != "[mnt net pid]" || c.Program != nil || c.As != "" {
		t.Errorf("chose %+v", c)
	}
	n.wantText("the program inside PID 970 ended with status 0")

	// A shared one is asked for in vain; with a program.
	n.ended = Ended{Status: 137, Note: "bad\x1b"}
	n.press("s", "Tab", "Space")
	n.wantText("shared with bones")
	n.press("Up")
	n.typeText(`sh -c 'echo "a b"' x\ y`)
	n.press("Enter")
	c := n.entered[len(n.entered)-1]
	if fmt.Sprintf("%q", c.Program) != `["sh" "-c" "echo \"a b\"" "x y"]` {
		t.Errorf("program %q", c.Program)
	}
	n.wantText(`ended with status 137 (signal 9); bad\x1b`)

	n.press("s")
	n.typeText("'")
	n.press("Enter")
	n.wantText("a quote is not closed")
	n.press("Esc")

	n.risk = effect.Risk{Level: effect.Confirm, Why: "it is root here"}
	before := len(n.sessions)
	n.press("s", "Enter")
	n.wantText("it is root here")
	n.press("Enter")
	if len(n.sessions) != before {
		t.Fatal("it did not wait for Yes")
	}
	n.press("s", "Enter", "y")
	if len(n.sessions) != before+1 {
		t.Fatal("Yes did not enter")
	}
	n.err = errors.New("it is\x1b gone")
	n.press("s")
	n.wantText(`it is\x1b gone`)
}

func TestEnterChoosesTypesAndPrivileges(t *testing.T) {
	n := nsWorld(t, 100, 40)
	n.press("s")
	f := n.overlays[0].(*nsForm)
	at := func(label string) {
		for i, b := range f.boxes {
			if b.label == label {
				f.at = i
			}
		}
	}
	at("pid")
	n.press("Space")
	at("user")
	n.press("Space")
	at("container")
	n.press("Space")
	at("root")
	n.press("Space", "Enter")
	c := n.entered[0]
	if fmt.Sprint(c.Types) != "[mnt net]" || c.As != "root" {
		t.Errorf("chose %+v", c)
	}
}

func TestUnshareDialog(t *testing.T) {
	n := nsWorld(t, 100, 40)
	n.press("N", "Enter")
	n.press("1")
	n.typeText(":unshare\r")
	f := n.overlays[0].(*nsForm)
	for i := range f.boxes {
		f.boxes[i].on = false
	}
	n.press("Enter")
	n.wantText("choose at least one namespace")
	f.at = int(procwalk.Net)
	n.press("Space", "Up", "Up", "Up", "Up")
	n.typeText("ip link")
	n.press("Enter")
	if len(n.unshared) != 2 || len(n.sessions) != 2 {
		t.Fatalf("%d unshared, %d sessions", len(n.unshared), len(n.sessions))
	}
	if c := n.unshared[0]; fmt.Sprint(c.Types) != "[mnt pid]" || !c.Fork || !c.MountProc || c.MapRoot || c.Program != nil {
		t.Errorf("as it stands: %+v", c)
	}
	if c := n.unshared[1]; fmt.Sprint(c.Types) != "[net]" || c.Fork || c.MountProc {
		t.Errorf("changed: %+v", c)
	}
}

func TestNothingIsEnteredReadOnly(t *testing.T) {
	n := nsWorld(t, 100, 30, func(o *Options) { o.ReadOnly = "started with --readonly" })
	for _, keys := range []string{"s", "N", ":unshare\r", ":shell\r", "1s"} {
		n.typeText(keys)
		n.wantText("started with --readonly")
		if len(n.overlays) != 0 {
			t.Fatalf("%q opened a dialog", keys)
		}
	}
	n.begin(func() (effect.Effect, error) { return fakeEffect{}, nil }, "x")
	if len(n.sessions) != 0 {
		t.Error("a session was begun")
	}
	bare := world(t, 100, 30)
	bare.press("s")
	bare.wantText("cannot be entered here")
}

func TestDiffNeedsTwo(t *testing.T) {
	n := nsWorld(t, 100, 30)
	n.press("d")
	n.wantText("0 are tagged")
	n.typeText(":diff 1 99999\r")
	n.wantText(`no process "99999"`)
	n.press("1")
	n.typeText(":500\r :706\r :diff\r") // two tagged in view 1
	n.wantText("PID 500 sshd")
	n.wantText("same")
	n.press("Esc")
	n.wantText("3 Namespaces")
}

func TestNamespacesOnAnyScreen(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {2, 1}, {8, 3}, {19, 5}, {40, 10}, {55, 20}, {60, 12}, {300, 90}} {
		n := newNSRig(t, size[0], size[1])
		n.frame(nsSnapshot(0))
		n.typeText(":970\r3")
		for _, k := range n.allKeys() {
			for name := range strings.FieldsSeq(k.Keys) {
				if k.Action == "quit" {
					continue
				}
				n.show(1)
				n.press(name)
				n.safe()
				n.press("j", "Space", "Tab", "Esc", "Esc")
				n.safe()
			}
		}
	}
}

func TestNamespacesMouse(t *testing.T) {
	n := nsWorld(t, 160, 45)
	click := func(action tview.MouseAction, x, y int) {
		n.MouseHandler()(action, tcell.NewEventMouse(x, y, tcell.ButtonPrimary, tcell.ModNone), nil)
		n.safe()
	}
	left, right := n.ns().columns[0], n.ns().columns[1]
	click(tview.MouseLeftClick, left.x+3, left.y+2)
	if n.ns().at != 1 || n.ns().inside {
		t.Errorf("a click selected line %d", n.ns().at)
	}
	click(tview.MouseLeftDoubleClick, left.x+3, left.y+1)
	n.wantText("▸ cgroup (1)")
	n.press("G")
	click(tview.MouseLeftClick, right.x+3, right.y+2)
	if !n.ns().inside || n.ns().member.PID != 990 {
		t.Errorf("a click on a member selected PID %d", n.ns().member.PID)
	}
	click(tview.MouseScrollDown, right.x+3, right.y+2)
	click(tview.MouseScrollUp, left.x+3, right.y+2)
	click(tview.MouseLeftDoubleClick, right.x+3, right.y+2)
	if n.view().Number() != 1 || n.pid() != 990 {
		t.Errorf("a double click led to view %d, PID %d", n.view().Number(), n.pid())
	}
}

// TestNamespacesWithoutABackend shows what the table alone tells.
func TestNamespacesWithoutABackend(t *testing.T) {
	r := newRig(t, 160, 45)
	r.frame(nsSnapshot(0))
	r.typeText(":970\r3t")
	r.wantText("by parent and owner")
	r.press("a")
	r.wantText("cannot be looked into")
	r.press("N")
	r.wantText("cannot be made here")
}

func TestSplitWords(t *testing.T) {
	for in, want := range map[string]string{
		"": `[]`, "  a  b ": `["a" "b"]`, `'a b' "c d"`: `["a b" "c d"]`, `a\ b`: `["a b"]`, `''`: `[""]`, `"a\"b"`: `["a\"b"]`, `'a\b'`: `["a\\b"]`, `x'y'z`: `["xyz"]`,
	} {
		if got, err := splitWords(in); err != nil || fmt.Sprintf("%q", got) != want {
			t.Errorf("%s: %q, %v; want %s", in, got, err, want)
		}
	}
	for _, in := range []string{`'`, `"a`, `a\`} {
		if _, err := splitWords(in); err == nil {
			t.Errorf("%s was taken", in)
		}
	}
}

// TestSlowReadsDoNotPileUp holds relations back while tables keep coming.
func TestSlowReadsDoNotPileUp(t *testing.T) {
	var waiting []func()
	reads := 0
	n := newNSRig(t, 100, 30, func(o *Options) {
		o.Go = func(f func()) { waiting = append(waiting, f) }
		relate := o.Relate
		o.Relate = func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			reads++
			return relate(ctx, v, all)
		}
	})
	n.frame(nsSnapshot(0))
	n.press("3")
	for later := range 10 {
		n.frame(nsSnapshot(later + 1))
	}
	n.wantText("4026532191") // the first table, without relations
	if reads != 0 || len(waiting) > 3 {
		t.Fatalf("%d reads, %d goroutines", reads, len(waiting))
	}
	for len(waiting) > 0 {
		f := waiting[0]
		waiting = waiting[1:]
		f()
	}
	if reads != 2 || n.ns().snap() != n.last {
		t.Errorf("%d reads; the last table is shown: %v", reads, n.ns().snap() == n.last)
	}
}

// BenchmarkNamespaces takes up a table of many processes, and draws.
func BenchmarkNamespaces(b *testing.B) {
	for _, size := range []int{1000, 10000, 100000} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			n := newNSRig(b, 160, 45)
			s := rowstest.Many(size, 0)
			n.frame(s)
			n.press("3")
			f := n.UI.frame
			for b.Loop() {
				n.update(f)
				n.draw()
			}
		})
	}
}
