package ui

import (
	"fmt"
	"slices"
	"strings"

	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Themes returns the names of the themes.
func Themes() []string {
	var names []string
	for _, t := range kit.Themes() {
		names = append(names, t.Label)
	}
	return names
}

func offerThemes(string) []kit.Item { return kit.Themes() }

// askTheme changes the theme to the one named, or lets the user choose.
func (u *UI) askTheme(name string) {
	if name == "" {
		names := Themes()
		m := &kit.Menu{Title: "Theme", Items: kit.Themes(), At: slices.Index(names, u.themeName)}
		m.Pick = func(i int) bool {
			u.askTheme(names[i])
			return true
		}
		u.open(m)
		return
	}
	if !slices.Contains(Themes(), name) {
		known := strings.Join(Themes(), ", ")
		u.say(rows.Warn, fmt.Sprintf("there is no theme %q; there are %s", text.New(name), known))
		return
	}
	*u.theme, u.themeName = *kit.NewTheme(name, u.opt.ASCII), name
	u.say(rows.Plain, "theme "+name+u.forgotten())
}
