package edit

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"bones/cgroupview/owner"
	"bones/cgroupview/spec"
	"bones/cgroupview/systemd"
	"bones/procwalk/effect"
)

// throughSystemd has systemd carry out what is about the unit's own group: it keeps the values of that, also where it
// has delegated what is below. The changes of groups below are written, as nothing takes them back there.
func (e *Edit) throughSystemd() error {
	unit := ""
	for i, c := range e.changes {
		o := owner.Of(e.host, c.Group, e.surroundings.Chain)
		if e.outer(c) != nil {
			continue
		}
		if unit = o.Unit.Raw(); unit == "" {
			return fmt.Errorf("%s is in no unit of systemd's: nothing would keep the value; leave out --persist",
				e.surroundings.Name)
		}
		e.changes[i].Unit = unit
		// The period of a quota is systemd's own affair: it counts for the ordinary one.
		if n := amount(c.New); c.File == quotaV1 && n != noLimit {
			if period := amount(e.planned(c.Group, periodV1)); period > 0 && period <= 1000000 {
				e.changes[i].New = strconv.FormatUint(n*spec.CPUPeriod/period, 10)
			}
		}
	}
	e.changes = slices.DeleteFunc(e.changes, func(c Change) bool { return c.Unit != "" && c.File == periodV1 })
	group := ""
	for _, c := range e.changes {
		if c.Unit == "" {
			continue
		}
		if _, err := systemd.PropertyOf(c.File, c.New); err != nil {
			return err
		}
		if group == "" {
			group = c.Group.Path.Raw()
		}
		if group != c.Group.Path.Raw() {
			return fmt.Errorf("the group has another path in another hierarchy, and bones asks systemd for one at a time; " +
				"name cgroup:PATH")
		}
	}
	return nil
}

// properties are what systemd is asked for.
func (e *Edit) properties() (unit, group string, list []systemd.Property, err error) {
	for _, c := range e.changes {
		if c.Unit == "" {
			continue
		}
		p, err := systemd.PropertyOf(c.File, c.New)
		if err != nil {
			return "", "", nil, err
		}
		unit, group, list = c.Unit, c.Group.Path.Raw(), append(list, p)
	}
	return unit, group, list, nil
}

// setProperty is how it is done by hand.
func (e *Edit) setProperty() string {
	unit, group, list, err := e.properties()
	if err != nil {
		return "" // throughSystemd has looked
	}
	words := append([]string{"systemctl"}, systemd.Manager(group)...)
	words = append(words, "set-property")
	if systemd.Transient(unit) {
		words = append(words, "--runtime")
	}
	words = append(words, unit)
	for _, p := range list {
		words = append(words, p.Word())
	}
	return effect.Command(words...)
}

// askSystemd asks systemd for all that it is to set.
func (e *Edit) askSystemd(ctx context.Context) error {
	unit, group, list, err := e.properties()
	if err != nil {
		return err
	}
	return systemd.SetUnitProperties(ctx, e.surroundings.Bus, unit, group, list)
}
