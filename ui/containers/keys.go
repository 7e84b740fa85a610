package containers

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"bones/cgroupview/inventory/totals"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/limits"
	"bones/ui/rows"
)

// Keys implements kit.View.
func (v *View) Keys() []kit.Binding {
	return slices.Concat(kit.MoveKeys(v.move, v.moveTo, func() *kit.Table { return &v.table }), []kit.Binding{
		{Keys: "/ F4", Action: "filter",
			Help:   "show only what matches: parts of name, id, image, runtime, pod, project, PID, or frozen; !word",
			Footer: true,
			Do:     v.askFilter},
		{Keys: "F6", Action: "sort", Help: "choose the column to sort by", Footer: true, Do: v.askSort},
		{Keys: "M", Action: "by memory", Help: "sort by memory, as in htop and top", Footer: true,
			Do: func() { v.sortNamed("MEMORY") }},
		{Keys: "L", Action: "logs", Footer: true,
			Help: "show what the container has printed, as its engine logged it, and what it prints next",
			Off:  v.backend.Logs.Off(), Do: v.showLogs},
		{Keys: "P", Action: "by CPU", Help: "sort by processor time, as in htop and top", Footer: true,
			Do: func() { v.sortNamed("%CPU") }},
		{Keys: ">", Action: "sort next", Help: "sort by the next column", Do: func() { v.sortNext(1) }},
		{Keys: "<", Action: "sort previous", Help: "sort by the previous column", Do: func() { v.sortNext(-1) }},
		{Keys: "I", Action: "invert", Help: "invert the order",
			Do: func() { v.model.Reverse = !v.model.Reverse; v.sorted() }},
		{Keys: "O", Action: "sandboxes",
			Help: "show or hide sandboxes, which no engine knows, and what only holds a pod's namespaces",
			Do: func() {
				v.model.Sandboxes = !v.model.Sandboxes
				v.build()
			}},
		{
			Keys:   "A",
			Action: "stopped",
			Help:   "show or hide what does not run, from the records of the engines on the disk",
			Footer: true,
			Off:    kit.OffIf(v.backend.Stopped == nil, "the engines' records are not available"),
			Do:     v.toggleStopped,
		},
		{Keys: "S", Action: "services",
			Help:   "show systemd's services and slices instead of containers, or containers again",
			Footer: true, Do: v.toggleServices},
		{Keys: "z", Action: "group", Help: "go to the container's group in view 4", Footer: true, Do: v.showGroup},
		{Keys: "e", Action: "edit",
			Help:    "change limits where they bind: memory, cpus, pids, with what is in use beside them",
			Changes: true, Footer: true, Off: kit.OffIf(v.backend.Set == nil, "limits cannot be changed here"),
			Do: v.askLimits},
		{Keys: "p", Action: "freeze", Help: "freeze all its processes, or thaw them", Changes: true, Footer: true,
			Off: kit.OffIf(v.backend.Freeze == nil, "groups cannot be frozen here"), Do: v.freeze},
		{Keys: "F9 K", Action: "signal", Help: "send a signal to the process that backs it", Changes: true,
			Footer: true,
			Off:    kit.OffIf(v.backend.Signal == nil, "signals cannot be sent here"), Do: v.askSignal},
		{Keys: "T", Action: "totals", Footer: true,
			Help: "show totals by pod, compose project, runtime, slice, image or user, in turn, or single " +
				"containers again", Do: v.nextGrouping},
	}, v.find.Keys("a container"))
}

// finder is for the containers that are listed.
func (v *View) finder() kit.Finder {
	return kit.Finder{Shell: v.sh, GoTo: v.moveTo, Rows: func() (int, int, func(int) []string) {
		return v.cursor.Row, v.model.Len(), func(i int) []string {
			c := v.model.Row(i)
			if c.Total != nil {
				return []string{c.Label().Raw()}
			}
			return []string{c.Label().Raw(), c.ID.Raw(), c.Info.Image.Raw(), string(c.Runtime), strconv.Itoa(c.PID)}
		}
	}}
}

