package namespaces

import (
	"slices"

	"bones/ui/kit"
	"bones/ui/rows"
)

func (v *View) setFilter(f *rows.NSFilter) {
	v.list.SetFilter(f)
	v.panes.Inside = false
	v.build()
	lines := v.list.Lines()
	passes := func(l rows.NSLine) bool { return l.Index >= 0 && !l.Dim }
	if f == nil || len(lines) == 0 || passes(lines[v.cursor.Row]) {
		return
	}
	if first := slices.IndexFunc(lines, passes); first >= 0 {
		v.moveTo(first) // not a heading, and not a parent of it
	}
}

// askFilter filters while the user types; Esc brings the filter from before back.
func (v *View) askFilter() {
	if v.matrix.on {
		v.askMatrixFilter()
		return
	}
	old, key, input := v.list.Filter(), v.cursor.Key, ""
	if old != nil {
		input = old.Text
	}
	restore := func() {
		v.setFilter(old)
		if at := v.list.Find(key); at >= 0 {
			v.moveTo(at)
		}
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: input, Typed: func(s string) string {
		f, err := rows.ParseNSFilter(s)
		if err != nil {
			return kit.ErrorLine(err)
		}
		v.setFilter(f)
		return ""
	}, Accept: func(s string) {
		if _, err := rows.ParseNSFilter(s); err != nil {
			v.sh.Notice(rows.Bad, kit.ErrorLine(err))
			restore()
		}
	}, Cancel: restore})
}

// filterNow is the word of the palette.
func (v *View) filterNow(s string) {
	if v.matrix.on {
		v.matrix.filter = s
		v.arrangeMatrix()
		v.sh.Changed(v, kit.Selection)
		return
	}
	f, err := rows.ParseNSFilter(s)
	if err != nil {
		v.sh.Notice(rows.Bad, kit.ErrorLine(err))
		return
	}
	v.setFilter(f)
}
