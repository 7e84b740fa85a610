package ui

import (
	"context"
	"fmt"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// EnterChoice is what the user chose for a program inside a process's namespaces.
type EnterChoice struct {
	Target  procwalk.ID
	Space   uint64            // not 0: the inode of a namespace to enter instead, which no process need be in
	Name    text.Text         // of the target
	Types   []procwalk.NSType // never nil
	Program []string          // none: the target's shell
	As      string            // "root", "container", or empty: what fits

	HostTools bool // the host's programs and files, in the other namespaces; As is empty then
}

// UnshareChoice is what the user chose for a program in new namespaces.
type UnshareChoice struct {
	Types           []procwalk.NSType
	Fork, MountProc bool
	MapRoot         bool     // our user is root in the new user namespace
	Program         []string // none: the user's shell
}

// ProgramExit is how a program ended that had the terminal.
type ProgramExit struct {
	Status int // as a shell tells it
	Note   string
}

// target is the process that an action is about: the subject, if the view does not say otherwise.
func (u *UI) target() *procwalk.Process {
	v, ok := u.View().(kit.Targeter)
	if !ok {
		return u.subject()
	}
	if !u.frame.HasTable() {
		return nil
	}
	if id, ok := v.Target(); ok {
		return u.frame.Snap.FindID(id)
	}
	return nil
}

// askEnter finds out which namespaces the selected process has for itself, and asks which of them to enter.
func (u *UI) askEnter() { u.askEnterWith("") }

// askEnterWith is askEnter with a program filled in.
func (u *UI) askEnterWith(program string) {
	p := u.target()
	if p == nil && u.askEnterSpace() {
		return
	}
	if p == nil {
		u.say(rows.Warn, "there is no process selected to go into")
		return
	}
	u.say(rows.Dim, fmt.Sprintf("looking at the namespaces of PID %d ...", p.PID))
	u.entering.Load(entering{p.ID(), program})
}

// entering is a process whose namespaces are looked at, and the program that the form is filled in with.
type entering struct {
	id      procwalk.ID
	program string
}

// readDiffers opens the form, unless the user has gone on to another process when the answer comes.
func (u *UI) readDiffers(e entering) kit.Read {
	return func(ctx context.Context) func() {
		differs, err := u.opt.Differs(ctx, e.id)
		return func() {
			if err != nil {
				u.say(rows.Bad, kit.ErrorLine(err))
			} else if p := u.target(); p != nil && p.ID() == e.id {
				u.message = kit.Notice{}
				f := u.enterForm(e.id, p.Comm, differs)
				f.Program.SetValue(e.program)
				u.open(f)
			}
		}
	}
}

// askEnterSpace asks for a program in the selected namespace if that is one without a process.
func (u *UI) askEnterSpace() bool {
	v, ok := u.View().(kit.Spacer)
	if !ok || !u.frame.HasTable() {
		return false
	}
	inode, name, ok := v.Space()
	if !ok {
		return false
	}
	f := &kit.Form{Title: "A program of the host in " + name,
		Program: kit.NewPrompt(kit.Question{Label: "program (empty: a shell): "})}
	f.Accept = func(program []string) string {
		c := EnterChoice{Space: inode, Name: text.New(name), Program: program}
		u.begin(func() (effect.Effect, error) { return u.opt.Enter(c) }, "the program in "+name)
		return ""
	}
	u.open(f)
	return true
}

func (u *UI) enterForm(id procwalk.ID, name text.Text, differs [procwalk.NSTypes]bool) *kit.Form {
	f := &kit.Form{Title: fmt.Sprintf("Shell inside PID %d (%s)", id.PID, kit.Short(name))}
	for t := range procwalk.NSTypes {
		b := kit.CheckBox{Label: t.String(), Text: rows.NSIsolates(t), On: differs[t]}
		if !differs[t] {
			b.Off = "shared with bones already"
		}
		f.Boxes = append(f.Boxes, b)
	}
	f.Boxes = append(f.Boxes,
		kit.CheckBox{Label: "fitting", Text: "as the container; as root where only that is safe", On: true, Group: 1},
		kit.CheckBox{Label: "container", Text: "with the ids and capabilities that it has", Group: 1},
		kit.CheckBox{Label: "root", Text: "as user 0 of its user namespace, every capability", Group: 1},
		kit.CheckBox{Label: "host tools", Text: "as root, the host's programs and files; without mnt", Group: 1})
	f.Program = kit.NewPrompt(kit.Question{Label: "program (empty: its shell): "})
	f.At = len(f.Boxes)
	f.Accept = func(program []string) string {
		c := EnterChoice{Target: id, Name: name, Types: chosenTypes(f), Program: program}
		switch n := int(procwalk.NSTypes); {
		case f.Boxes[n+1].On:
			c.As = "container"
		case f.Boxes[n+2].On:
			c.As = "root"
		case f.Boxes[n+3].On:
			c.HostTools = true
		}
		what := fmt.Sprintf("the program inside PID %d", id.PID)
		u.begin(func() (effect.Effect, error) { return u.opt.Enter(c) }, what)
		return ""
	}
	return f
}

// chosenTypes are those of the first boxes, one for each type of namespace, that are checked; never nil.
func chosenTypes(f *kit.Form) []procwalk.NSType {
	types := []procwalk.NSType{}
	for t := range procwalk.NSTypes {
		if f.Boxes[t].On {
			types = append(types, t)
		}
	}
	return types
}

// askUnshare asks for a program and its new namespaces.
func (u *UI) askUnshare() {
	n := int(procwalk.NSTypes)
	f := &kit.Form{Title: "A program in new namespaces"}
	for t := range procwalk.NSTypes {
		on := t == procwalk.PID || t == procwalk.Mnt
		f.Boxes = append(f.Boxes, kit.CheckBox{Label: t.String(), Text: rows.NSIsolates(t), On: on})
	}
	f.Boxes = append(f.Boxes,
		kit.CheckBox{Label: "fork", Text: "as a child: with pid it is PID 1", On: true},
		kit.CheckBox{Label: "mount-proc", Text: "a /proc of its own; implies mnt", On: true},
		kit.CheckBox{Label: "map-root", Text: "root in the new user namespace; implies user"})
	f.Program = kit.NewPrompt(kit.Question{Label: "program (empty: your shell): "})
	f.At = len(f.Boxes)
	f.Accept = func(program []string) string {
		c := UnshareChoice{Types: chosenTypes(f), Program: program,
			Fork: f.Boxes[n].On, MountProc: f.Boxes[n+1].On, MapRoot: f.Boxes[n+2].On}
		if len(c.Types) == 0 && !c.MountProc && !c.MapRoot {
			return "choose at least one namespace"
		}
		u.begin(func() (effect.Effect, error) { return u.opt.Unshare(c) }, "the program in new namespaces")
		return ""
	}
	u.open(f)
}

// canEnter says why nothing can be entered, if it cannot.
func (o *Options) canEnter() string {
	return kit.OffIf(o.Enter == nil || o.Differs == nil || o.Session == nil, "processes cannot be entered here")
}

// Stepping are the functions of a Backend for namespaces. Each may be nil.
type Stepping struct {
	// Differs tells in which namespaces a process is and bones is not, in a goroutine.
	Differs func(context.Context, procwalk.ID) ([procwalk.NSTypes]bool, error)
	// Enter makes the effect of a program inside a process's namespaces, and Unshare of one in new ones; in a
	// goroutine.
	Enter   func(EnterChoice) (effect.Effect, error)
	Unshare func(UnshareChoice) (effect.Effect, error)
	// Session carries out what Enter or Unshare made, on the terminal, which nobody else draws on meanwhile. It leaves
	// the terminal's settings and its foreground process group as they were.
	Session func(context.Context, effect.Effect) (ProgramExit, error)
}
