package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/uitest/fakehost"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// TestKeyThatDoesNothingSaysSo: in every view, and what is typed on after it does nothing either, whatever it would
// mean by itself.
func TestKeyThatDoesNothingSaysSo(t *testing.T) {
	for _, view := range []string{"1", "2", "3", "4", "5"} {
		for _, stray := range []string{"é", "Q", "@"} {
			r := world(t, 100, 30)
			r.Press(view)
			if kit.FindBinding(r.allKeys(), kit.Event(stray)) != nil {
				continue
			}
			pid := r.pid()
			r.Press(stray)
			r.WantText(stray + " does nothing here")
			r.Type("jjZsqKtdU:/5\r")
			r.Press("Tab", "Space")
			if r.ctx.Err() != nil || len(r.overlays) > 0 || r.prompt != nil || r.pid() != pid || r.col.paused.Load() {
				t.Errorf("view %s: what was typed after %s was taken for keys", view, stray)
			}
			if n := r.View().Number(); string(rune('0'+n)) != view {
				t.Errorf("view %s: what was typed after %s led to view %d", view, stray, n)
			}
			r.Time = r.Time.Add(time.Second)
			r.Press("Z")
			if !r.col.paused.Load() {
				t.Errorf("view %s: after a pause a key does not work again", view)
			}
		}
	}
	r := world(t, 100, 30)
	r.Press("@", "Down") // an arrow is no part of a word
	if r.pid() == 1 {
		t.Error("after a key that does nothing an arrow is not taken")
	}
	r.Press("F11")
	r.WantText("F11 does nothing here")
	r.Press("Z")
	if !r.col.paused.Load() {
		t.Error("a function key that does nothing takes others with it")
	}
}

// TestLateQuestionTakesNoKey: a question, or a prompt, that comes up after the user went on takes no key, paste or
// click that was meant for what was there before.
func TestLateQuestionTakesNoKey(t *testing.T) {
	var work []func()
	r := world(t, 100, 30, func(o *Options) { o.Go = func(f func()) { work = append(work, f) } })
	grave := func(context.Context) (effect.Effect, error) {
		return fakehost.Effect{What: "freeze it", Level: effect.Risk{Level: effect.Confirm, Why: "it stops"}}, nil
	}
	run := func() {
		for _, f := range work {
			f()
		}
		work = nil
	}
	ask := func() {
		r.typing.Keys++ // as a key that plans it
		r.perform(kit.Plan{Make: grave})
	}
	ask()
	r.Press("j")
	run()
	r.WantText("freeze it")
	r.WantText("this question came up while you typed")
	r.Press("y", "Tab", "Enter")
	r.MouseHandler()(tview.MouseLeftClick, tcell.NewEventMouse(45, 17, tcell.ButtonPrimary, tcell.ModNone), nil)
	run()
	if len(r.Sent) > 0 || len(r.overlays) != 1 {
		t.Fatalf("keys that were meant elsewhere carried out %q", r.Sent)
	}
	r.Time = r.Time.Add(time.Second)
	r.Press("y")
	run()
	if strings.Join(r.Sent, ",") != "freeze it" {
		t.Fatalf("after a pause y carried out %q", r.Sent)
	}
	ask()
	r.Press("j")
	run()
	r.Press("Esc")
	if len(r.overlays) > 0 {
		t.Error("Esc does not leave a question that came late")
	}
	ask() // and the user waits for it
	run()
	r.Redraw()
	r.Press("y")
	run()
	if len(r.Sent) != 2 {
		t.Errorf("carried out %q", r.Sent)
	}
}

// TestTabsAndFooterAreClickable clicks each tab, and each key of the footer.
func TestTabsAndFooterAreClickable(t *testing.T) {
	r := world(t, 160, 45)
	r.Redraw()
	click := func(label string) {
		t.Helper()
		for y, line := range strings.Split(r.Text(), "\n") {
			if at := strings.Index(line, label); at >= 0 {
				x := len([]rune(line[:at]))
				r.MouseHandler()(tview.MouseLeftClick, tcell.NewEventMouse(x, y, tcell.ButtonPrimary, tcell.ModNone), nil)
				r.Redraw()
				return
			}
		}
		t.Fatalf("nothing says %q", label)
	}
	for _, v := range r.views {
		click(string(rune('0'+v.Number())) + " " + v.Name())
		if r.View().Number() != v.Number() {
			t.Errorf("a click on %s led to view %d", v.Name(), r.View().Number())
		}
	}
	click("1 Processes")
	foot := r.layout().keys
	for _, k := range append(foot.List, foot.Always...) {
		if k.Action == "quit" {
			continue
		}
		r := world(t, 160, 45)
		before := r.Text()
		name, _, _ := strings.Cut(k.Keys, " ")
		for y, line := range strings.Split(before, "\n") {
			if at := strings.Index(line, name+" "+k.Action); at >= 0 && y >= 43 {
				x := len([]rune(line[:at]))
				r.MouseHandler()(tview.MouseLeftClick, tcell.NewEventMouse(x, y, tcell.ButtonPrimary, tcell.ModNone), nil)
				r.Redraw()
				if r.Text() == before && !r.details.focus {
					t.Errorf("a click on %q did nothing", k.Action)
				}
			}
		}
	}
	// The tabs show their numbers alone where there is no room; what is always there is there at 80 columns, too.
	for _, n := range []string{"1", "2", "3", "4", "5"} {
		small := world(t, 80, 24)
		small.Press(n)
		for _, want := range []string{"Enter ", "? help", "q quit", ": command"} {
			if foot := strings.Join(strings.Split(small.Text(), "\n")[22:24], "\n"); !strings.Contains(foot, want) {
				t.Errorf("view %s: the footer lacks %q: %s", n, want, foot)
			}
		}
	}
}
