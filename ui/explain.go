package ui

import (
	"context"
	"fmt"

	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// explain opens the walk for the process that actions are about: in view 2 the selected container's main one.
func (u *UI) explain() {
	p := u.target()
	if p == nil {
		u.say(rows.Warn, "there is no process selected to explain")
		return
	}
	u.explainProcess(p)
}

// commandExplain is the palette's explain: of a PID, or of what is selected.
func (u *UI) commandExplain(rest string) {
	if u.opt.Explain == nil {
		u.say(rows.Warn, "explain: nothing can be explained here")
		return
	}
	if rest == "" {
		u.explain()
		return
	}
	p, err := u.process(rest)
	if err != nil {
		u.say(rows.Warn, kit.ErrorLine(err))
		return
	}
	u.explainProcess(p)
}

func (u *UI) explainProcess(p *procwalk.Process) {
	e := &kit.Reader{Title: fmt.Sprintf("Explain PID %d (%s)", p.PID, p.Comm)}
	id := p.ID()
	reader := kit.NewLoader(shell{u}, func(id procwalk.ID) kit.Read {
		return func(ctx context.Context) func() {
			walk, err := u.opt.Explain(ctx, id)
			return func() {
				var sections []rows.Section
				if err == nil {
					sections = walk.Sections()
				}
				e.Show(sections, "Not explained", err)
			}
		}
	})
	e.Read, e.Busy = func() { reader.Load(id) }, reader.Busy
	u.open(e)
	e.Read()
}
