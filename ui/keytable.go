package ui

import (
	"slices"
	"strconv"

	"bones/ui/kit"
	"bones/ui/rows"
)

// globalKeys are the keys that work in every view.
func (u *UI) globalKeys() []kit.Binding {
	keys := []kit.Binding{
		{Keys: "? F1", Action: "help", Help: "show this page of all keys", Footer: true, Do: u.openHelp},
		{Keys: "q F10 ^c", Action: "quit", Help: "leave bones", Footer: true, Do: func() { u.opt.Tour.Leave(u.quit) }},
		{Keys: "Esc", Action: "back",
			Help: "go one level back: leave the details, then drop the filter; never quits", Do: u.back},
		{Keys: "Enter", Action: "into",
			Help: "go into the details, to scroll them; in Containers: to its tree; in Namespaces: to the members, " +
				"and from a member to view 1; in Cgroups: to the files",
			Do: u.enter},
		{Keys: "F2", Action: "setup", Help: "choose the meters of the header, and their order", Do: u.setup},
		{Keys: "i", Action: "details", Help: "show or hide the details", Do: u.details.toggle},
		{Keys: "w", Action: "wrap", Help: "wrap long lines of the details, or cut them",
			Do: u.details.pane.ToggleWrap},
		{Keys: "v", Action: "reveal", Help: "show or mask the values of the environment", Do: u.details.toggleReveal},
		{Keys: "y", Action: "copy", Help: "copy the command of the line \"by hand\"",
			Off: kit.OffIf(u.opt.Copy == nil, "there is no clipboard here"), Do: u.copyHand},
		{Keys: "Y", Action: "copy this",
			Help: "copy what is selected: PID, container id, inode, value or group, path",
			Off:  kit.OffIf(u.opt.Copy == nil, "there is no clipboard here"), Do: u.copySelected},
		{Keys: "E", Action: "export", Help: "write what this view shows to a new file, as JSON",
			Off: kit.OffIf(u.opt.Export == nil, "nothing can be exported here"), Do: u.askExport},
		{Keys: "Z", Action: "pause", Help: "stop refreshing, or go on", Do: u.pause},
		{Keys: "r", Action: "refresh", Help: "refresh now, and read everything about every process again",
			Do: u.col.refreshAll},
		{Keys: ":", Action: "command",
			Help:   "open the palette: all of these by name, processes and containers by name or PID, and the words below",
			Footer: true, Do: u.askCommand},
		{Keys: "x", Action: "explain",
			Help:   "explain why the process is, or is not, in a container; in Containers: the main process",
			Footer: true,
			Off:    kit.OffIf(u.opt.Explain == nil, "nothing can be explained here"), Do: u.explain},
		{Keys: "!", Action: "health",
			Help:   "show what is the matter with the process, in Containers with the container; again: with the host",
			Footer: true, Off: kit.OffIf(u.opt.Health == nil, "nothing can be judged here"), Do: u.health},
		{Keys: "o", Action: "ports",
			Help:   "show what the process listens on and is connected to, in Containers the container; n: its interfaces",
			Footer: true, Off: u.opt.Network.Off(), Do: func() { program{u}.Ports(u.netTarget()) }},
		{Keys: "b", Action: "reach", Footer: true, Off: u.opt.Network.Off(), Do: program{u}.chooseReach,
			Help: "show whether it and another see each other: the network between them, the namespaces that they share"},
		{Keys: "W F7 F8", Action: "tune", Changes: true, Off: u.opt.Tune.Off(),
			Help: "change nice value, processors, I/O priority, OOM score, limits; in Containers of the main process",
			Do:   func() { program{u}.Tune("") }},
		{Keys: "s", Action: "shell", Help: "run a shell or a program inside the selected process's namespaces",
			Changes: true, Footer: true, Off: u.opt.canEnter(), Do: u.askEnter},
		{Keys: "u", Action: "undo", Help: "take back your last change; another user's only if you confirm", Changes: true,
			Footer: true, Off: kit.OffIf(u.opt.UndoLast == nil, "nothing can be undone here"),
			Do: func() { u.perform(kit.Plan{Make: u.opt.UndoLast}) }},
		{Keys: "^r", Action: "redo", Help: "redo what you undid last; another user's only if you confirm", Changes: true,
			Off: kit.OffIf(u.opt.RedoLast == nil, "nothing can be made again here"),
			Do:  func() { u.perform(kit.Plan{Make: u.opt.RedoLast}) }},
		{Keys: "J", Action: "changes",
			Help: "list what bones changed on this host: when, who, what; there you can take back any of it",
			Off:  kit.OffIf(u.opt.History.List == nil, "there is no journal here"), Do: program{u}.History},
		{Keys: "[", Action: "history back", Help: "go back to the view and process before the last jump",
			Do: func() { u.jump(u.trail.Back) }},
		{Keys: "]", Action: "history forward", Help: "go forward again", Do: func() { u.jump(u.trail.Forward) }},
		{Keys: "Tab", Action: "next view", Help: "go to the next view, same process", Do: func() { u.show(u.current + 1) }},
		{Keys: "Shift-Tab", Action: "previous view", Help: "go to the previous view, same process",
			Do: func() { u.show(u.current - 1) }},
		{Keys: "^z", Action: "suspend", Help: "suspend; fg in the shell resumes",
			Off: kit.OffIf(u.opt.Suspend == nil, noShell), Do: func() {
				u.leave(u.opt.Suspend)
			}},
	}
	keys = append(append(keys, u.opt.Tour.Keys()...), u.pastKeys()...)
	for i, v := range u.views {
		keys = append(keys, kit.Binding{Keys: strconv.Itoa(v.Number()), Action: v.Name(), Help: "view " + v.Name(),
			Do: func() { u.show(i) }})
	}
	return keys
}

