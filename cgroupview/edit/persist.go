package edit

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"bones/cgroupview/systemd"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// throughSystemd makes the edit one that systemd carries out. It keeps the values of its own units only: those that it
// delegated belong to somebody else.
func (e *Edit) throughSystemd() error {
	unit := e.host.OwnerOf(e.changes[0].Group, e.around.Chain).Unit.Raw()
	if unit == "" {
		return fmt.Errorf("%s is in no unit of systemd's: nothing would keep the value; go without --persist", e.around.Name)
	}
	e.unit = unit
	// The period of a quota is systemd's own affair.
	e.changes = slices.DeleteFunc(e.changes, func(c Change) bool { return c.File == "cpu.cfs_period_us" })
	for _, c := range e.changes {
		if _, err := systemd.PropertyOf(c.File, c.New); err != nil {
			return err
		}
	}
	return nil
}

// setProperty is how it is done by hand.
func (e *Edit) setProperty() string {
	words := []string{"systemctl", "set-property", e.unit}
	for _, c := range e.changes {
		p, err := systemd.PropertyOf(c.File, c.New)
		if err != nil {
			continue // throughSystemd has looked
		}
		words = append(words, p.Word())
	}
	return effect.Command(words...)
}

// applyThroughSystemd asks systemd, and reads what came of it.
func (e *Edit) applyThroughSystemd(ctx context.Context) (effect.Outcome, error) {
	group := e.changes[0].Group.Path.Raw()
	for _, c := range e.changes {
		if c.Group.Path.Raw() != group {
			return effect.Outcome{}, fmt.Errorf("the group has another path in another hierarchy: systemd is asked for one " +
				"at a time")
		}
		if now, err := value(e.host, c.Group, c.File); err != nil {
			return effect.Outcome{}, err
		} else if now != c.Old {
			return effect.Outcome{}, fmt.Errorf("%s holds %s now, no longer %s; nothing was changed", text.Line(c.File),
				text.Line(now), text.Line(c.Old))
		}
	}
	var list []systemd.Property
	for _, c := range e.changes {
		p, err := systemd.PropertyOf(c.File, c.New)
		if err != nil {
			return effect.Outcome{}, err
		}
		list = append(list, p)
	}
	if err := systemd.SetUnitProperties(ctx, e.around.Bus, e.unit, group, list); err != nil {
		return effect.Outcome{}, err
	}
	inverse := &Edit{host: e.host, around: e.around, unit: e.unit}
	var notes []string
	var results []Result
	for _, c := range e.changes {
		now, err := value(e.host, c.Group, c.File)
		if err != nil {
			return effect.Outcome{}, fmt.Errorf("systemd took it, but what came of it cannot be read: %w", err)
		}
		if now != c.New && (c.Reads == "" || now != c.Reads) {
			notes = append(notes, fmt.Sprintf("%s reads %s, asked was %s", text.Line(c.File), text.Line(now), text.Line(c.New)))
		}
		results = append(results, Result{text.New(c.File), c.Group.Dir, c.Old, c.Asked, now, e.setProperty()})
		inverse.changes = append(inverse.changes, Change{Group: c.Group, File: c.File, Old: now, Asked: c.Old,
			New: restorable(c)})
	}
	inverse.checks = inverse.check()
	return effect.Outcome{Inverse: inverse, Note: strings.Join(notes, "; "), Result: results}, nil
}
