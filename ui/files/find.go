package files

import "bones/ui/kit"

// askFilter filters while the user types; Esc brings the filter from before back.
func (v *View) askFilter() {
	before := v.filter
	v.sh.Ask(kit.Question{Label: "filter: ", Text: before, Typed: func(s string) string { v.setFilter(s); return "" },
		Accept: v.setFilter, Cancel: func() { v.setFilter(before) }})
}

func (v *View) setFilter(s string) {
	v.filter = s
	v.applyFilter()
	v.sh.Changed(v, kit.Selection)
}

// finder is for the names of the directory.
func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, GoTo: v.moveTo, Rows: func() (int, int, func(int) []string) {
		return v.cursor.Row, len(v.list), func(i int) []string { return []string{v.list[i].Name} }
	}}
}
