package healthreport

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/inventory/health"
	"bones/cgroupview/owner"
	"bones/cgroupview/systemd"
	"bones/cmd/bones/internal/target"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// units asks systemd which limits of its units somebody has written by hand.
type units struct {
	ctx      context.Context
	host     *cgroupview.FileSystem
	managers systemd.Managers
	bus      error // why no systemd answers: it is not asked again
}

// differ are the limits of the groups of a subject that are not what systemd has for their unit.
func (u *units) differ(_ string, groups cgroupview.Groups) ([]health.TakenBack, error) {
	var list []health.TakenBack
	if u.host == nil {
		return nil, nil // what is in no group has no limits
	}
	for _, g := range groups.List {
		o := owner.Of(u.host, g, target.ChainOf(g))
		if !o.Systemd || o.Unit.Len() == 0 {
			continue
		}
		for _, r := range []cgroupview.Resource{cgroupview.Memory, cgroupview.Tasks, cgroupview.CPU} {
			file := cgroupview.LimitFiles(g.Hierarchy.Version, r)[0]
			value, ok := u.value(g, file)
			if !ok {
				continue
			}
			if u.bus != nil {
				return list, u.bus
			}
			owns, differs, err := u.managers.Differs(u.ctx, o.Unit.Raw(), g.Path.Raw(), file, value)
			if errors.Is(err, systemd.ErrNoBus) {
				u.bus = err
			}
			if err != nil {
				return list, err
			}
			if differs {
				list = append(list, taken(g, file, value, o.Unit, owns))
			}
		}
	}
	return list, nil
}

// value is what a limit's file holds, as systemd.PropertyOf takes it.
func (u *units) value(g *cgroupview.Group, file string) (string, bool) {
	f, err := u.host.File(g, file)
	if err != nil || f.Err != nil {
		return "", false // the controller is not there: there is nothing to take back
	}
	value := strings.TrimSpace(f.Value.Raw())
	if file == "memory.limit_in_bytes" {
		if l := u.host.Pass().Own(g, cgroupview.Memory); l.Unlimited {
			value = "max"
		}
	}
	if file == cgroupview.LimitFiles(1, cgroupview.CPU)[0] {
		period, err := u.host.File(g, "cpu.cfs_period_us")
		if err != nil || period.Err != nil {
			return "", false
		}
		value += " " + strings.TrimSpace(period.Value.Raw())
	}
	return value, true
}

func taken(g *cgroupview.Group, file, value string, unit text.Text, owns string) health.TakenBack {
	keep := ""
	if p, err := systemd.PropertyOf(file, value); err == nil {
		words := append([]string{"systemctl"}, systemd.Manager(g.Path.Raw())...)
		words = append(words, "set-property")
		if systemd.Transient(unit.Raw()) {
			words = append(words, "--runtime")
		}
		keep = effect.Command(append(words, unit.Raw(), p.Word())...)
	}
	return health.TakenBack{Group: g, File: file, Now: value, Keep: keep,
		Owner: fmt.Sprintf("systemd has %s for %s, and writes it at `systemctl daemon-reload`", owns, unit)}
}
