package ui

import (
	"errors"
	"fmt"
	"strings"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// isWord reports whether what was typed may be a word or an action. What is a number, or says by a prefix what it
// names, is a TARGET as on the command line, or nothing.
func isWord(typed string) bool {
	t, err := inventory.ParseTarget(typed)
	return err == nil && (t.Kind == inventory.ByWord || t.Kind == inventory.Self)
}

// complete makes of the input what the line with the mark is filled in with, or the first. Of a number nothing is made
// that does not begin so.
func (p *palette) complete() {
	if len(p.list) == 0 {
		return
	}
	fill, typed := p.list[max(p.at, 0)].fill, strings.TrimSpace(p.input.Value())
	if p.at < 0 && typed != "" && !isWord(typed) && !strings.HasPrefix(fill, typed) {
		return
	}
	p.set(fill)
}

// process returns the process of the table that is shown that a TARGET stands for, or says why there is none in there.
func (u *UI) process(word string) (*procwalk.Process, error) {
	if !u.frame.HasTable() {
		return nil, errors.New("the process table has not been read yet")
	}
	t, err := inventory.ParseTarget(word)
	if err != nil {
		return nil, err
	}
	if t.IsProcess() {
		pid, err := t.PIDIn(u.frame.Snap)
		if err != nil {
			return nil, err
		}
		p := u.frame.Snap.Find(pid)
		if p == nil {
			return nil, fmt.Errorf("%s: %s", t, u.frame.Snap.Missing(pid))
		}
		return p, nil
	}
	now := u.frame.Now
	if now.Inventory == nil {
		return nil, fmt.Errorf("%s: the containers have not been looked for yet", t)
	}
	p, _, err := now.Inventory.Backing(now.Snapshot, t)
	return p, err
}

// gotoTarget selects the process that a TARGET stands for in the present view.
func (u *UI) gotoTarget(word string) {
	p, err := u.process(word)
	switch {
	case err != nil:
		u.say(rows.Warn, kit.ErrorLine(err))
		return
	case !u.View().SetSubject(p.ID()):
		u.say(rows.Warn, fmt.Sprintf(
			"PID %d is not shown here: it does not pass the filter (Esc clears it)", p.PID))
		return
	}
	u.jumped = true
}
