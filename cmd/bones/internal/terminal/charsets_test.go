package terminal

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
)

// TestCharsets: the character sets that stand in for those of tcell say of every character what those said.
func TestCharsets(t *testing.T) {
	long := strings.Repeat("é", 5000) // more than a transformer is given room for at first
	for _, c := range []struct{ set, in, out, back string }{
		{"us-ascii", "a~\x00\x7f", "a~\x00\x7f", "a~\x00\x7f"},
		{"us-ascii", "aéb│c", "a\x1ab\x1ac", "a\x1ab\x1ac"},
		{"us-ascii", long, strings.Repeat("\x1a", 5000), strings.Repeat("\x1a", 5000)},
		{"utf-8", "aéb│c", "aéb│c", "aéb│c"},
		{"utf-8", long, long, long},
	} {
		set := tcell.GetEncoding(c.set)
		if set == nil {
			t.Fatalf("there is no %s", c.set)
		}
		out, err := set.NewEncoder().String(c.in)
		if out != c.out || err != nil {
			t.Errorf("%.20q in %s is %.20q, %v", c.in, c.set, out, err)
		}
		if back, err := set.NewDecoder().String(out); back != c.back || err != nil {
			t.Errorf("%.20q of %s is %.20q, %v", out, c.set, back, err)
		}
	}
	got, err := tcell.GetEncoding("us-ascii").NewDecoder().String(strings.Repeat("x\xe9", 5000))
	if want := strings.Repeat("x\ufffd", 5000); got != want || err != nil {
		t.Errorf("what is no ASCII is %.20q, %v", got, err)
	}
}
