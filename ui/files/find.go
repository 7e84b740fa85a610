package files

import (
	"strings"

	"bones/ui/kit"
	"bones/ui/rows"
)

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

// find goes to a name: the one that is the text, else one that begins with it, else one that holds it.
func (v *View) find() {
	v.sh.Ask(kit.Question{Label: "find: ", Accept: func(s string) {
		if s == "" {
			return
		}
		v.sought = s
		low := strings.ToLower(s)
		is := func(name string) bool { return name == low }
		begins := func(name string) bool { return strings.HasPrefix(name, low) }
		for _, fits := range []func(string) bool{is, begins} {
			for i := range v.list {
				if fits(strings.ToLower(v.list[i].Name)) {
					v.moveTo(i)
					return
				}
			}
		}
		v.seek(1)
	}})
}

// seek goes to the next or previous name that holds what was looked for.
func (v *View) seek(by int) {
	if v.sought == "" {
		v.find()
		return
	}
	for n := range v.list {
		i := ((v.cursor.Row+by*(n+1))%len(v.list) + len(v.list)) % len(v.list)
		if strings.Contains(strings.ToLower(v.list[i].Name), strings.ToLower(v.sought)) {
			v.moveTo(i)
			return
		}
	}
	v.sh.Notice(rows.Warn, "no name holds that")
}
