package ui

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"bones/nsview"
	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/uitest/fakehost"
)

func TestEnterDialog(t *testing.T) {
	n := nsWorld(t, 100, 30)
	n.Press("1", "s")
	n.WantText("Shell inside PID 970 (memcached)")
	n.WantText("[x] net")
	n.WantText("[-] user")
	n.Press("Esc")
	if len(n.entered) != 0 {
		t.Fatal("Esc entered")
	}
	n.Press("s", "Enter")
	if len(n.entered) != 1 || len(n.sessions) != 1 {
		t.Fatalf("entered %v, %d sessions", n.entered, len(n.sessions))
	}
	if c := n.entered[0]; c.Target.PID != 970 || fmt.Sprint(c.Types) != "[mnt net pid]" || c.Program != nil ||
		c.As != "" {
		t.Errorf("chose %+v", c)
	}
	n.WantText("the program inside PID 970 ended with status 0")

	// A shared one is asked for in vain; with a program.
	n.ended = ProgramExit{Status: 137, Note: "bad\x1b"}
	n.Press("s", "Tab", "Space")
	n.WantText("shared with bones")
	n.Press("Up")
	n.Type(`sh -c 'echo "a b"' x\ y`)
	n.Press("Enter")
	c := n.entered[len(n.entered)-1]
	if fmt.Sprintf("%q", c.Program) != `["sh" "-c" "echo \"a b\"" "x y"]` {
		t.Errorf("program %q", c.Program)
	}
	n.WantText(`ended with status 137 (signal 9); bad\x1b`)

	n.Press("s")
	n.Type("'")
	n.Press("Enter")
	n.WantText("a quote is not closed")
	n.Press("Esc")

	n.risk = effect.Risk{Level: effect.Confirm, Why: "it is root here"}
	before := len(n.sessions)
	n.Press("s", "Enter")
	n.WantText("it is root here")
	n.Press("Enter")
	if len(n.sessions) != before {
		t.Fatal("it did not wait for Yes")
	}
	n.Press("s", "Enter", "y")
	if len(n.sessions) != before+1 {
		t.Fatal("Yes did not enter")
	}
	n.err = errors.New("it is\x1b gone")
	n.Press("s")
	n.WantText(`it is\x1b gone`)
}

func TestEnterChoosesTypesAndPrivileges(t *testing.T) {
	n := nsWorld(t, 100, 40)
	n.Press("s")
	f := n.overlays[0].(*kit.Form)
	at := func(label string) {
		for i, b := range f.Boxes {
			if b.Label == label {
				f.At = i
			}
		}
	}
	at("pid")
	n.Press("Space")
	at("user")
	n.Press("Space")
	at("container")
	n.Press("Space")
	at("root")
	n.Press("Space", "Enter")
	c := n.entered[0]
	if fmt.Sprint(c.Types) != "[mnt net]" || c.As != "root" || c.HostTools {
		t.Errorf("chose %+v", c)
	}
	n.Press("s")
	f = n.overlays[0].(*kit.Form)
	at("host tools")
	n.Press("Space", "Enter")
	if c := n.entered[1]; c.As != "" || !c.HostTools {
		t.Errorf("chose %+v", c)
	}
}

func TestUnshareDialog(t *testing.T) {
	n := nsWorld(t, 100, 40)
	n.Press("C", "Enter")
	n.Press("1")
	n.Type(":unshare\r")
	f := n.overlays[0].(*kit.Form)
	for i := range f.Boxes {
		f.Boxes[i].On = false
	}
	n.Press("Enter")
	n.WantText("choose at least one namespace")
	f.At = int(procwalk.Net)
	n.Press("Space", "Up", "Up", "Up", "Up")
	n.Type("ip link")
	n.Press("Enter")
	if len(n.unshared) != 2 || len(n.sessions) != 2 {
		t.Fatalf("%d unshared, %d sessions", len(n.unshared), len(n.sessions))
	}
	if c := n.unshared[0]; fmt.Sprint(c.Types) != "[mnt pid]" || !c.Fork || !c.MountProc || c.MapRoot ||
		c.Program != nil {
		t.Errorf("as it stands: %+v", c)
	}
	if c := n.unshared[1]; fmt.Sprint(c.Types) != "[net]" || c.Fork || c.MountProc {
		t.Errorf("changed: %+v", c)
	}
}

