package help

import (
	"fmt"
	"strings"
	"testing"

	"bones/ui/kit"
)

func page() *Page {
	var keys []kit.Binding
	for i := range 30 {
		keys = append(keys, kit.Binding{Keys: fmt.Sprintf("F%d", i), Action: "act",
			Help: fmt.Sprintf("does number %d, which takes so many words that they do not stand in one line", i)})
	}
	keys = append(keys, kit.Binding{Keys: "K", Help: "send a signal", Changes: true})
	return New(append([]Section{Keys("View", keys, "locked")}, Legend(kit.NewTheme("default", true))...))
}

// TestNothingIsCut: at any width each word of the page stands in a column, none beyond its edge.
func TestNothingIsCut(t *testing.T) {
	for _, width := range []int{38, 39, 60, 66, 100} {
		h := page()
		var all strings.Builder
		for _, l := range h.flow(width) {
			if at := keysWidth(width); l.text != "" && at+kit.Width(l.text) > width {
				t.Errorf("width %d: %q does not fit", width, l.text)
			}
			if kit.Width(l.keys) >= width || l.text != "" && kit.Width(l.keys) >= keysWidth(width) {
				t.Errorf("width %d: %q does not fit", width, l.keys)
			}
			all.WriteString(l.keys + " " + l.text + " ")
		}
		got := strings.Fields(all.String())
		for _, g := range h.groups {
			for _, e := range g.Entries {
				for word := range strings.FieldsSeq(e.Text) {
					if !strings.Contains(strings.Join(got, " "), word) {
						t.Errorf("width %d: %q is missing", width, word)
					}
				}
			}
		}
	}
}

func TestSearch(t *testing.T) {
	h := page()
	press := func(keys ...string) {
		for _, k := range keys {
			if h.Key(kit.Event(k)) {
				t.Fatalf("%s left the page", k)
			}
		}
	}
	all := len(h.flow(60))
	press("/", "z", "o", "m", "b", "i", "e", "Enter")
	if lines := h.flow(60); len(lines) == 0 || len(lines) > 4 || !strings.Contains(lines[1].text, "zombie") {
		t.Errorf("found %v", lines)
	}
	press("Esc")
	press("/", "a", "c", "t", "Enter") // the name of an action, which no text has
	if lines := h.flow(60); len(lines) < 30 {
		t.Errorf("act found %v", lines)
	}
	press("Esc")
	if len(h.flow(60)) != all {
		t.Error("Esc does not show everything again")
	}
	if !h.Key(kit.Event("Esc")) {
		t.Error("Esc does not leave")
	}
	for _, mark := range []string{"*", "#", ">", "(+6)", "STAT", "Z"} {
		found := false
		for _, l := range h.flow(60) {
			found = found || strings.Contains(l.keys, mark)
		}
		if !found {
			t.Errorf("the legend lacks %s", mark)
		}
	}
}
