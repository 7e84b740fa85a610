package kit

import (
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
		{tcell.KeyRune, "ab cd", "ab cd"}, {tcell.KeyBackspace2, "", "ab c"}, {tcell.KeyHome, "", "ab c"}, {tcell.KeyDelete, "", "b c"},
		{tcell.KeyRune, "日", "日b c"}, {tcell.KeyEnd, "", "日b c"}, {tcell.KeyCtrlW, "", "日b "}, {tcell.KeyLeft, "", "日b "},
		{tcell.KeyRune, "x", "日bx "}, {tcell.KeyCtrlK, "", "日bx"}, {tcell.KeyCtrlU, "", ""}, {tcell.KeyBackspace, "", ""}, {tcell.KeyDelete, "", ""},
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
