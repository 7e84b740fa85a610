package kit

import (
	"strings"
	"testing"
)

func TestMoveKeys(t *testing.T) {
	moved := ""
	shown := &Table{Page: 21, longest: 100, wide: 20}
	table := MoveKeys(func(by int) { moved = map[int]string{1: "down", -1: "up", 20: "page", -20: "page up"}[by] },
		func(row int) { moved = map[bool]string{true: "top", false: "end"}[row == 0] }, func() *Table { return shown })
	if len(table) != 8 {
		t.Errorf("%d lines", len(table))
	}
	for _, b := range table {
		for name := range strings.FieldsSeq(b.Keys) {
			k := FindBinding(table, Event(name))
			if k == nil || k.Help == "" {
				t.Fatalf("%s is not found, or without help", name)
			}
			before := shown.Shift
			if k.Do(); shown.Shift > before {
				moved = "scroll right"
			} else if shown.Shift < before {
				moved = "scroll left"
			}
			if moved != b.Action {
				t.Errorf("%s moved %q, want %q", name, moved, b.Action)
			}
		}
	}
}

func TestScrollBy(t *testing.T) {
	for name, want := range map[string]int{"j": 1, "Down": 1, "k": -1, "Up": -1, "^f": 9, "PgDn": 9, "Space": 9,
		"^b": -9, "PgUp": -9, "g": -far, "Home": -far, "G": far, "End": far} {
		if by, ok := ScrollBy(Event(name), 10); !ok || by != want {
			t.Errorf("%s: %d, %v; want %d", name, by, ok, want)
		}
	}
	if by, ok := ScrollBy(Event("PgDn"), 0); !ok || by != 1 {
		t.Errorf("PgDn of a page without a line: %d, %v", by, ok)
	}
	for _, name := range []string{"q", "Esc", "x", "Enter"} {
		if _, ok := ScrollBy(Event(name), 10); ok {
			t.Errorf("%s scrolls", name)
		}
	}
}