func TestNothingIsEnteredReadOnly(t *testing.T) {
	n := nsWorld(t, 100, 30, func(o *Options) { o.ReadOnly = "started with --readonly" })
	for _, keys := range []string{"s", "C", ":unshare\r", ":shell\r", "1s"} {
		n.Type(keys)
		n.WantText("started with --readonly")
		if len(n.overlays) != 0 {
			t.Fatalf("%q opened a dialog", keys)
		}
	}
	n.begin(func() (effect.Effect, error) { return fakehost.Effect{}, nil }, "x")
	if len(n.sessions) != 0 {
		t.Error("a session was begun")
	}
	bare := world(t, 100, 30)
	bare.Press("s")
	bare.WantText("cannot be entered here")
}

func TestDiffNeedsTwo(t *testing.T) {
	n := nsWorld(t, 100, 30)
	n.Press("d")
	n.WantText("0 are tagged")
	n.Type(":diff 1 99999\r")
	n.WantText("99999: there is no such process")
	n.Press("1")
	n.Type(":500\r :706\r :diff\r") // two tagged in view 1
	n.WantText("PID 500 sshd")
	n.WantText("same")
	n.Press("Esc")
	n.WantText("3 Namespaces")
}

// TestEnterANamespaceWithoutAProcess: what the view lists can be entered, also what only a mount or a descriptor
// keeps.
func TestEnterANamespaceWithoutAProcess(t *testing.T) {
	held := nsview.Namespace{Key: nsview.Key{Type: procwalk.Net, Inode: 4026539999},
		Holders: []nsview.Holder{{Kind: nsview.ByBind, Path: text.New("/run/netns/blue")}}}
	n := nsWorld(t, 120, 40, func(o *Options) {
		relate := o.Namespaces.Relate
		o.Namespaces.Relate = func(ctx context.Context, v *nsview.View, all bool) (*nsview.View, error) {
			v, err := relate(ctx, v, all)
			if all {
				more := *v
				more.Namespaces = append(slices.Clone(v.Namespaces), held)
				v = &more
			}
			return v, err
		}
	})
	n.Press("3", "a", "g")
	v := n.View().(kit.Spacer)
	for range 60 {
		if _, _, ok := v.Space(); ok {
			break
		}
		n.Press("j")
	}
	inode, name, ok := v.Space()
	if !ok || inode != held.Inode {
		t.Fatalf("no namespace without a process is listed:\n%s", n.Text())
	}
	n.Press("s")
	n.WantText("A program of the host in " + name)
	n.Type("ip link")
	n.Press("Enter")
	if len(n.entered) != 1 || n.entered[0].Space != inode || fmt.Sprint(n.entered[0].Program) != "[ip link]" {
		t.Errorf("entered %+v, want %d", n.entered, inode)
	}
}

// TestEnterAsksOnceWhereTheAnswerIsLate: however often s is pressed, one read is under way, and its form does not open
// over another process.
func TestEnterAsksOnceWhereTheAnswerIsLate(t *testing.T) {
	var held []func()
	late := false
	n := nsWorld(t, 100, 30, func(o *Options) {
		o.Go = func(f func()) {
			if late {
				held = append(held, f)
				return
			}
			f()
		}
	})
	n.Press("1")
	late = true
	for range 10 {
		n.Press("s")
	}
	if len(held) != 1 {
		t.Fatalf("%d reads are under way", len(held))
	}
	n.Press("g")
	held[0]()
	n.Redraw()
	if n.pid() == 970 || strings.Contains(n.Text(), "Shell inside") {
		t.Errorf("the form of another process than PID %d opened:\n%s", n.pid(), n.Text())
	}
	late = false
	n.Press("s")
	n.WantText(fmt.Sprintf("Shell inside PID %d", n.pid()))
	if n.Press("Esc"); strings.Contains(n.Text(), "Shell inside") {
		t.Error("the form was opened more than once")
	}
}
