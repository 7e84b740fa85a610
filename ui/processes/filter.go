package processes

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// askFilter filters while the user types; Esc brings the filter from before back.
func (v *View) askFilter() {
	old := v.model.Filter()
	_, from, had := v.model.Selected()
	set := func(f *rows.Filter) {
		v.model.SetFilter(f)
		v.build()
		v.model.SelectMatch()
		v.reveal()
		v.sh.Changed(v, kit.Wants)
	}
	input := ""
	if old != nil {
		input = old.Text
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: input, Typed: func(s string) string {
		f, err := rows.ParseFilter(s)
		if err != nil {
			return kit.ErrorLine(err)
		}
		set(f)
		return ""
	}, Accept: func(s string) {
		if _, err := rows.ParseFilter(s); err != nil {
			v.sh.Notice(rows.Bad, kit.ErrorLine(err))
			set(old)
		}
	}, Cancel: func() {
		set(old)
		if had {
			v.SetSubject(from.ID)
		}
	}})
}

// askFind goes to the first row that fits while the user types.
func (v *View) askFind() {
	_, from, had := v.model.Selected()
	v.sh.Ask(kit.Question{Label: "find: ", Typed: func(s string) string {
		f, err := rows.ParseFilter(s)
		if err != nil {
			return kit.ErrorLine(err)
		}
		if f == nil {
			return ""
		}
		v.find = f
		if !v.model.Find(f, 1, true) {
			return "not found"
		}
		v.reveal()
		return ""
	}, Accept: func(string) {}, Cancel: func() {
		if had {
			v.SetSubject(from.ID)
		}
	}})
}

// filterNow is the word of the palette.
func (v *View) filterNow(s string) {
	f, err := rows.ParseFilter(s)
	if err != nil {
		v.sh.Notice(rows.Bad, kit.ErrorLine(err))
		return
	}
	v.model.SetFilter(f)
	v.sh.Changed(v, kit.Wants)
	v.rebuild()
}

// findNext goes to the next or previous row that fits what was searched for.
func (v *View) findNext(step int) {
	if v.find == nil {
		v.sh.Notice(rows.Dim, "you have not searched for anything yet: "+v.sh.KeyFor("find"))
		return
	}
	if !v.model.Find(v.find, step, false) {
		v.sh.Notice(rows.Warn, "not found")
	}
	v.reveal()
}
