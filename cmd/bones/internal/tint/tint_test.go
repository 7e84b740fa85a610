package tint

import (
	"regexp"
	"strings"
	"testing"

	"bones/ui/rows"
)

// TestColoursChangeNothingElse: what is printed in colours is, without them, what is printed elsewhere.
func TestColoursChangeNothingElse(t *testing.T) {
	var table Table
	table.Plain("NAME", "SHARE", "")
	table.Row(Cell{"日本", rows.Hue("a")}, Cell{"99%", rows.Bad}, Cell{"end", rows.Plain})
	table.Row(Cell{"x", rows.Hue("b")}, Cell{"5%", rows.Good})
	var plain, coloured strings.Builder
	if table.Print(&plain, false) != nil || table.Print(&coloured, true) != nil {
		t.Fatal("not printed")
	}
	const want = "NAME  SHARE  \n日本  99%    end\nx     5%\n"
	if plain.String() != want {
		t.Errorf("%q, want %q", plain.String(), want)
	}
	if got := regexp.MustCompile(`\x1b\[[0-9;]*m`).ReplaceAllString(coloured.String(), ""); got != want {
		t.Errorf("without its colours %q, want %q", got, want)
	}
	for _, code := range []string{"\x1b[1;31m99%\x1b[m", "\x1b[32m5%\x1b[m", "\x1b[38;5;"} {
		if !strings.Contains(coloured.String(), code) {
			t.Errorf("%q has no %q", coloured.String(), code)
		}
	}
}
