package kit

import (
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// Theme is how things look. Nothing is told by colour alone: what is selected or tagged has a mark, what deserves a
// look or is dangerous is bold or underlined as well.
type Theme struct {
	// Fills: Plain has a background of its own.
	Fills bool

	Plain, Dim, Bold, Head, Selected, Tagged, Warn, Bad, Border, Title, Key, Bar tcell.Style

	Glyphs                                  rows.Glyphs
	edge                                    edges
	SelectMark, BarFull, BarEmpty, up, down string
}

type edges struct {
	across, down string
	corners      [4]string
}

// themes are the themes there are; the first is what bones starts with.
var themes = []struct {
	name, about string
	colour      func(*Theme)
}{
	{"default", "few colours, those of the terminal's own palette, on its own background", func(t *Theme) {
		t.Tagged, t.Warn = t.Tagged.Foreground(tcell.ColorAqua), t.Warn.Foreground(tcell.ColorYellow)
		t.Bad = t.Bad.Foreground(tcell.ColorRed)
		t.Key, t.Bar = t.Key.Foreground(tcell.ColorTeal), t.Bar.Foreground(tcell.ColorGreen)
	}},
	{"light", "dark colours, for a light background", func(t *Theme) {
		t.Tagged, t.Warn = t.Tagged.Foreground(tcell.ColorNavy), t.Warn.Foreground(tcell.ColorPurple)
		t.Bad = t.Bad.Foreground(tcell.ColorMaroon)
		t.Key, t.Bar = t.Key.Foreground(tcell.ColorNavy), t.Bar.Foreground(tcell.ColorGreen)
	}},
	{"mono", "no colours: bold, dim, underlined, reversed", func(t *Theme) {
		d := tcell.StyleDefault
		t.Warn, t.Bad = d.Underline(true), d.Bold(true).Reverse(true)
	}},
	// Source: M. Okabe and K. Ito, Color Universal Design, 2008: a set that is told apart with any kind of colour
	// vision.
	{"colorblind", "blue and orange instead of green and red", func(t *Theme) {
		orange, sky, yellow := tcell.NewHexColor(0xe69f00), tcell.NewHexColor(0x56b4e9), tcell.NewHexColor(0xf0e442)
		t.Tagged, t.Warn, t.Bad = t.Tagged.Foreground(sky), t.Warn.Foreground(yellow), t.Bad.Foreground(orange)
		t.Key, t.Bar = t.Key.Foreground(sky), t.Bar.Foreground(sky)
	}},
	{"high-contrast", "white and bright colours on black", func(t *Theme) {
		t.Fills = true
		on := func(s *tcell.Style, fg tcell.Color) { *s = s.Foreground(fg).Background(tcell.ColorBlack) }
		for _, s := range []*tcell.Style{&t.Plain, &t.Bold, &t.Head, &t.Title} {
			on(s, tcell.ColorWhite)
		}
		t.Dim = tcell.StyleDefault.Italic(true) // dimmed, it would be hard to read
		on(&t.Dim, tcell.ColorSilver)
		t.Border = tcell.StyleDefault
		on(&t.Border, tcell.ColorWhite)
		t.Selected = tcell.StyleDefault.Foreground(tcell.ColorBlack).Background(tcell.ColorYellow).Bold(true)
		on(&t.Tagged, tcell.ColorAqua)
		on(&t.Warn, tcell.ColorYellow)
		t.Bad = t.Bad.Foreground(tcell.ColorWhite).Background(tcell.ColorMaroon)
		on(&t.Key, tcell.ColorAqua)
		on(&t.Bar, tcell.ColorWhite)
	}},
}

// Themes are the names of the themes, and beside each what it looks like; the first is what bones starts with.
func Themes() []Item {
	var list []Item
	for _, t := range themes {
		list = append(list, Item{Label: t.name, Text: t.about})
	}
	return list
}

// NewTheme makes the theme of this name, the default one if there is none.
func NewTheme(name string, ascii bool) *Theme {
	d := tcell.StyleDefault
	t := &Theme{
		Plain: d, Dim: d.Dim(true), Bold: d.Bold(true), Head: d.Bold(true).Underline(true), Selected: d.Reverse(true),
		Tagged: d.Bold(true), Warn: d.Bold(true), Bad: d.Bold(true).Underline(true),
		Border: d.Dim(true), Title: d.Bold(true), Key: d.Bold(true), Bar: d,
		Glyphs: rows.UnicodeGlyphs(), edge: edges{"─", "│", [4]string{"┌", "┐", "└", "┘"}},
		SelectMark: ">", BarFull: "|", BarEmpty: " ", up: "▲", down: "▼",
	}
	colour := themes[0].colour
	for _, known := range themes {
		if known.name == name {
			colour = known.colour
		}
	}
	colour(t)
	if ascii {
		t.Glyphs = rows.ASCIIGlyphs()
		t.edge = edges{"-", "|", [4]string{"+", "+", "+", "+"}}
		t.up, t.down = "^", "v"
	}
	return t
}

// Of is the style that text of a kind is drawn in.
func (t *Theme) Of(s rows.Style) tcell.Style {
	switch s {
	case rows.Warn:
		return t.Warn
	case rows.Bad:
		return t.Bad
	case rows.Dim:
		return t.Dim
	}
	return t.Plain
}

// OpenMark stands before what is unfolded.
func (t *Theme) OpenMark() string {
	if t.edge.down == "|" {
		return "- "
	}
	return "▾ "
}