// globalWords are the words of the palette that work in every view.
func (u *UI) globalWords() []kit.Word {
	return slices.Concat(u.pastWords(), []kit.Word{
		{Words: "q quit", Action: "quit", Help: "leave bones", Do: func(string) { u.opt.Tour.Leave(u.quit) }},
		{Words: "help h ?", Action: "help", Help: "show the page of all keys and words",
			Do: func(string) { u.openHelp() }},
		{Words: "tour", Args: "[TARGET]", Help: "say how to begin the tour of what containers are made of, or where it is",
			Offers: program{u}.Targets, Do: func(rest string) {
				target, _ := kit.OneWord(rest)
				u.say(rows.Plain, u.opt.Tour.Where(target))
			}},
		{Words: "theme", Args: "NAME", Help: "change the colours", Offers: offerThemes, Do: u.askTheme},
		{Words: "setup meters", Action: "setup", Help: "choose the meters of the header", Do: func(string) { u.setup() }},
		{Words: "interval", Args: "TIME", Help: "change the time between refreshes", Do: u.askInterval},
		{Words: "export", Args: "FILE", Help: "write what this view shows to a new file, as JSON",
			Off: kit.OffIf(u.opt.Export == nil, "nothing can be exported here"), Do: u.exportTo},
		{Words: "explain", Args: "[PID]", Help: "explain why a process is, or is not, in a container",
			Off: kit.OffIf(u.opt.Explain == nil, "nothing can be explained here"), Offers: u.offerProcesses,
			Do: u.commandExplain},
		{Words: "health", Args: "[PID|host]", Help: "show what is the matter with a process, a container, or the host",
			Off: kit.OffIf(u.opt.Health == nil, "nothing can be judged here"), Offers: u.offerProcesses,
			Do: u.commandHealth},
		{Words: "diff", Args: "[TARGET TARGET]", Offers: program{u}.Targets,
			Help: "show how two containers or processes differ; without names the namespaces of those tagged",
			Do:   u.diff},
		{Words: "unshare", Help: "run a program in new namespaces", Changes: true,
			Off: kit.OffIf(u.opt.Unshare == nil || u.opt.Session == nil, "namespaces cannot be made here"),
			Do:  func(string) { u.askUnshare() }},
	}, u.commandWords())
}

// enter goes into what is selected, where the view has more than the details.
func (u *UI) enter() {
	if v, ok := u.View().(kit.Enterer); ok && v.Enter() {
		return
	}
	u.details.enter()
}

// back goes one level back, from the innermost.
func (u *UI) back() {
	switch {
	case u.details.focus:
		u.details.focus = false
	case u.View().Back():
		u.wantsChanged()
	default:
		u.say(rows.Dim, "nothing to go back from; "+u.keyFor("quit")+" quits")
	}
}

func (u *UI) pause() {
	paused := !u.col.paused.Load()
	u.col.paused.Store(paused)
	if !paused {
		u.col.refresh()
	}
}

func (u *UI) copyHand() {
	s := u.View().ByHand()
	if s == "" {
		u.say(rows.Dim, "there is no command to copy")
		return
	}
	u.opt.Copy(s)
	u.say(rows.Plain, "copied: "+s)
}

// allKeys returns the whole key table: what always works, then what the view adds.
func (u *UI) allKeys() []kit.Binding {
	return append(append([]kit.Binding(nil), u.global...), u.remapped(u.View())...)
}

// viewKeys are the keys of a view. Those that do what a word of the palette does are made from that.
func (u *UI) viewKeys(v kit.View) []kit.Binding {
	keys := v.Keys()
	for i := range keys {
		if keys[i].Word == "" {
			continue
		}
		if w := kit.FindWord(u.words, keys[i].Word); w != nil {
			keys[i].Off, keys[i].Do = w.Off, func() { w.Do("") }
		}
	}
	return keys
}