// askSignal opens the signal menu for the process that backs the selected container.
func (v *View) askSignal() {
	snap, c := v.model.Facts().Snap, v.selected()
	if c == nil {
		return
	}
	p := snap.FindID(c.Process.ID())
	if p == nil {
		return
	}
	title := fmt.Sprintf("Signal to PID %d (%s)", p.PID, p.Comm)
	kit.AskSignal(v.sh, title, v.backend.Signals, func(number int) ([]effect.Effect, error) {
		e, err := v.backend.Signal(snap, p, number)
		return []effect.Effect{e}, err
	})
}

// askLimits asks for new limits of the selected container.
func (v *View) askLimits() {
	target, ok := v.groups()
	if !ok {
		return
	}
	v.sh.Open(limits.New(v.sh, v.selected(), func(ctx context.Context, words []string) (effect.Effect, error) {
		return v.backend.Set(ctx, target, words)
	}))
}

func (v *View) setFilter(f *rows.ContainerFilter) {
	v.model.SetFilter(f)
	v.build()
}

func (v *View) askFilter() {
	old, key, input := v.model.Filter(), v.cursor.Key, ""
	if old != nil {
		input = old.Text
	}
	v.sh.Ask(kit.Question{Label: "filter: ", Text: input, Typed: func(s string) string {
		v.setFilter(rows.ParseContainerFilter(s))
		return ""
	}, Accept: func(string) {
		if v.model.Len() > 0 {
			v.moveTo(v.cursor.Row)
		}
	}, Cancel: func() {
		v.cursor.Key = key
		v.setFilter(old)
	}})
}

// Words implements kit.Commander.
func (v *View) Words() []kit.Word {
	return []kit.Word{
		{Words: "sort", Args: "NAME", Help: "sort by a column; without a name by PID", Offers: offerColumns,
			Do: v.sortNamed},
		{Words: "totals", Args: "BY",
			Help:   "show totals by pod, project, runtime, slice, image or user; without a word none",
			Offers: offerGroupings, Do: v.groupNamed},
		{Words: "services", Help: "show systemd's services and slices instead of containers, or the containers again",
			Do: func(string) { v.toggleServices() }},
		{Words: "filter", Args: "TEXT", Help: "filter, as / does; without a text show all",
			Do: func(s string) { v.setFilter(rows.ParseContainerFilter(s)) }},
	}
}

// Has reports whether the container that a process is in is selected, and what it uses is known.
func (v *View) Has(id rows.ID) bool {
	c := v.selected()
	return c != nil && (c.Process.ID() == id || slices.Contains(c.PIDs, id.PID))
}

// Change asks for new limits of the selected container, as `bones set` takes them.
func (v *View) Change(words []string) {
	if target, ok := v.groups(); ok {
		v.sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) {
			return v.backend.Set(ctx, target, words)
		}})
	}
}

// Freeze freezes the selected container, or thaws it.
func (v *View) Freeze(frozen bool) {
	if target, ok := v.groups(); ok {
		v.sh.Perform(kit.Plan{Make: func(ctx context.Context) (effect.Effect, error) {
			return v.backend.Freeze(ctx, target, frozen)
		}})
	}
}

// showGroup goes to the container's group in view 4.
func (v *View) showGroup() {
	if c := v.selected(); c != nil {
		v.subject, v.has = c.Process.ID(), true
		v.sh.Show(kit.Cgroups, kit.Subject{Process: c.Process.ID()})
	}
}

func (v *View) freeze() {
	if c := v.selected(); c != nil {
		v.Freeze(!c.Sample.Frozen)
	} else {
		v.Freeze(true) // which says that nothing is selected
	}
}

// nextGrouping goes through what the containers can be added up by.
func (v *View) nextGrouping() { v.groupBy(v.model.NextGrouping()) }

func (v *View) groupBy(by totals.By) {
	v.model.GroupBy(by)
	v.build()
}

// groupNamed groups by what was typed.
func (v *View) groupNamed(word string) {
	by := totals.By(word)
	if word != "" && !slices.Contains(totals.All(), by) {
		v.sh.Notice(rows.Warn, fmt.Sprintf("there are no totals by %q; by pod, project, runtime, slice, image or user",
			text.New(word)))
		return
	}
	v.groupBy(by)
}

func offerGroupings(string) []kit.Item {
	var list []kit.Item
	for _, by := range totals.All() {
		list = append(list, kit.Item{Label: string(by)})
	}
	return list
}

// LeadsTo implements kit.Leader.
func (v *View) LeadsTo() string { return "tree" }
