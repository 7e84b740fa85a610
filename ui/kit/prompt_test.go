package kit

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

func TestPromptEditing(t *testing.T) {
	l := NewPrompt(Question{Accept: func(string) {}})
	for _, step := range []struct {
		key  tcell.Key
		text string
		want string
	}{
		{tcell.KeyRune, "ab cd", "ab cd"}, {tcell.KeyBackspace2, "", "ab c"}, {tcell.KeyHome, "", "ab c"}, {tcell.KeyDelete,
			"", "b c"},
		{tcell.KeyRune, "日", "日b c"}, {tcell.KeyEnd, "", "日b c"}, {tcell.KeyCtrlW, "", "日b "}, {tcell.KeyLeft, "", "日b "},
		{tcell.KeyRune, "x", "日bx "}, {tcell.KeyCtrlK, "", "日bx"}, {tcell.KeyCtrlU, "", ""}, {tcell.KeyBackspace, "", ""},
		{tcell.KeyDelete, "", ""},
	} {
		if step.text == "" {
			l.Key(tcell.NewEventKey(step.key, 0, tcell.ModNone))
		}
		for _, c := range step.text {
			l.Key(tcell.NewEventKey(tcell.KeyRune, c, tcell.ModNone))
		}
		if l.Value() != step.want {
			t.Fatalf("after %v %q: %q, want %q", step.key, step.text, l.Value(), step.want)
		}
	}
	l.Paste("one\x1b[2J\ntwo")
	if l.Value() != "one[2J" {
		t.Errorf("pasted %q", l.Value())
	}
}

// TestPromptIsBounded: what is pasted beyond the bound is left out, and that is said until the next key.
func TestPromptIsBounded(t *testing.T) {
	l := NewPrompt(Question{})
	said := func() string {
		screen := tcell.NewSimulationScreen("UTF-8")
		if err := screen.Init(); err != nil {
			t.Fatal(err)
		}
		defer screen.Fini()
		screen.SetSize(120, 1)
		l.Draw(Painter{Screen: screen, Theme: NewTheme("mono", false)}, Rect{W: 120, H: 1})
		screen.Show()
		cells, _, _ := screen.GetContents()
		var b strings.Builder
		for _, c := range cells {
			b.WriteString(string(c.Runes))
		}
		return b.String()
	}
	l.Paste(strings.Repeat("x", 5_000_000))
	if n := len(l.Value()); n != promptMax || !strings.Contains(said(), "left out") {
		t.Errorf("%d characters, %q", n, said())
	}
	l.Key(tcell.NewEventKey(tcell.KeyBackspace2, 0, tcell.ModNone))
	if strings.Contains(said(), "left out") {
		t.Error("it is still said")
	}
}
