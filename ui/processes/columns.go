package processes

import (
	"bones/ui/kit"
	"bones/ui/rows"
)

// askColumns lets the user choose the columns that are shown.
func (v *View) askColumns() {
	m := &kit.Menu{Title: "Columns (Enter or Space chooses, Esc ends)", Space: true}
	all := rows.Columns()
	on := map[string]bool{}
	for _, c := range v.model.Chosen() {
		on[c.Name] = true
	}
	relabel := func() {
		m.Items = m.Items[:0]
		for _, c := range all {
			mark := "[ ] "
			if on[c.Name] {
				mark = "[x] "
			}
			m.Items = append(m.Items, kit.Item{Label: mark + c.Title, Text: c.Help})
		}
	}
	relabel()
	m.Pick = func(i int) bool {
		on[all[i].Name] = !on[all[i].Name] || all[i].Flex()
		var names []string
		for _, c := range all {
			if on[c.Name] {
				names = append(names, c.Name)
			}
		}
		v.model.SetColumns(names)
		v.sh.Changed(v, kit.Wants)
		relabel()
		return false
	}
	v.sh.Open(m)
}
