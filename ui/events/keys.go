package events

import (
	"bones/cgroupview/inventory/events"
	"bones/ui/kit"
	"bones/ui/rows/eventrow"
)

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	keys := append(kit.MoveKeys(v.move, v.moveTo, func() *kit.Table { return &v.table }), []kit.Binding{
		{Keys: "/ F4", Action: "filter", Footer: true,
			Help: "show only what matches: parts of a line, kind:oom, container:web, pid:12; !word", Do: v.askFilter},
		{Keys: "O", Action: "all", Footer: true, Help: "show or hide what happens all the time: exec, fork, exit",
			Do: func() {
				v.model.All = !v.model.All
				v.build()
			}},
	}...)
	return append(keys, v.find.Keys("an event")...)
}

func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, GoTo: v.moveTo, Rows: func() (int, int, func(int) []string) {
		return v.row, v.model.Len(), func(i int) []string {
			var cells []string
			for _, c := range eventrow.Columns() {
				cells = append(cells, c.Cell(v.model.Row(i)))
			}
			return cells
		}
	}}
}

// Words implements kit.Commander.
func (v *View) Words() []kit.Word {
	return []kit.Word{
		{Words: "filter", Args: "TEXT", Help: "filter, as / does; without a text show all",
			Do: func(s string) { v.setFilter(eventrow.ParseFilter(s)) }},
		{Words: "kind", Args: "KIND", Help: "only events of a kind; without a word all", Offers: offerKinds,
			Do: func(s string) {
				if s != "" {
					s = "kind:" + s
				}
				v.setFilter(eventrow.ParseFilter(s))
			}},
	}
}

func offerKinds(string) []kit.Item {
	var list []kit.Item
	for _, k := range events.Kinds() {
		list = append(list, kit.Item{Label: string(k)})
	}
	return list
}

func (v *View) setFilter(f *eventrow.Filter) {
	v.model.SetFilter(f)
	v.build()
}

func (v *View) askFilter() {
	old, input := v.model.Filter(), ""
	if old != nil {
		input = old.Text
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: input, Typed: func(s string) string {
		v.setFilter(eventrow.ParseFilter(s))
		return ""
	}, Cancel: func() { v.setFilter(old) }})
}
