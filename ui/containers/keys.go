package ui

import (
	"context"
	"fmt"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// Keys implements View.
func (v *containers) Keys() []Key {
	u := v.ui
	return []Key{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { v.moveTo(v.at + 1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { v.moveTo(v.at - 1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { v.moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { v.moveTo(1 << 30) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { v.moveTo(v.at + max(v.table.page-1, 1)) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { v.moveTo(v.at - max(v.table.page-1, 1)) }},
		{Keys: "/ F4", Action: "filter", Help: "filter: parts of name, id, image, runtime, pod, PID, or frozen; !word", Footer: true, Do: v.askFilter},
		{Keys: "F6", Action: "sort", Help: "choose the column to sort by", Footer: true, Do: v.askSort},
		{Keys: ">", Action: "sort next", Help: "sort by the next column", Do: func() { v.sortNext(1) }},
		{Keys: "<", Action: "sort previous", Help: "sort by the previous column", Do: func() { v.sortNext(-1) }},
		{Keys: "I", Action: "invert", Help: "invert the order", Do: func() { v.model.Reverse = !v.model.Reverse; v.build() }},
		{Keys: "O", Action: "sandboxes", Help: "hide or show sandboxes: namespaces of their own, and no engine known", Do: func() {
			v.model.NoSandboxes = !v.model.NoSandboxes
			v.build()
		}},
		{Keys: "z", Action: "group", Help: "to the container's group in view 4", Footer: true, Do: v.toGroup},
		{Keys: "p", Action: "freeze", Help: "freeze all its processes, or thaw them", Changes: true, Footer: true, Off: u.opt.canFreeze(), Do: v.freeze},
		{Keys: "F9 K", Action: "signal", Help: "send a signal to the process that backs it", Changes: true, Footer: true,
			Off: missing(u.opt.Signal == nil || u.opt.Carry == nil, "signals cannot be sent here"), Do: func() {
				snap := v.model.List().Snap
				if c := v.selected(); c != nil {
					if p := snap.FindID(c.ID); p != nil {
						u.askSignal(snap, []*procwalk.Process{p})
					}
				}
			}},
	}
}

func (v *containers) sortBy(c *rows.ContainerColumn) {
	if s := v.model.Sort(); s == c {
		v.model.Reverse = !v.model.Reverse
	} else {
		v.model.SortBy(c)
	}
	v.build()
}

// sortNext sorts by the next or previous column; before the first is the order of PIDs.
func (v *containers) sortNext(step int) {
	all := rows.ContainerColumns()
	at := -1
	for i, c := range all {
		if v.model.Sort() == c {
			at = i
		}
	}
	n := len(all) + 1
	if at = (at+1+step+n)%n - 1; at < 0 {
		v.model.SortBy(nil)
	} else {
		v.model.SortBy(all[at])
	}
	v.build()
}

func (v *containers) askSort() {
	m := &menu{title: "Sort by"}
	all := rows.ContainerColumns()
	for i, c := range all {
		m.items = append(m.items, menuItem{label: c.Name, text: c.Help})
		if v.model.Sort() == c {
			m.at = i
		}
	}
	m.pick = func(i int) bool {
		v.model.SortBy(all[i])
		v.build()
		return true
	}
	v.ui.open(m)
}

func (v *containers) setFilter(f *rows.ContainerFilter) {
	v.model.SetFilter(f)
	v.build()
}

func (v *containers) askFilter() {
	old, key, input := v.model.Filter(), v.key, ""
	if old != nil {
		input = old.Text
	}
	v.ui.ask("filter: ", input, func(s string) string {
		v.setFilter(rows.ParseContainerFilter(s))
		return ""
	}, func(string) {
		if v.model.Len() > 0 {
			v.moveTo(v.at)
		}
	}, func() {
		v.key = key
		v.setFilter(old)
	})
}

// Words implements commander.
func (v *containers) Words() []Word {
	return []Word{
		{Words: "sort", Args: "NAME", Help: "sort by a column; without a name by PID", Offers: offerContainerColumns, Do: v.sortNamed},
		{Words: "filter", Args: "TEXT", Help: "filter, as / does; without a text show all", Do: func(s string) { v.setFilter(rows.ParseContainerFilter(s)) }},
	}
}

func offerContainerColumns(string) []menuItem {
	var list []menuItem
	for _, c := range rows.ContainerColumns() {
		list = append(list, menuItem{label: c.Name, text: c.Help})
	}
	return list
}

func (v *containers) sortNamed(name string) {
	c := rows.ContainerColumnNamed(name)
	if c == nil && name != "" {
		v.ui.say(rows.Warn, fmt.Sprintf("there is no column %q; %s lists them", text.New(name), v.ui.keyOf("sort")))
		return
	}
	v.model.SortBy(c)
	v.build()
}

// toGroup goes to view 4.
func (v *containers) toGroup() {
	if c := v.selected(); c != nil {
		v.subject, v.has = c.ID, true
		v.ui.showGroup()
	}
}

func (v *containers) freeze() {
	target, ok := v.groups()
	if !ok {
		return
	}
	frozen := v.selected().Sample.Frozen
	v.ui.plan(func(ctx context.Context) (effect.Effect, error) { return v.ui.opt.Freeze(ctx, target, !frozen) })
}
