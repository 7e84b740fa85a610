package ui

import (
	"context"
	"fmt"
	"slices"
	"time"

	"bones/procwalk/effect"
	"bones/ui/kit"
	"bones/ui/rows"
)

// perform carries out what a view, or a key that works everywhere, plans.
func (u *UI) perform(p kit.Plan) {
	u.typing.Late = u.typing.Late && !p.LastKey
	if p.Make != nil {
		u.plan(p)
		return
	}
	carry := p.Carry
	if carry == nil {
		carry = func() { u.carry(p.Effects) }
	}
	said := effect.Unsaid
	if p.Agreed && !slices.ContainsFunc(p.Effects, func(e effect.Effect) bool { return !e.Undo().Possible }) {
		said = effect.Named
	}
	u.confirm(p.Effects, said, p.Ask, carry)
}

// planPatience is how long an effect may take to be made before another may take its place: it may hang.
const planPatience = 3 * time.Second

// plan makes an effect in a goroutine, and carries it out after asking what it asks for. One is made at a time: keys
// that are held down would else ask again and again.
func (u *UI) plan(p kit.Plan) {
	began := u.opt.Now()
	if waited := began.Sub(u.planAsked); waited >= 0 && waited < planPatience {
		u.say(rows.Warn, "bones is still looking at what you asked for last; wait a moment")
		return
	}
	u.planAsked = began
	shell{u}.Run(func(ctx context.Context) func() {
		e, err := p.Make(ctx)
		return func() {
			if !u.planAsked.Equal(began) { // another one took its place
				return
			}
			u.planAsked = time.Time{}
			switch {
			case err != nil:
				u.say(rows.Bad, kit.ErrorLine(err))
			case e == nil:
				u.say(rows.Dim, "there is nothing to do")
			default:
				u.perform(kit.Plan{Effects: []effect.Effect{e}, Agreed: p.Agreed, Ask: p.Ask, Carry: p.Carry})
			}
		}
	})
}

// confirm asks if one of the effects has to be asked about, which effect.Ask decides, or always, and then has carry do
// what is to be done. said is what the user has said so far.
func (u *UI) confirm(effects []effect.Effect, said effect.Said, always bool, carry func()) {
	if len(effects) == 0 {
		return
	}
	if u.locked() != "" {
		u.say(rows.Warn, u.locked())
		return
	}
	c := kit.NewConfirm(effects, said, carry, func() {
		u.say(rows.Warn, "nothing was done: the screen is too small to show what would happen")
	})
	if !c.Asked() && !always {
		carry()
		return
	}
	u.open(c)
}

func (u *UI) carry(effects []effect.Effect) {
	u.say(rows.Dim, effects[0].Describe()+" ...")
	shell{u}.Run(func(ctx context.Context) func() {
		failed, last := 0, kit.Notice{Text: "done: " + effects[0].Describe()}
		for _, e := range effects {
			out, err := u.opt.Carry(ctx, e)
			if err != nil {
				failed++
				last = kit.Notice{Style: rows.Bad, Text: kit.ErrorLine(err)}
			} else if out.Sentence != "" && failed == 0 && out.Note == "" {
				last.Text = out.Sentence + "; undo: " + u.keyFor("undo")
			} else if out.Note != "" && failed == 0 {
				last = kit.Notice{Style: rows.Warn, Text: out.Note}
			}
		}
		if len(effects) > 1 {
			last.Text = fmt.Sprintf("%d of %d done; %s", len(effects)-failed, len(effects), last.Text)
		}
		return func() {
			u.message = last
			u.col.refresh()
		}
	})
}
