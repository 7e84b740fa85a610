package kit

import (
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// Theme is how things look. Nothing is told by colour alone: what is selected or tagged has a mark, what deserves a
// look or is dangerous is bold or underlined as well, and a share of a limit stands beside its number.
type Theme struct {
	// Fills: Plain has a background of its own.
	Fills bool

	Plain, Dim, Bold, Head, Selected, Tagged, Warn, Bad, Border, Title, Key, Bar tcell.Style
	Good, Busy, Changed                                                          tcell.Style
	hues                                                                         [rows.Hues]tcell.Style

	Glyphs                                             rows.Glyphs
	edge                                               edges
	SelectMark, BarFull, BarEmpty, up, down, thumb, at string
}

type edges struct {
	across, down string
	corners      [4]string
}

// palette is what makes a theme a theme of colours. On is the background, none: that of the terminal.
type palette struct {
	on, plain, dim, title, key, tagged, border int32
	selected, selectedOn                       int32
	good, warn, bad, busy, changed, bar, badOn int32
	hues                                       [rows.Hues]int32
}

// none stands for a colour that is the terminal's own.
const none = -1

// themes are the themes there are; the first is what bones starts with. kit's tests hold what they promise: text
// against its background has a contrast of 4.5 at least, of 7 in high-contrast, and no two themes look alike.
var themes = []struct {
	name, about string
	colours     *palette // nil: none at all
}{
	{"default", "soft colours on the terminal's own background, which should be dark", &palette{
		on: none, plain: none, dim: none, title: 0x87d7ff, key: 0x5fd7ff, tagged: 0x5fffff, border: none,
		selected: none, selectedOn: none, good: 0x87d75f, warn: 0xffd75f, bad: 0xff8787, busy: 0x87ff87,
		changed: 0xffffff, bar: 0x87d75f, badOn: none,
		hues: [rows.Hues]int32{0x5fafff, 0xd7afff, 0x5fd7d7, 0xffaf87, 0xafd75f, 0xff87d7, 0xd7d787, 0x87afd7}}},
	{"light", "dark colours on a white background", &palette{
		on: 0xffffff, plain: 0x1c1c1c, dim: 0x626262, title: 0x00005f, key: 0x005f87, tagged: 0x5f00af, border: 0x767676,
		selected: 0xffffff, selectedOn: 0x005faf, good: 0x005f00, warn: 0x875f00, bad: 0xaf0000, busy: 0x006f00,
		changed: 0x5f0087, bar: 0x005f00, badOn: none,
		hues: [rows.Hues]int32{0x005faf, 0x8700af, 0x006767, 0xa04000, 0x4a6000, 0xaf005f, 0x6b5500, 0x3a3a8c}}},
	{"mono", "no colours: bold, dim, underlined, reversed", nil},
	// Source: M. Okabe and K. Ito, Color Universal Design, 2008: a set that is told apart with any kind of colour
	// vision. The lighter ones are theirs, brightened where they would be too dark on this background.
	{"colorblind", "blue, yellow and orange instead of green and red, on dark blue", &palette{
		on: 0x0a1424, plain: 0xe4e8ee, dim: 0x9aa6b8, title: 0xf0e442, key: 0x56b4e9, tagged: 0x56b4e9, border: 0x7c8aa0,
		selected: 0x0a1424, selectedOn: 0xe4e8ee, good: 0x56b4e9, warn: 0xf0e442, bad: 0xe69f00, busy: 0x9ad4f5,
		changed: 0xffffff, bar: 0x56b4e9, badOn: none,
		hues: [rows.Hues]int32{0x56b4e9, 0xe69f00, 0x35c79f, 0xf0e442, 0xd88fb9, 0xf08a4b, 0xb8c4d6, 0x7fb2ff}}},
	{"high-contrast", "white and bright colours on black", &palette{
		on: 0x000000, plain: 0xffffff, dim: 0xc0c0c0, title: 0xffffff, key: 0x00ffff, tagged: 0x00ffff, border: 0xffffff,
		selected: 0x000000, selectedOn: 0xffff00, good: 0x00ff00, warn: 0xffff00, bad: 0xffffff, busy: 0x00ff00,
		changed: 0x00ffff, bar: 0xffffff, badOn: 0x870000,
		hues: [rows.Hues]int32{0x87d7ff, 0xff87ff, 0x00ffff, 0xffaf5f, 0x87ff00, 0xffafd7, 0xffff87, 0xafafff}}},
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
		Tagged: d.Bold(true), Warn: d.Underline(true), Bad: d.Bold(true).Reverse(true),
		Border: d.Dim(true), Title: d.Bold(true), Key: d.Bold(true), Bar: d,
		Good: d, Busy: d.Bold(true), Changed: d.Bold(true),
		Glyphs: rows.UnicodeGlyphs(), edge: edges{"─", "│", [4]string{"┌", "┐", "└", "┘"}},
		SelectMark: ">", BarFull: "|", BarEmpty: " ", up: "▲", down: "▼", thumb: "█", at: "│",
	}
	for i := range t.hues {
		t.hues[i] = d
	}
	colours := themes[0].colours
	for _, known := range themes {
		if known.name == name {
			colours = known.colours
		}
	}
	if colours != nil {
		t.colour(colours)
	}
	if ascii {
		t.Glyphs = rows.ASCIIGlyphs()
		t.edge = edges{"-", "|", [4]string{"+", "+", "+", "+"}}
		t.up, t.down, t.thumb, t.at = "^", "v", "#", "|"
	}
	return t
}

// colour gives a theme its colours. What must be told without them keeps an attribute as well.
func (t *Theme) colour(c *palette) {
	one := func(n int32) tcell.Color {
		if n == none {
			return tcell.ColorDefault
		}
		return tcell.NewHexColor(n)
	}
	t.Fills = c.on != none
	on := func(n int32) tcell.Style { return tcell.StyleDefault.Foreground(one(n)).Background(one(c.on)) }
	t.Plain, t.Dim, t.Border = on(c.plain), on(c.dim).Italic(true), on(c.border)
	if c.dim == none { // how dark the terminal's own background is, it knows best
		t.Dim, t.Border = on(none).Dim(true), on(none).Dim(true)
	}
	t.Bold, t.Head, t.Title = on(c.plain).Bold(true), on(c.title).Bold(true).Underline(true), on(c.title).Bold(true)
	t.Tagged, t.Warn, t.Bad = on(c.tagged).Bold(true), on(c.warn).Bold(true), on(c.bad).Bold(true).Underline(true)
	t.Key, t.Bar = on(c.key).Bold(true), on(c.bar)
	t.Good, t.Busy, t.Changed = on(c.good), on(c.busy).Bold(true), on(c.changed).Bold(true)
	if c.selectedOn == none {
		t.Selected = tcell.StyleDefault.Reverse(true)
	} else {
		t.Selected = tcell.StyleDefault.Foreground(one(c.selected)).Background(one(c.selectedOn)).Bold(true)
	}
	if c.badOn != none {
		t.Bad = t.Bad.Background(one(c.badOn))
	}
	for i, hue := range c.hues {
		t.hues[i] = on(hue)
	}
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
	case rows.Good:
		return t.Good
	case rows.Busy:
		return t.Busy
	case rows.Changed:
		return t.Changed
	}
	if n, ok := s.HueNumber(); ok {
		return t.hues[n]
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
