package edit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Apply implements effect.Effect. If one file cannot be written, those before it are put back. The Result of its
// Outcome is a []Result, one for each change in the order in which they were written.
func (e *Edit) Apply(ctx context.Context) (effect.Outcome, error) {
	if err := e.unchanged(); err != nil {
		return effect.Outcome{}, err
	}
	along := e.alongside()
	for i := range e.changes {
		err := ctx.Err()
		if err == nil {
			err = e.carry(ctx, i)
		}
		if err != nil {
			return effect.Outcome{}, errors.Join(err, e.putBack(ctx, i, along))
		}
	}
	var notes []string
	var results []Result
	for _, c := range e.changes {
		now, err := value(e.host, c.Group, c.File)
		if err != nil {
			return effect.Outcome{}, fmt.Errorf("bones wrote the value, but cannot read it back: %w", err)
		}
		if c.tells(now) {
			notes = append(notes, fmt.Sprintf("%s holds %s now; bones wrote %s", text.Line(c.File), text.Line(now),
				text.Line(c.New)))
		}
		hand := c.byHand()
		if c.Unit != "" {
			hand = e.setProperty()
		}
		results = append(results, Result{text.New(c.File), c.Group.Dir, c.Old, c.Asked, now, hand})
	}
	for _, c := range e.checks {
		if c.Warn {
			notes = append(notes, text.Line(c.Text))
		}
	}
	back := e.inverse(along)
	return effect.Outcome{Inverse: back, Unchanged: len(back.changes) > 0 && back.holdsAlready(), Sentence: e.sentence(),
		Note: strings.Join(notes, "; "), Result: results}, nil
}

// holdsAlready reports whether an inverse has nothing to take back. What systemd was asked for is never so: it writes
// down that it was asked.
func (e *Edit) holdsAlready() bool {
	return !slices.ContainsFunc(e.changes, func(c Change) bool { return c.Unit != "" || !same(c.File, c.Old, c.Asked) })
}

// tells reports whether what a file holds now is not what was asked for, and not what was foretold either.
func (c Change) tells(now string) bool {
	s := spec.Of(c.Group.Hierarchy.Version, c.File)
	return now != c.New && (c.Reads == "" || now != c.Reads || c.Unit == "") && !spec.ByDevice(s) &&
		!(c.New == "-1" && amount(now) >= cgroupview.UnlimitedV1)
}

// unchanged makes sure that each file holds what it did when the edit was made.
func (e *Edit) unchanged() error {
	for _, c := range e.changes {
		if now, err := value(e.host, c.Group, c.File); err != nil {
			return err
		} else if !same(c.File, now, c.Old) {
			return fmt.Errorf("%s holds %s now, no longer %s; nothing was written", text.Line(c.File), text.Line(now),
				text.Line(c.Old))
		}
	}
	return nil
}

// carry carries one change out. What systemd is asked for it is asked for at once, with the first such change.
func (e *Edit) carry(ctx context.Context, i int) error {
	c := e.changes[i]
	if c.Unit == "" {
		return e.write(i)
	}
	if slices.ContainsFunc(e.changes[:i], func(o Change) bool { return o.Unit != "" }) {
		return nil
	}
	return e.askSystemd(ctx)
}

// write writes one file. Where an earlier change of the edit was of the same group, the kernel may have changed the
// file along with that.
func (e *Edit) write(i int) error {
	c := e.changes[i]
	if !slices.ContainsFunc(e.changes[:i], func(o Change) bool { return *o.Group == *c.Group }) {
		now, err := value(e.host, c.Group, c.File)
		if err != nil {
			return err
		}
		if !same(c.File, now, c.Old) {
			return fmt.Errorf("%s holds %s now, no longer %s; nothing was written", text.Line(c.File), text.Line(now),
				text.Line(c.Old))
		}
	}
	return c.Group.Put(c.File, c.New)
}

