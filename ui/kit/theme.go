package ui

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/ui/rows"

	"github.com/gdamore/tcell/v2"
)

// theme is how things look. Nothing is told by colour alone: what is selected or tagged has a mark, what deserves a look
// or is dangerous is bold or underlined as well.
type theme struct {
	plain, dim, bold, head, selected, tagged, warn, bad, border, title, key, bar tcell.Style
	glyphs                                                                       rows.Glyphs
	edge                                                                         edges
	selectMark, barFull, barEmpty, up, down                                      string
	fills                                                                        bool // plain has a background of its own
}

type edges struct {
	across, down string
	corners      [4]string
}

// themes are the themes there are; the first is what bones starts with.
var themes = []struct {
	name, about string
	colour      func(*theme)
}{
	{"default", "few colours, those of the terminal's own palette, on its own background", func(t *theme) {
		t.tagged, t.warn, t.bad = t.tagged.Foreground(tcell.ColorAqua), t.warn.Foreground(tcell.ColorYellow), t.bad.Foreground(tcell.ColorRed)
		t.key, t.bar = t.key.Foreground(tcell.ColorTeal), t.bar.Foreground(tcell.ColorGreen)
	}},
	{"light", "dark colours, for a light background", func(t *theme) {
		t.tagged, t.warn, t.bad = t.tagged.Foreground(tcell.ColorNavy), t.warn.Foreground(tcell.ColorPurple), t.bad.Foreground(tcell.ColorMaroon)
		t.key, t.bar = t.key.Foreground(tcell.ColorNavy), t.bar.Foreground(tcell.ColorGreen)
	}},
	{"mono", "no colours: bold, dim, underlined, reversed", func(t *theme) {
		d := tcell.StyleDefault
		t.warn, t.bad = d.Underline(true), d.Bold(true).Reverse(true)
	}},
	// Source: M. Okabe and K. Ito, Color Universal Design, 2008: a set that is told apart with any kind of colour vision.
	{"colorblind", "blue and orange instead of green and red", func(t *theme) {
		orange, sky, yellow := tcell.NewHexColor(0xe69f00), tcell.NewHexColor(0x56b4e9), tcell.NewHexColor(0xf0e442)
		t.tagged, t.warn, t.bad = t.tagged.Foreground(sky), t.warn.Foreground(yellow), t.bad.Foreground(orange)
		t.key, t.bar = t.key.Foreground(sky), t.bar.Foreground(sky)
	}},
	{"high-contrast", "white and bright colours on black", func(t *theme) {
		t.fills = true
		on := func(s *tcell.Style, fg tcell.Color) { *s = s.Foreground(fg).Background(tcell.ColorBlack) }
		for _, s := range []*tcell.Style{&t.plain, &t.bold, &t.head, &t.title} {
			on(s, tcell.ColorWhite)
		}
		t.dim = tcell.StyleDefault.Italic(true) // dimmed, it would be hard to read
		on(&t.dim, tcell.ColorSilver)
		t.border = tcell.StyleDefault
		on(&t.border, tcell.ColorWhite)
		t.selected = tcell.StyleDefault.Foreground(tcell.ColorBlack).Background(tcell.ColorYellow).Bold(true)
		on(&t.tagged, tcell.ColorAqua)
		on(&t.warn, tcell.ColorYellow)
		t.bad = t.bad.Foreground(tcell.ColorWhite).Background(tcell.ColorMaroon)
		on(&t.key, tcell.ColorAqua)
		on(&t.bar, tcell.ColorWhite)
	}},
}

// Themes returns the names of the themes.
func Themes() []string {
	var names []string
	for _, t := range themes {
		names = append(names, t.name)
	}
	return names
}

// newTheme makes the theme of this name, the default one if there is none.
func newTheme(name string, ascii bool) *theme {
	d := tcell.StyleDefault
	t := &theme{
		plain: d, dim: d.Dim(true), bold: d.Bold(true), head: d.Bold(true).Underline(true), selected: d.Reverse(true),
		tagged: d.Bold(true), warn: d.Bold(true), bad: d.Bold(true).Underline(true),
		border: d.Dim(true), title: d.Bold(true), key: d.Bold(true), bar: d,
		glyphs: rows.UnicodeGlyphs(), edge: edges{"─", "│", [4]string{"┌", "┐", "└", "┘"}},
		selectMark: ">", barFull: "|", barEmpty: " ", up: "▲", down: "▼",
	}
	colour := themes[0].colour
	for _, known := range themes {
		if known.name == name {
			colour = known.colour
		}
	}
	colour(t)
	if ascii {
		t.glyphs = rows.ASCIIGlyphs()
		t.edge = edges{"-", "|", [4]string{"+", "+", "+", "+"}}
		t.up, t.down = "^", "v"
	}
	return t
}

func (t *theme) of(s rows.Style) tcell.Style {
	switch s {
	case rows.Warn:
		return t.warn
	case rows.Bad:
		return t.bad
	case rows.Dim:
		return t.dim
	}
	return t.plain
}

func offerThemes(string) []menuItem {
	var list []menuItem
	for _, t := range themes {
		list = append(list, menuItem{label: t.name, text: t.about})
	}
	return list
}

// askTheme changes the theme to the one named, or lets the user choose.
func (u *UI) askTheme(name string) {
	if name == "" {
		m := &menu{title: "Theme", items: offerThemes("")}
		for i, t := range themes {
			if t.name == u.themeName {
				m.at = i
			}
		}
		m.pick = func(i int) bool {
			u.askTheme(themes[i].name)
			return true
		}
		u.open(m)
		return
	}
	for _, t := range themes {
		if t.name == name {
			*u.theme, u.themeName = *newTheme(name, u.opt.ASCII), name
			u.say(rows.Plain, "theme "+name+u.forgotten())
			return
		}
	}
	u.say(rows.Warn, fmt.Sprintf("there is no theme %q; there are %s", text.New(name), strings.Join(Themes(), ", ")))
}
