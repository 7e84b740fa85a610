package ui

import (
	"context"
	"fmt"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// begin makes the effect in a goroutine, asks if it is to be asked about, and gives the terminal to it.
func (u *UI) begin(make func() (effect.Effect, error), what string) {
	var made effect.Effect
	u.perform(kit.Plan{Make: func(context.Context) (e effect.Effect, err error) {
		made, err = make()
		return made, err
	}, Carry: func() { u.session(made, what) }})
}

// session gives the terminal away until the effect has ended, and tells how.
func (u *UI) session(e effect.Effect, what string) {
	var ended ProgramExit
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
		u.say(rows.Bad, kit.ErrorLine(err))
	case ended.Status != 0:
		u.say(rows.Warn, fmt.Sprintf("%s ended with status %d%s%s",
			what, ended.Status, bySignal(ended.Status), note(ended.Note)))
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