// putBack takes the first n changes back after one that has failed.
func (e *Edit) putBack(ctx context.Context, n int, along []Change) error {
	var failures []error
	if n == 0 {
		return nil
	}
	done := *e
	done.changes = e.changes[:n]
	back := done.inverse(along)
	for i, c := range back.changes {
		err := error(nil)
		switch {
		case c.Unit == "":
			err = c.Group.Put(c.File, c.New)
		case !slices.ContainsFunc(back.changes[:i], func(o Change) bool { return o.Unit != "" }):
			err = back.askSystemd(ctx)
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("bones could not put %s back: %w", c.File, err))
		}
	}
	return errors.Join(failures...)
}

// companions are the files that the kernel may change along with one, in the same group: to undo the one write brings
// them back as well. An idle group has no weight, and gets the ordinary one when it is idle no longer; the two forms
// of a weight are one value, of which the nice value is the coarser one; and a partition of processors comes and goes
// with its processors.
//
// Source: kernel/sched/fair.c, sched_group_set_idle; kernel/sched/core.c, cpu_weight_nice_write_s64;
// kernel/cgroup/cpuset.c.
var companions = map[string][]string{
	"cpu.idle":              {"cpu.weight", "cpu.shares"},
	"cpu.weight.nice":       {"cpu.weight"},
	"cpuset.cpus":           {"cpuset.cpus.partition"},
	"cpuset.cpus.exclusive": {"cpuset.cpus.partition"},
	"cpuset.cpus.partition": {"cpuset.cpus", "cpuset.cpus.exclusive"},
	"cpuset.cpu_exclusive":  {"cpuset.cpus"},
	"cpuset.mem_exclusive":  {"cpuset.mems"},
	"blkio.bfq.weight":      {"blkio.weight"},
	"blkio.weight":          {"blkio.bfq.weight"},
}

// alongside reads the companions of all changes as they are before.
func (e *Edit) alongside() []Change {
	var list []Change
	for _, c := range e.changes {
		for _, file := range companions[c.File] {
			if e.at(c.Group, file) >= 0 {
				continue
			}
			if old, err := value(e.host, c.Group, file); err == nil {
				list = append(list, Change{Group: c.Group, File: file, Old: old, New: old})
			}
		}
	}
	return list
}

// inverse takes the changes back, the last one first, and then what has changed along with them.
func (e *Edit) inverse(along []Change) *Edit {
	inverse := &Edit{host: e.host, surroundings: e.surroundings}
	inverse.surroundings.Shown = nil
	for _, c := range slices.Backward(e.changes) {
		if e.follows(c) && !e.wanted(c) {
			continue // the file it goes with brings it back
		}
		inverse.changes = append(inverse.changes, Change{Group: c.Group, File: c.File, Asked: c.Old, New: restorable(c),
			Unit: c.Unit})
	}
	for _, c := range along {
		now, err := value(e.host, c.Group, c.File)
		if err == nil && !same(c.File, now, c.Old) && e.wanted(c) {
			inverse.changes = append(inverse.changes, Change{Group: c.Group, File: c.File, Asked: c.Old,
				New: restorable(c)})
		}
	}
	for i, c := range inverse.changes {
		inverse.changes[i].Old, _ = value(e.host, c.Group, c.File)
	}
	inverse.order()
	inverse.checks = inverse.check()
	return inverse
}

// follows reports whether a file is a companion of another one that the edit changes.
func (e *Edit) follows(c Change) bool {
	return slices.ContainsFunc(e.changes, func(o Change) bool {
		return *o.Group == *c.Group && slices.Contains(companions[o.File], c.File)
	})
}

// wanted reports whether a companion is to be brought back by a write of its own: not the weight of a group that was
// idle and will be again, which is none.
func (e *Edit) wanted(c Change) bool {
	i := e.at(c.Group, "cpu.idle")
	return writable(c) && !(i >= 0 && e.changes[i].Old == "1" && slices.Contains(weights, c.File))
}

// writable reports whether what a file held can be written: the weight of an idle group reads 0, and that cannot.
func writable(c Change) bool {
	s := spec.Of(c.Group.Hierarchy.Version, c.File)
	if s == nil || !s.Settable || spec.ByDevice(s) {
		return false
	}
	if back := restorable(c); back != "" || s.Kind != spec.List {
		_, err := spec.Canonical(s, back, c.Old, 0)
		return err == nil
	}
	return true
}
