package ui

import (
	"context"
	"fmt"
	"strings"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/rows"
)

// EnterChoice is what the user chose for a program inside a process's namespaces.
type EnterChoice struct {
	Target  procwalk.ID
	Name    text.Text         // of the target
	Types   []procwalk.NSType // never nil
	Program []string          // none: the target's shell
	As      string            // "root", "container", or empty: what fits
}

// UnshareChoice is what the user chose for a program in new namespaces.
type UnshareChoice struct {
	Types           []procwalk.NSType
	Fork, MountProc bool
	MapRoot         bool     // our user is root in the new user namespace
	Program         []string // none: the user's shell
}

// Ended is how a program ended that had the terminal.
type Ended struct {
	Status int // as a shell tells it
	Note   string
}

var nsDoes = [procwalk.NSTypes]string{
	"the cgroup root", "System V IPC, message queues", "mounts, the files", "network interfaces, ports", "process numbers",
	"clock offsets", "user and group ids, capabilities", "host name",
}

// target is the process that an action is about: the subject, if the view does not say otherwise.
func (u *UI) target() *procwalk.Process {
	v, ok := u.view().(targeter)
	if !ok {
		return u.subject()
	}
	if u.frame == nil || u.frame.Snap == nil {
		return nil
	}
	if id, ok := v.Target(); ok {
		return u.frame.Snap.FindID(id)
	}
	return nil
}

// askEnter finds out which namespaces the selected process has for itself, and asks which of them to enter.
func (u *UI) askEnter() {
	p := u.target()
	if p == nil {
		u.say(rows.Warn, "there is no process selected to go into")
		return
	}
	id, name := p.ID(), p.Comm
	u.say(rows.Dim, fmt.Sprintf("looking at the namespaces of PID %d ...", id.PID))
	u.spawn(func() {
		differs, err := u.opt.Differs(u.ctx, id)
		u.post(func() {
			if err != nil {
				u.say(rows.Bad, sanitiseError(err))
				return
			}
			u.message = message{}
			u.open(u.enterForm(id, name, differs))
		})
	})
}

func (u *UI) enterForm(id procwalk.ID, name text.Text, differs [procwalk.NSTypes]bool) *nsForm {
	f := &nsForm{title: fmt.Sprintf("Shell inside PID %d (%s)", id.PID, shortText(name))}
	for t := range procwalk.NSTypes {
		b := nsBox{label: t.String(), text: nsDoes[t], on: differs[t]}
		if !differs[t] {
			b.off = "shared with bones: there already"
		}
		f.boxes = append(f.boxes, b)
	}
	f.boxes = append(f.boxes,
		nsBox{label: "fitting", text: "as the container; as root where only that is safe", on: true, group: 1},
		nsBox{label: "container", text: "with the ids and capabilities that it has", group: 1},
		nsBox{label: "root", text: "as user 0 of its user namespace, every capability", group: 1})
	f.program.label = "program (empty: its shell): "
	f.at = len(f.boxes)
	f.accept = func(program []string) string {
		c := EnterChoice{Target: id, Name: name, Types: f.types(), Program: program}
		switch n := int(procwalk.NSTypes); {
		case f.boxes[n+1].on:
			c.As = "container"
		case f.boxes[n+2].on:
			c.As = "root"
		}
		u.begin(func() (effect.Effect, error) { return u.opt.Enter(c) }, fmt.Sprintf("the program inside PID %d", id.PID))
		return ""
	}
	return f
}

// askUnshare asks for a program and its new namespaces.
func (u *UI) askUnshare() {
	n := int(procwalk.NSTypes)
	f := &nsForm{title: "A program in new namespaces"}
	for t := range procwalk.NSTypes {
		on := t == procwalk.PID || t == procwalk.Mnt
		f.boxes = append(f.boxes, nsBox{label: t.String(), text: nsDoes[t], on: on})
	}
	f.boxes = append(f.boxes,
		nsBox{label: "fork", text: "as a child: with pid it is PID 1", on: true},
		nsBox{label: "mount-proc", text: "a /proc of its own; implies mnt", on: true},
		nsBox{label: "map-root", text: "root in the new user namespace; implies user"})
	f.program.label = "program (empty: your shell): "
	f.at = len(f.boxes)
	f.accept = func(program []string) string {
		c := UnshareChoice{Types: f.types(), Fork: f.boxes[n].on, MountProc: f.boxes[n+1].on, MapRoot: f.boxes[n+2].on, Program: program}
		if len(c.Types) == 0 && !c.MountProc && !c.MapRoot {
			return "choose at least one namespace"
		}
		u.begin(func() (effect.Effect, error) { return u.opt.Unshare(c) }, "the program in new namespaces")
		return ""
	}
	u.open(f)
}

// begin makes the effect in a goroutine, asks if it is to be asked about, and gives the terminal to it.
func (u *UI) begin(make func() (effect.Effect, error), what string) {
	u.spawn(func() {
		e, err := make()
		u.post(func() {
			switch {
			case err != nil:
				u.say(rows.Bad, sanitiseError(err))
			case u.opt.ReadOnly != "":
				u.say(rows.Warn, u.opt.ReadOnly)
			default:
				u.confirm([]effect.Effect{e}, effect.Unsaid, func() { u.session(e, what) })
			}
		})
	})
}

// session gives the terminal away until the effect has ended, and tells how.
func (u *UI) session(e effect.Effect, what string) {
	var ended Ended
	var err error
	u.given.Lock()
	defer u.given.Unlock()
	if u.ctx.Err() != nil {
		return // on the way out
	}
	if !u.suspend(func() { ended, err = u.opt.Session(u.ctx, e) }) {
		u.say(rows.Bad, "the terminal cannot be given away")
		return
	}
	u.col.refresh()
	switch {
	case err != nil:
		u.say(rows.Bad, sanitiseError(err))
	case ended.Status != 0:
		u.say(rows.Warn, fmt.Sprintf("%s ended with status %d%s%s", what, ended.Status, bySignal(ended.Status), note(ended.Note)))
	default:
		u.say(rows.Plain, what+" ended with status 0"+note(ended.Note))
	}
}

func bySignal(status int) string {
	if status > 128 && status <= 128+64 {
		return fmt.Sprintf(" (signal %d)", status-128)
	}
	return ""
}

func note(s string) string {
	if s = strings.TrimSpace(s); s != "" {
		return "; " + text.Line(s)
	}
	return ""
}

// canEnter says why nothing can be entered, if it cannot.
func (o *Options) canEnter() string {
	return missing(o.Enter == nil || o.Differs == nil || o.Session == nil, "processes cannot be entered here")
}

// Stepping are the functions of a Backend for namespaces. Each may be nil.
type Stepping struct {
	// Differs tells in which namespaces a process is and bones is not, in a goroutine.
	Differs func(context.Context, procwalk.ID) ([procwalk.NSTypes]bool, error)
	// Enter makes the effect of a program inside a process's namespaces, and Unshare of one in new ones; in a goroutine.
	Enter   func(EnterChoice) (effect.Effect, error)
	Unshare func(UnshareChoice) (effect.Effect, error)
	// Session carries out what Enter or Unshare made, on the terminal, which nobody else draws on meanwhile. It leaves
	// the terminal's settings and its foreground process group as they were.
	Session func(context.Context, effect.Effect) (Ended, error)
}
