package processes

import "bones/ui/kit"

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	contained := ""
	threads := kit.OffIf(v.backend.Threads == nil, "threads cannot be listed here")
	return append(kit.MoveKeys(v.move, v.moveTo, func() *kit.Table { return &v.table }), []kit.Binding{
		{Keys: "h Left", Action: "left", Help: "fold, or go to the parent", Do: v.left},
		{Keys: "l Right", Action: "right", Help: "unfold, or go to the first child", Do: v.right},
		{Keys: "-", Action: "fold", Help: "hide its descendants, and sum them up",
			Do: func() { v.setFold(true) }},
		{Keys: "+", Action: "unfold", Help: "unfold", Do: func() { v.setFold(false) }},
		{Keys: "=", Action: "toggle", Help: "fold or unfold", Do: v.toggle},
		{Keys: "*", Action: "fold all", Help: "fold all, or unfold all", Do: v.foldAll},
		{Keys: "t F5", Action: "tree", Help: "show the tree or a flat list", Do: v.flat},
		{Keys: "/ F4", Action: "filter",
			Help: "show only what matches: word !word re:EXPR user:A state:D ns:N container:C; ancestors stay", Footer: true,
			Do: v.askFilter},
		{Keys: "M", Action: "by memory", Help: "list all, the one with the most memory first, as in htop and top",
			Footer: true, Do: func() { v.list("rss") }},
		{Keys: "F6", Action: "sort", Help: "choose the column to sort by; in the tree it orders siblings",
			Footer: true, Do: v.askSort},
		{Keys: "F3", Action: "find", Help: "find, written as a filter", Footer: true, Do: v.askFind},
		{Keys: "n", Action: "next", Help: "find the next one", Do: func() { v.findNext(1) }},
		{Keys: "N", Action: "previous", Help: "find the previous one", Do: func() { v.findNext(-1) }},
		{Keys: "P", Action: "by CPU", Help: "list all, the busiest first, as in htop and top",
			Footer: true, Do: func() { v.list("pcpu") }},
		{Keys: ">", Action: "sort next", Help: "sort by the next column", Do: func() { v.sortNext(1) }},
		{Keys: "<", Action: "sort previous", Help: "sort by the previous column", Do: func() { v.sortNext(-1) }},
		{Keys: "I", Action: "invert", Help: "invert the order", Do: v.invert},
		{Keys: "c", Action: "columns", Help: "choose columns", Do: v.askColumns},
		{Keys: "Space", Action: "tag", Help: "mark it: a signal goes to all that are tagged", Do: v.tag},
		{Keys: "U", Action: "untag", Help: "untag all", Do: v.model.Untag},
		{Keys: "F", Action: "follow", Help: "keep the selected process on its line of the screen",
			Do: func() { v.follow = !v.follow }},
		{Keys: "H", Action: "threads", Help: "show or hide all threads of the selected process, with what they use",
			Off: threads,
			Do:  v.toggleThreads},
		{Keys: "T", Action: "kernel", Help: "show or hide the kernel's own threads", Do: v.kernel},
		{Keys: "O", Action: "containers", Help: "show only what is in a container, or all", Off: contained,
			Do: v.contained},
		{Keys: "z", Action: "group",
			Help: "go to its control group in view 4; z there comes back with the group's processes", Do: v.showGroup},
		{Keys: "e", Action: "limits", Word: "limits", Changes: true, Footer: true,
			Help: "change the limits of the container that the process is in: memory, cpus, pids"},
		{Keys: "F9 K", Action: "signal", Help: "send a signal to the tagged processes, or the selected one",
			Changes: true, Footer: true,
			Off: kit.OffIf(v.backend.Signal == nil, "signals cannot be sent here"), Do: v.askSignal},
	}...)
}

// showGroup goes to the groups of the process in view 4.
func (v *View) showGroup() {
	if id, ok := v.Subject(); ok {
		v.sh.Show(kit.Cgroups, kit.Subject{Process: id})
	}
}

// Words implements kit.Commander.
func (v *View) Words() []kit.Word {
	return []kit.Word{
		{Words: "sort", Args: "NAME", Help: "sort by a column; without a name in the order of the tree",
			Offers: v.offerColumns, Do: v.sortNamed},
		{Words: "filter", Args: "TEXT", Help: "filter, as / does; without a text show all", Do: v.filterNow},
		{Words: "tree", Help: "show the tree", Do: func(string) { v.setFlat(false) }},
		{Words: "list", Help: "show a flat list", Do: func(string) { v.setFlat(true) }},
	}
}

func (v *View) setFlat(flat bool) {
	v.model.Flat = flat
	v.rebuild()
}
