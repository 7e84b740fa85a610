package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"bones/procwalk/accounts"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// UndoReach says how far from this run of bones a change may have been made to be taken back where the user gives no
// number.
type UndoReach int

const (
	// ThisRun is this very process: what a key in the terminal UI means.
	ThisRun UndoReach = iota
	// SameUser is any bones of the same user: what the command line means.
	SameUser
	anybody
)

// reach tells how far away a change was made, from the record of who made it. Where it is not known when a bones
// started, two may have had one PID: then it is not taken for this one.
func (r run) reach(me run) UndoReach {
	switch {
	case r.uid != me.uid:
		return anybody
	case r.pid == me.pid && r.started == me.started && me.started != 0 && r.pidNS == me.pidNS:
		return ThisRun
	}
	return SameUser
}

// undoing is an inverse that knows which change it takes back, or makes again: the journal then says so, and who is
// asked depends on it.
type undoing struct {
	effect.Effect
	of   string // the ID of that change
	from effect.Earlier
}

// Provenance implements effect.From.
func (u undoing) Provenance() effect.Provenance { return effect.Provenance{Change: &u.from} }

// ErrNumber is a number that no change of the history has.
var ErrNumber = errors.New("no such number")

var errNothingToUndo = errors.New("there is nothing to undo; `bones history` lists what was changed")

// Undo makes the effect that takes back the last change that was not taken back: of those made within reach, and only
// where there is none of these the last of all, which effect.Ask has the user asked about. Where nothing takes the
// last one back, no older one is taken back in its place.
func (h *Host) Undo(ctx context.Context, reach UndoReach) (effect.Effect, error) {
	list, err := h.journal.History()
	if err != nil {
		return nil, err
	}
	defer list.Close()
	c := list.last(reach, func(c *Change) bool {
		return c.undoes == "" && (c.Undoable() || c.stands() && h.kinds[c.kind].Lasting)
	})
	switch {
	case c == nil:
		return nil, errNothingToUndo
	case !c.Undoable():
		return nil, fmt.Errorf("the last change, number %d of the history (%s), cannot be undone; `bones undo N` takes "+
			"back an earlier one",
			c.N, text.Line(c.kind))
	}
	return h.inverse(ctx, list, c)
}

// Redo makes the effect that makes again what the last undo took back. Whose undo that was matters as it does in
// Undo.
func (h *Host) Redo(ctx context.Context, reach UndoReach) (effect.Effect, error) {
	list, err := h.journal.History()
	if err != nil {
		return nil, err
	}
	defer list.Close()
	c := list.last(reach, func(c *Change) bool { return c.Undoable() && c.undoes != "" && !c.redoes })
	if c == nil {
		return nil, errors.New("there is nothing to redo")
	}
	return h.inverse(ctx, list, c)
}

// UndoNumber makes the effect that takes back the change of a number.
func (h *Host) UndoNumber(ctx context.Context, n int) (effect.Effect, error) {
	list, err := h.journal.History()
	if err != nil {
		return nil, err
	}
	defer list.Close()
	c := list.number(n)
	switch {
	case c == nil:
		return nil, fmt.Errorf("%d: %w in the history; `bones history` lists the numbers", n, ErrNumber)
	case c.doneAt < 0 || c.told:
		return nil, errors.New("that change was never completed; check by hand what it left")
	case c.failed:
		return nil, errors.New("that change failed: there is nothing to undo")
	case c.unchanged:
		return nil, errors.New("that change found everything so already: there is nothing to undo")
	case c.undoneBy != "":
		return nil, errors.New("that change was undone already")
	case !c.inverse:
		return nil, fmt.Errorf("number %d of the history (%s): it cannot be undone", c.N, text.Line(c.kind))
	}
	return h.inverse(ctx, list, c)
}

// last is the last change that fits made within reach, or else the last one of all that fits.
func (l *History) last(reach UndoReach, fits func(*Change) bool) *Change {
	me := thisRun()
	var last *Change
	for i := len(l.Changes) - 1; i >= 0; i-- {
		c := l.Changes[i]
		if !fits(c) {
			continue
		}
		if c.made.by.reach(me) <= reach {
			return c
		}
		if last == nil {
			last = c
		}
	}
	return last
}

// number finds a change by its number. Numbers ascend.
func (l *History) number(n int) *Change {
	for i := len(l.Changes) - 1; i >= 0 && l.Changes[i].N >= n; i-- {
		if l.Changes[i].N == n {
			return l.Changes[i]
		}
	}
	return nil
}

// notYours is an error for lack of permission.
type notYours string

func (e notYours) Error() string        { return string(e) }
func (e notYours) Is(target error) bool { return target == fs.ErrPermission }

// inverse makes the effect that takes a change back, from what the journal holds of it. It believes the journal only
// as far as bones would have written it: the inverse must be of a kind that such a change has, and about the same
// object. Everything that is then shown of it comes from the effect.
func (h *Host) inverse(ctx context.Context, l *History, c *Change) (effect.Effect, error) {
	if c.by.uid != os.Geteuid() && os.Geteuid() != 0 {
		return nil, notYours("somebody else made that change: only they or root may take it back")
	}
	intent, done, err := l.records(c)
	if err != nil {
		return nil, err
	}
	kind, back := h.kinds[intent.Kind], h.kinds[done.InverseKind]
	if kind.UndoneBy == nil || back.Restore == nil {
		return nil, fmt.Errorf("undoing number %d: changes of the kind %s cannot be undone", c.N, text.Line(intent.Kind))
	}
	if err := kind.UndoneBy(intent.State, done.InverseKind, done.Inverse); err != nil {
		return nil, fmt.Errorf("undoing number %d: the inverse that the journal holds is not that of the change: %w; "+
			"nothing was done", c.N, err)
	}
	e, err := back.Restore(ctx, done.Inverse)
	if err != nil {
		return nil, fmt.Errorf("undoing number %d of the history: %w", c.N, err)
	}
	if e.Kind() != done.InverseKind {
		return nil, fmt.Errorf("undoing number %d: the inverse that the journal holds is not that of the change: %w; "+
			"nothing was done", c.N, errKind)
	}
	me, by := thisRun(), c.made.by
	return undoing{e, c.id, effect.Earlier{
		N: c.N, Time: c.made.time, User: user(by.uid), PID: by.pid, Redone: c.undoes != "" && !c.redoes,
		Ours: by.uid == me.uid, Here: by.reach(me) == ThisRun,
	}}, nil
}

// user is what a user is called, safe to print.
func user(uid int) string {
	if uid >= 0 {
		if name := accounts.New(accounts.Users("/proc")).Name(uint32(uid)); name != "" {
			return fmt.Sprintf("%s (uid %d)", text.Line(name), uid)
		}
	}
	return fmt.Sprintf("uid %d", uid)
}
