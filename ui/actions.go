package ui

import (
	"fmt"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows"
)

// perform carries effects out in a goroutine, after asking if one of them asks for it.
func (u *UI) perform(effects []effect.Effect) {
	u.performBy(effects, func() { u.carry(effects) })
}

// performBy asks if one of the effects asks for it, and then has carry do what is to be done.
func (u *UI) performBy(effects []effect.Effect, carry func()) {
	if len(effects) == 0 {
		return
	}
	if u.opt.ReadOnly != "" {
		u.say(rows.Warn, u.opt.ReadOnly)
		return
	}
	u.confirm(effects, effect.Unsaid, carry)
}

// confirm asks if one of the effects has to be asked about, which effect.Ask decides, and then has do done. said is what
// the user has said so far.
func (u *UI) confirm(effects []effect.Effect, said effect.Said, do func()) {
	c := newConfirm(effects, said, do, func() {
		u.say(rows.Warn, "nothing was done: the screen is too small to show what would be")
	})
	if !c.asked {
		do()
		return
	}
	u.open(c)
}

func (u *UI) carry(effects []effect.Effect) {
	u.say(rows.Plain, effects[0].Describe()+" ...")
	u.spawn(func() {
		failed, last := 0, message{rows.Plain, "done: " + effects[0].Describe()}
		for _, e := range effects {
			out, err := u.opt.Carry(u.ctx, e)
			if err != nil {
				failed++
				last = message{rows.Bad, sanitiseError(err)}
			} else if out.Note != "" && failed == 0 {
				last = message{rows.Warn, out.Note}
			}
		}
		if len(effects) > 1 {
			last.text = fmt.Sprintf("%d of %d done; %s", len(effects)-failed, len(effects), last.text)
		}
		u.post(func() {
			u.message = last
			u.col.refresh()
		})
	})
}

// askSignal opens the signal menu for what is tagged, or the selected process.
func (v *processes) askSignal() {
	snap := v.model.Facts().Snap
	targets := v.model.Tags()
	if len(targets) == 0 {
		if p := v.model.SelectedProcess(); p != nil {
			targets = []*procwalk.Process{p}
		}
	}
	v.ui.askSignal(snap, targets)
}

// askSignal opens the signal menu for these processes.
func (u *UI) askSignal(snap *procwalk.Snapshot, targets []*procwalk.Process) {
	if len(targets) == 0 {
		return
	}
	title := fmt.Sprintf("Signal to PID %d (%s)", targets[0].PID, targets[0].Comm)
	if len(targets) > 1 {
		title = fmt.Sprintf("Signal to %d tagged processes", len(targets))
	}
	m := &menu{title: title}
	choices := u.opt.Signals
	for i, s := range choices {
		m.items = append(m.items, menuItem{label: fmt.Sprintf("%2s %s", strconv.Itoa(s.Number), s.Name), text: s.Does})
		if s.Name == "TERM" {
			m.at = i
		}
	}
	m.pick = func(i int) bool {
		if i < 0 || i >= len(choices) {
			return true
		}
		var effects []effect.Effect
		for _, p := range targets {
			e, err := u.opt.Signal(snap, p, choices[i].Number)
			if err != nil {
				u.say(rows.Bad, sanitiseError(err))
				return true
			}
			effects = append(effects, e)
		}
		u.perform(effects)
		return true
	}
	u.open(m)
}

// toggleThreads shows or hides the threads of the selected process.
func (v *processes) toggleThreads() {
	id, ok := v.Subject()
	if !ok {
		return
	}
	if v.model.HasThreads(id) {
		v.model.SetThreads(id, nil)
		v.rebuild()
		return
	}
	v.readThreads([]procwalk.ID{id}, true)
}

// refreshThreads reads the threads anew of all processes that are shown with them.
func (v *processes) refreshThreads() {
	if ids := v.model.Threaded(); len(ids) > 0 && !v.reading {
		v.readThreads(ids, false)
	}
}

func (v *processes) readThreads(ids []procwalk.ID, first bool) {
	v.reading = true
	u := v.ui
	u.spawn(func() {
		lists, errs := make([][]rows.Thread, len(ids)), make([]error, len(ids))
		for i, id := range ids {
			lists[i], errs[i] = u.opt.Threads(u.ctx, id)
		}
		u.post(func() {
			v.reading = false
			for i, id := range ids {
				switch {
				case errs[i] != nil && first:
					u.say(rows.Bad, sanitiseError(errs[i]))
				case first || v.model.HasThreads(id): // not if they were hidden meanwhile
					v.model.SetThreads(id, lists[i])
				}
			}
			v.build()
		})
	})
}
