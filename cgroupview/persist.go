package cgroupview

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
	"bones/cgroupview/systemd"
	"bones/procwalk/effect"
	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// properties are what systemd calls the values of files.
//
// Source: systemd.resource-control(5); org.freedesktop.systemd1(5).
var properties = map[string]string{
	"memory.max": "MemoryMax", "memory.high": "MemoryHigh", "memory.low": "MemoryLow", "memory.min": "MemoryMin",
	"memory.swap.max": "MemorySwapMax", "memory.limit_in_bytes": "MemoryLimit", "pids.max": "TasksMax",
	"cpu.weight": "CPUWeight", "cpu.shares": "CPUShares", "cpu.max": "CPUQuotaPerSecUSec", "cpu.cfs_quota_us": "CPUQuotaPerSecUSec",
}

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
		if _, err := property(c); err != nil {
			return err
		}
	}
	return nil
}

// property turns a change into what systemd takes: numbers as uint64, no limit as the greatest.
func property(c Change) (systemd.Property, error) {
	name := properties[c.File]
	if name == "" {
		return systemd.Property{}, fmt.Errorf("%s is nothing that systemd keeps; go without --persist", text.Line(c.File))
	}
	if name != "CPUQuotaPerSecUSec" {
		return systemd.Property{Name: name, Value: dbus.MakeVariant(amount(c.New))}, nil
	}
	quota, period, _ := strings.Cut(c.New, " ")
	n := amount(quota)
	if n < math.MaxUint64 {
		p := amount(period)
		if period == "" {
			p = spec.CPUPeriod
		}
		n = uint64(float64(n) / float64(p) * 1e6)
	}
	return systemd.Property{Name: name, Value: dbus.MakeVariant(n)}, nil
}

// setProperty is how it is done by hand.
func (e *Edit) setProperty() string {
	words := []string{"systemctl", "set-property", e.unit}
	for _, c := range e.changes {
		p, err := property(c)
		if err != nil {
			continue // throughSystemd has looked
		}
		n, _ := p.Value.Value().(uint64)
		value := "infinity"
		switch {
		case p.Name == "CPUQuotaPerSecUSec" && n < math.MaxUint64:
			p.Name, value = "CPUQuota", strconv.FormatUint(n/10000, 10)+"%"
		case p.Name == "CPUQuotaPerSecUSec":
			p.Name, value = "CPUQuota", ""
		case n < math.MaxUint64:
			value = strconv.FormatUint(n, 10)
		}
		words = append(words, p.Name+"="+value)
	}
	return effect.Command(words...)
}

// applyThroughSystemd asks systemd, and reads what came of it.
func (e *Edit) applyThroughSystemd(ctx context.Context) (effect.Outcome, error) {
	for _, c := range e.changes {
		if now, err := e.host.value(c.Group, c.File); err != nil {
			return effect.Outcome{}, err
		} else if now != c.Old {
			return effect.Outcome{}, fmt.Errorf("%s holds %s now, no longer %s; nothing was changed", text.Line(c.File), text.Line(now), text.Line(c.Old))
		}
	}
	var list []systemd.Property
	for _, c := range e.changes {
		p, err := property(c)
		if err != nil {
			return effect.Outcome{}, err
		}
		list = append(list, p)
	}
	if err := systemd.SetUnitProperties(ctx, e.around.Bus, e.unit, list); err != nil {
		return effect.Outcome{}, err
	}
	inverse := &Edit{host: e.host, around: e.around, unit: e.unit}
	var notes []string
	var results []Result
	for _, c := range e.changes {
		now, err := e.host.value(c.Group, c.File)
		if err != nil {
			return effect.Outcome{}, fmt.Errorf("systemd took it, but what came of it cannot be read: %w", err)
		}
		if now != c.New && (c.Reads == "" || now != c.Reads) {
			notes = append(notes, fmt.Sprintf("%s reads %s, asked was %s", text.Line(c.File), text.Line(now), text.Line(c.New)))
		}
		results = append(results, Result{text.New(c.File), c.Group.Dir, c.Old, c.Asked, now, e.setProperty()})
		inverse.changes = append(inverse.changes, Change{Group: c.Group, File: c.File, Old: now, Asked: c.Old, New: restorable(c)})
	}
	inverse.checks = inverse.check()
	return effect.Outcome{Inverse: inverse, Note: strings.Join(notes, "; "), Result: results}, nil
}
