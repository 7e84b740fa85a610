// Package host is the one place in the program where effects are carried out, for the commands and the terminal UI
// alike. It asks before, where something has to be asked, writes each effect into a journal before and after, and
// makes from that journal what takes a change back.
package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"

	"bones/cmd/bones/internal/ours"
	"bones/procwalk/effect"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// Config is what a Host is made of.
type Config struct {
	Journal  string           // the file; empty for the one in the state directory
	Root     string           // where the root of the host is mounted that is changed; empty: bones runs on that host
	Readonly bool             // nothing is carried out
	Kinds    Kinds            // what effects there are
	Clock    func() time.Time // nil: the system's
	Err      io.Writer        // what is said to the user
	// Ask puts a question to the user. It returns nil for yes, and otherwise what the command ends with. nil: whatever
	// has to be asked is refused.
	Ask func(effect.Question) error
}

// Host carries effects out.
type Host struct {
	journal  *Journal
	kinds    Kinds
	readonly bool
	err      io.Writer
	ask      func(effect.Question) error
	reported sync.Once
}

// New makes a Host. Nothing is read or written yet.
func New(c Config) *Host {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Err == nil {
		c.Err = io.Discard
	}
	if c.Ask == nil {
		c.Ask = func(q effect.Question) error { return fmt.Errorf("not done: %s: there is nobody to ask", q.What) }
	}
	journal := NewJournal(c.Journal, c.Clock)
	if !journal.given {
		journal.in(c.Root)
	}
	return &Host{journal: journal, kinds: c.Kinds, readonly: c.Readonly, err: c.Err, ask: c.Ask}
}

// Journal returns the journal that the host writes.
func (h *Host) Journal() *Journal { return h.journal }

// readonly is the error of a Host that changes nothing.
type readonly struct{}

func (readonly) Error() string        { return "--readonly is set, so bones changes nothing" }
func (readonly) Is(target error) bool { return target == fs.ErrPermission }

// ErrReadonly is what Carry answers when nothing may be changed. It is an fs.ErrPermission.
var ErrReadonly error = readonly{}

// Carry carries an effect out without asking: refused when read-only, written down before and after.
//
// Where there is no way back anyway, as with signals, a journal that cannot be written is a warning: on a host whose
// disk is full, ending the culprit must still be possible. A journal that the user named and that is not ours is
// refused all the same, since then it is the command that is wrong.
func (h *Host) Carry(ctx context.Context, e effect.Effect) (effect.Outcome, error) {
	if h.readonly {
		return effect.Outcome{}, fmt.Errorf("%s: %w", e.Describe(), ErrReadonly)
	}
	intent, unwritten := h.journal.intent(e)
	if unwritten != nil && (e.Undo().Possible || h.journal.Given() && errors.Is(unwritten, ours.ErrForeign)) {
		return effect.Outcome{}, fmt.Errorf("%s: not done: %w", e.Describe(), unwritten)
	}
	out, err := e.Apply(ctx)
	if err == nil && out.Unchanged {
		out.Inverse, out.Note = nil, join(out.Note, "nothing was changed: it was so already")
	}
	if _, back := e.(undoing); back {
		out.Sentence = "" // it would read as a new change, and what takes it back is redo
	}
	if unwritten == nil {
		unwritten = h.journal.done(intent, out, err)
	}
	if unwritten != nil {
		out.Note = join(out.Note, "not in the journal: "+fault.Line(unwritten))
	}
	return out, err
}

func join(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}

// Perform is Carry after the user was asked, where effect.Ask says so, and after what an earlier bones left
// unfinished was reported. What the outcome has to say goes to the user.
func (h *Host) Perform(ctx context.Context, e effect.Effect, said effect.Said) (effect.Outcome, error) {
	h.ReportAbandoned(ctx)
	if err := h.Confirm(e, said); err != nil {
		return effect.Outcome{}, err
	}
	out, err := h.Carry(ctx, e)
	if out.Note != "" {
		fmt.Fprintln(h.err, "bones: "+out.Note)
	}
	return out, err
}

// Confirm asks the user before an effect where effect.Ask says so. It returns nil if it may be carried out. Where
// nothing is carried out anyway, nothing is asked.
func (h *Host) Confirm(e effect.Effect, said effect.Said) error {
	if h.readonly {
		return nil
	}
	if q, asked := effect.Ask(e, effect.ProvenanceOf(e, said)); asked {
		return h.ask(q)
	}
	return nil
}

// ReportAbandoned says, once, what an earlier bones began and did not end, because it was killed in between, and what
// is there now. Nothing is done about it: what came of it is for the user to see.
func (h *Host) ReportAbandoned(ctx context.Context) {
	if h.readonly {
		return // telling is written down too
	}
	h.reported.Do(func() {
		// An error is said when there is something to write down.
		left, _ := h.journal.abandoned()
		for _, r := range left {
			fmt.Fprintf(h.err, "bones: on %s an earlier bones was about to %s, and ended before it could record what came of "+
				"it; by hand: %s\n",
				r.Time.Local().Format("2006-01-02 15:04:05"), text.Line(r.What), text.Line(r.ByHand))
			if present := h.kinds[r.Kind].Present; present != nil && holds(r.State) {
				for _, line := range present(ctx, r.State) {
					fmt.Fprintf(h.err, "bones:   %s\n", line)
				}
			}
		}
	})
}
