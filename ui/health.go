package ui

import (
	"cmp"
	"context"
	"fmt"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// HealthOf is what is judged: a container by its key, a process, or with neither the whole host.
type HealthOf struct {
	Container string
	Process   procwalk.ID
	Name      text.Text
}

// health opens the findings about what is selected: in view 2 the container, else the process.
func (u *UI) health() {
	if v, ok := u.View().(kit.ContainerSelector); ok {
		if key, name, ok := v.Container(); ok {
			u.showHealth(HealthOf{Container: key, Name: name})
			return
		}
	}
	if p := u.target(); p != nil {
		u.showHealth(HealthOf{Process: p.ID(), Name: procName(p)})
		return
	}
	u.showHealth(HealthOf{})
}

// commandHealth is the palette's health: of a PID or a container, of what is selected, or of the host.
func (u *UI) commandHealth(rest string) {
	if u.opt.Health == nil {
		u.say(rows.Warn, "health: nothing can be judged here")
		return
	}
	switch rest {
	case "":
		u.health()
		return
	case "host":
		u.showHealth(HealthOf{})
		return
	}
	p, err := u.process(rest)
	if err != nil {
		u.say(rows.Warn, kit.ErrorLine(err))
		return
	}
	of := HealthOf{Process: p.ID(), Name: procName(p)}
	if t, err := inventory.ParseTarget(rest); err == nil && !t.IsProcess() && u.frame.Now.Inventory != nil {
		if c, ok := u.frame.Now.Inventory.Of(p); ok {
			of = HealthOf{Container: c.Key, Name: c.Label()}
		}
	}
	u.showHealth(of)
}

func (u *UI) showHealth(of HealthOf) {
	s := kit.NewSheet(shell{u}, "Health of "+cmp.Or(of.Name.String(), "this host"), "Not judged",
		func(ctx context.Context) ([]rows.Section, error) {
			r, err := u.opt.Health(ctx, of)
			if err != nil {
				return nil, err
			}
			return rows.HealthSections(r), nil
		})
	if of != (HealthOf{}) {
		s.More = []kit.SheetKey{{Keys: "!", Help: "the host", Do: func() { u.showHealth(HealthOf{}) }}}
	}
	u.open(s)
	s.Read()
}

// procName is what a process is called in a title.
func procName(p *procwalk.Process) text.Text {
	return text.New(fmt.Sprintf("PID %d (%s)", p.PID, p.Comm.Raw()))
}
