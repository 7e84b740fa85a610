package ui

import (
	"fmt"
	"strings"

	"bones/procwalk/text"
	"bones/ui/rows"
)

// Keys implements View.
func (v *processes) Keys() []Key {
	u := v.ui
	contained, threads := "", ""
	if u.opt.Names.Container == nil {
		contained = "containers are not known here"
	}
	if u.opt.Threads == nil {
		threads = "threads cannot be listed here"
	}
	return []Key{
		{Keys: "j Down", Action: "down", Help: "next row", Do: func() { v.move(1) }},
		{Keys: "k Up", Action: "up", Help: "previous row", Do: func() { v.move(-1) }},
		{Keys: "g Home", Action: "top", Help: "first row", Do: func() { v.moveTo(0) }},
		{Keys: "G End", Action: "end", Help: "last row", Do: func() { v.moveTo(v.table.grid.Len() - 1) }},
		{Keys: "^f PgDn", Action: "page", Help: "next page", Do: func() { v.pageBy(1) }},
		{Keys: "^b PgUp", Action: "page up", Help: "previous page", Do: func() { v.pageBy(-1) }},
		{Keys: "h Left", Action: "left", Help: "fold, or go to the parent", Do: v.left},
		{Keys: "l Right", Action: "right", Help: "unfold, or go to the first child", Do: v.right},
		{Keys: "-", Action: "fold", Help: "fold: hide its descendants and sum them up", Do: func() { v.setFold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.setFold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggle},
		{Keys: "*", Action: "fold all", Help: "fold all, or unfold all", Do: v.foldAll},
		{Keys: "t", Action: "tree", Help: "forest or list", Do: v.flat},
		{Keys: "/ F4", Action: "filter", Help: "filter: word, !word, re:EXPR, user:NAME, ns:INODE, container:NAME; ancestors stay", Footer: true, Do: v.askFilter},
		{Keys: "F3", Action: "find", Help: "find, written as a filter", Footer: true, Do: v.askFind},
		{Keys: "n", Action: "next", Help: "find the next one", Do: func() { v.findNext(1) }},
		{Keys: "N", Action: "previous", Help: "find the previous one", Do: func() { v.findNext(-1) }},
		{Keys: "F6", Action: "sort", Help: "choose the column to sort by; in a forest it orders siblings", Footer: true, Do: v.askSort},
		{Keys: ">", Action: "sort next", Help: "sort by the next column", Do: func() { v.sortNext(1) }},
		{Keys: "<", Action: "sort previous", Help: "sort by the previous column", Do: func() { v.sortNext(-1) }},
		{Keys: "I", Action: "invert", Help: "invert the order", Do: v.invert},
		{Keys: "c F2", Action: "columns", Help: "choose columns", Do: v.askColumns},
		{Keys: "Space", Action: "tag", Help: "tag: a signal goes to all that are tagged", Do: v.tag},
		{Keys: "U", Action: "untag", Help: "untag all", Do: v.model.Untag},
		{Keys: "F", Action: "follow", Help: "follow: the selected process keeps its line on the screen", Do: func() { v.follow = !v.follow }},
		{Keys: "H", Action: "threads", Help: "show or hide the threads of the selected process", Off: threads, Do: v.toggleThreads},
		{Keys: "T", Action: "kernel", Help: "show or hide the kernel's own threads", Do: v.kernel},
		{Keys: "O", Action: "containers", Help: "only what is in a container, or all", Off: contained, Do: v.contained},
		{Keys: "z", Action: "group", Help: "to its control group in view 4; z there comes back with the group's processes", Do: u.showGroup},
		{Keys: "F9 K", Action: "signal", Help: "send a signal to the tagged processes, or the selected one", Changes: true, Footer: true,
			Off: missing(u.opt.Signal == nil || u.opt.Carry == nil, "signals cannot be sent here"), Do: v.askSignal},
	}
}

func missing(is bool, why string) string {
	if is {
		return why
	}
	return ""
}

func (v *processes) askFilter() {
	old := v.model.Filter()
	_, from, had := v.model.Selected()
	set := func(f *rows.Filter) {
		v.model.SetFilter(f)
		v.build()
		v.model.SelectMatch()
		v.reveal()
		v.ui.wantsChanged()
	}
	input := ""
	if old != nil {
		input = old.Text
	}
	v.ui.ask("filter: ", input, func(s string) string {
		f, err := rows.ParseFilter(s)
		if err != nil {
			return sanitiseError(err)
		}
		set(f)
		return ""
	}, func(s string) {
		if _, err := rows.ParseFilter(s); err != nil {
			v.ui.say(rows.Bad, sanitiseError(err))
			set(old)
		}
	}, func() {
		set(old)
		if had {
			v.SetSubject(from.ID)
		}
	})
}

func (v *processes) askFind() {
	_, from, had := v.model.Selected()
	v.ui.ask("find: ", "", func(s string) string {
		f, err := rows.ParseFilter(s)
		if err != nil {
			return sanitiseError(err)
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
	}, func(string) {}, func() {
		if had {
			v.SetSubject(from.ID)
		}
	})
}

func (v *processes) askSort() {
	m := &menu{title: "Sort by", items: []menuItem{{label: "(tree)", text: "the order of the tree: siblings by age"}}}
	chosen := v.model.Chosen()
	for _, c := range chosen {
		m.items = append(m.items, menuItem{label: c.Title, text: c.Help})
		if s := v.model.Sort(); s != nil && s.Name == c.Name {
			m.at = len(m.items) - 1
		}
	}
	m.pick = func(i int) bool {
		if i == 0 {
			v.model.SortBy(nil)
		} else {
			v.model.SortBy(chosen[i-1])
		}
		v.rebuild()
		return true
	}
	v.ui.open(m)
}

func (v *processes) askColumns() {
	m := &menu{title: "Columns (Enter or Space chooses, Esc ends)", space: true}
	all := rows.Columns()
	on := map[string]bool{}
	for _, c := range v.model.Chosen() {
		on[c.Name] = true
	}
	relabel := func() {
		m.items = m.items[:0]
		for _, c := range all {
			mark := "[ ] "
			if on[c.Name] {
				mark = "[x] "
			}
			m.items = append(m.items, menuItem{label: mark + c.Title, text: c.Help})
		}
	}
	relabel()
	m.pick = func(i int) bool {
		on[all[i].Name] = !on[all[i].Name] || all[i].Flex()
		var names []string
		for _, c := range all {
			if on[c.Name] {
				names = append(names, c.Name)
			}
		}
		v.model.SetColumns(names)
		v.ui.wantsChanged()
		relabel()
		return false
	}
	v.ui.open(m)
}

// Words implements commander.
func (v *processes) Words() []Word {
	return []Word{
		{Words: "sort", Args: "NAME", Help: "sort by a column; without a name in the order of the tree", Offers: v.offerColumns, Do: v.sortNamed},
		{Words: "filter", Args: "TEXT", Help: "filter, as / does; without a text show all", Do: v.filterNow},
		{Words: "tree", Help: "as a forest", Do: func(string) { v.setFlat(false) }},
		{Words: "list", Help: "as a list", Do: func(string) { v.setFlat(true) }},
	}
}

func (v *processes) offerColumns(string) []menuItem {
	list := []menuItem{{label: "tree", text: "the order of the tree: siblings by age"}}
	for _, c := range rows.Columns() {
		list = append(list, menuItem{label: c.Name, text: c.Help})
	}
	return list
}

func (v *processes) sortNamed(name string) {
	if name == "" || strings.EqualFold(name, "tree") {
		v.model.SortBy(nil)
	} else if c := rows.ColumnNamed(name); c != nil {
		v.model.SortBy(c)
	} else {
		v.ui.say(rows.Warn, fmt.Sprintf("there is no column %q; %s lists them", text.New(name), v.ui.keyOf("columns")))
		return
	}
	v.rebuild()
}

func (v *processes) filterNow(s string) {
	f, err := rows.ParseFilter(s)
	if err != nil {
		v.ui.say(rows.Bad, sanitiseError(err))
		return
	}
	v.model.SetFilter(f)
	v.ui.wantsChanged()
	v.rebuild()
}

func (v *processes) setFlat(flat bool) {
	v.model.Flat = flat
	v.rebuild()
}
