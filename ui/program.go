package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview/inventory"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/commands"
	"bones/ui/history"
	"bones/ui/kit"
	"bones/ui/rows"
)

// program is the UI as the words of the palette see it that are called as commands are.
type program struct{ *UI }

// commandWords are those words.
func (u *UI) commandWords() []kit.Word {
	return commands.Words(program{u}, func(action string) string {
		switch action {
		case "edit":
			return kit.OffIf(u.opt.Containers.Set == nil, "limits cannot be changed here")
		case "freeze":
			return kit.OffIf(u.opt.Containers.Freeze == nil, "groups cannot be frozen here")
		case "signal":
			return kit.OffIf(u.opt.Processes.Signal == nil, "signals cannot be sent here")
		case "undo":
			return kit.OffIf(u.opt.UndoLast == nil, "nothing can be undone here")
		case "changes":
			return kit.OffIf(u.opt.History.List == nil, "there is no journal here")
		case "ports":
			return u.opt.Network.Off()
		case "get":
			return kit.OffIf(u.opt.Files.Get == nil, "files cannot be copied here")
		case "put", "cp":
			return kit.OffIf(u.opt.Files.Put == nil, "files cannot be copied here")
		case "storage":
			return kit.OffIf(u.opt.Sheets.Storage == nil, "mounts can only be read of this host as it is now")
		case "tune":
			return u.opt.Tune.Off()
		case "shell":
			return u.opt.canEnter()
		}
		return ""
	})
}

// Go implements commands.Program. Whatever filter hides the target is taken away.
func (p program) Go(view int, target string) bool {
	if target == "" {
		p.showNumber(view)
		return true
	}
	found, err := p.process(target)
	if err != nil {
		p.say(rows.Warn, kit.ErrorLine(err))
		return false
	}
	shell{p.UI}.Show(view, kit.Subject{Process: found.ID()})
	p.jumped = true
	return true
}

// word carries out a word of the view that is shown, if it has that.
func (p program) word(name, rest string) {
	if v, ok := p.View().(kit.Commander); ok {
		if w := kit.FindWord(v.Words(), name); w != nil {
			w.Do(rest)
		}
	}
}

// Filter implements commands.Program.
func (p program) Filter(text string) { p.word("filter", text) }

// Act implements commands.Program.
func (p program) Act(action string) {
	if k := p.actionNamed(action); k != nil {
		p.act(k)
		return
	}
	p.say(rows.Warn, fmt.Sprintf("%s: name a container, or choose one in view 2", action))
}

// OnContainer implements commands.Program. View 2 may have to be read first.
func (p program) OnContainer(target string, do func()) {
	if target == "" && p.View().Number() != kit.Containers {
		p.say(rows.Warn, "name a container, or choose one in view 2")
		return
	}
	if !p.Go(kit.Containers, target) {
		return
	}
	if target == "" {
		do()
		return
	}
	found, err := p.process(target)
	if err != nil {
		return // Go has found it
	}
	asked := p.typing.Keys
	p.pending = func() bool {
		if !p.containers.Has(found.ID()) {
			return false
		}
		p.typing.Late = p.typing.Keys != asked
		do()
		p.typing.Late = false
		return true
	}
	p.tryPending()
}

// tryPending does what waits for view 2 to be read; leaving the view drops it.
func (u *UI) tryPending() {
	if u.pending != nil && (u.View().Number() != kit.Containers || u.pending()) {
		u.pending = nil
	}
}

// Limits implements commands.Program: it goes to the container of the selected process, and asks for its limits there.
func (p program) Limits() {
	is := p.subject()
	if is == nil || p.frame.ContainerOf(is) == nil {
		p.say(rows.Warn, "the process is in no container; "+p.keyFor("group")+" leads to its control group")
		return
	}
	p.OnContainer(fmt.Sprintf("pid:%d", is.PID), func() { p.Act("edit") })
}

// Change implements commands.Program.
func (p program) Change(words []string) { p.containers.Change(words) }

// Freeze implements commands.Program.
func (p program) Freeze(frozen bool) { p.containers.Freeze(frozen) }

// Signals implements commands.Program.
func (p program) Signals() []kit.SignalChoice { return p.opt.Processes.Signals }

// Signal implements commands.Program.
func (p program) Signal(target string, number int) {
	found, err := p.process(target)
	var e effect.Effect
	if err == nil {
		e, err = p.opt.Processes.Signal(p.frame.Snap, found, number)
	}
	if err != nil {
		p.say(rows.Warn, kit.ErrorLine(err))
		return
	}
	p.perform(kit.Plan{Effects: []effect.Effect{e}})
}

// Enter implements commands.Program.
func (p program) Enter(words string) { p.askEnterWith(words) }

// LogsByHand implements commands.Program.
func (p program) LogsByHand(target string) (string, error) {
	found := p.target()
	if target != "" {
		var err error
		if found, err = p.process(target); err != nil {
			return "", err
		}
	}
	if found == nil || p.frame.Now == nil || p.frame.Now.Inventory == nil {
		return "", errors.New("logs: name a container")
	}
	var inner *inventory.Container // of those around each other the innermost, which has the fewest processes
	list := p.frame.Now.Inventory.List
	for i := range list {
		c := list[i]
		if slices.Contains(c.PIDs, found.PID) && (inner == nil || len(c.PIDs) < len(inner.PIDs)) {
			inner = c
		}
	}
	if inner != nil {
		return commands.Logs(string(inner.Runtime), inner.Label().Raw(), inner.ID.Raw())
	}
	return "", fmt.Errorf("PID %d (%s) is in no container: whatever started it gets its output", found.PID, found.Comm)
}

// History implements commands.Program.
func (p program) History() { p.open(history.New(shell{p.UI}, p.opt.History, p.opt.ReadOnly)) }

// Undo implements commands.Program.
func (p program) Undo(number string) {
	if number == "" {
		p.Act("undo")
		return
	}
	history.Undo(shell{p.UI}, p.opt.History, number)
}

// Namespace implements commands.Program.
func (p program) Namespace(word string) bool {
	return p.namespaces.GotoNamed(word, func() { p.showNumber(kit.Namespaces) })
}

// Notice implements commands.Program.
func (p program) Notice(style rows.Style, line string) { p.say(style, line) }

// Targets implements commands.Program: containers by name, then processes by PID.
func (p program) Targets(rest string) []kit.Item {
	var list []kit.Item
	for _, c := range p.subjects() {
		name, ok := strings.CutPrefix(c.label, "container ")
		// What cannot be typed is not offered: control characters.
		if raw, err := text.Restore(name); ok && err == nil && strings.ReplaceAll(raw, `\`, `\\`) == name {
			list = append(list, kit.Item{Label: name, Text: c.text, Word: raw})
		}
	}
	if p.current == kit.Namespaces-1 {
		list = append(list, p.namespaces.Inodes()...)
	}
	return append(list, p.offerProcesses(rest)...)
}
