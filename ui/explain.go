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
	id := p.ID()
	e := kit.NewSheet(shell{u}, fmt.Sprintf("Explain PID %d (%s)", p.PID, p.Comm), "Not explained",
		func(ctx context.Context) ([]rows.Section, error) {
			walk, err := u.opt.Explain(ctx, id)
			if err != nil {
				return nil, err
			}
			return walk.Sections(), nil
		})
	u.open(e)
	e.Read()
}
