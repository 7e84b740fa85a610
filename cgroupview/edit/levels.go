package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// levels are the changes that make a limit of a container what was asked for. It may be set in the group that stands
// for the container and in those below it, down to the innermost one that all its processes are in: crun sets its
// limits there. Changed is the group whose limit binds, and whichever else would bind before the new value does. Where
// there is no limit yet it is set in the innermost group, where no daemon-reload takes it back; but systemd can keep
// only that of the outermost. first is the change of the outermost group.
func (e *Edit) levels(g cgroupview.Groups, first Change, a Assignment, r cgroupview.Resource) ([]Change, error) {
	all := []Change{first} // the outermost group first
	inner := g.Innermost(r.Controller())
	for at := inner; at != nil && inner.Hierarchy == first.Group.Hierarchy && at.Path.Raw() != first.Group.Path.Raw(); {
		c, err := e.changeOf(at, a)
		if err != nil {
			return nil, err
		}
		all = slices.Insert(all, 1, c)
		at, _ = e.host.Parent(at)
	}
	wanted := limit(first.Group, a.File, first.New)
	least, raised := len(all)-1, false
	for i := range slices.Backward(all) {
		if c := all[i]; limit(c.Group, c.File, c.Old) < limit(all[least].Group, all[least].File, all[least].Old) {
			least = i
		}
	}
	raised = wanted > limit(all[least].Group, all[least].File, all[least].Old)
	var changes []Change
	for i, c := range all {
		old := limit(c.Group, c.File, c.Old)
		// The quota of a group of version 1 may not be above that of the group around it, so that those below are lowered
		// along.
		along := r == cgroupview.CPU && c.Group.Hierarchy.Version == 1 && i > least && old != noLimit && old > wanted
		if i == least || old < wanted || along || e.surroundings.Persist && i == 0 {
			changes = append(changes, c)
		}
	}
	if !raised {
		slices.Reverse(changes) // lowered from within, raised from outside
	}
	return changes, nil
}

// noLimit is the amount of no limit.
const noLimit = 1<<64 - 1

// limit is how much a value of a file allows: of a quota in thousandths of a processor, with the period that the group
// has.
func limit(g *cgroupview.Group, file, value string) uint64 {
	switch file {
	case "cpu.max", "cpu.cfs_quota_us":
		content := []string{value}
		if file == "cpu.cfs_quota_us" {
			content = append(content, periodOf(g))
		}
		milli, unlimited, err := spec.ParseQuota(content...)
		if err != nil || unlimited {
			return noLimit
		}
		return milli
	}
	n := amount(value)
	if g.Hierarchy.Version == 1 && n >= cgroupview.UnlimitedV1 {
		return noLimit
	}
	return n
}

// levelChecks says where a limit is changed, if that is not only in the group that stands for the target, and what
// goes on binding before it.
func (e *Edit) levelChecks() []Check {
	var list []Check
	var paths []string
	files := map[string][]string{}
	for _, c := range e.changes {
		if g := e.outer(c); g != nil && c.Unit == "" {
			if files[c.Group.Path.Raw()] == nil {
				paths = append(paths, c.Group.Path.Raw())
			}
			files[c.Group.Path.Raw()] = append(files[c.Group.Path.Raw()], text.Line(c.File))
		}
	}
	for _, p := range paths {
		list = append(list, Check{Text: fmt.Sprintf("set in the group %s, below that of %s, because it binds there: %s",
			text.Line(p), e.surroundings.Name, strings.Join(files[p], ", "))})
	}
	asked := map[cgroupview.Resource]bool{}
	for _, c := range e.changes {
		r, ok := cgroupview.ResourceOf(c.File)
		if !ok || asked[r] {
			continue
		}
		asked[r] = true
		if l, ok := e.stillBinds(c, r); ok {
			list = append(list, Check{Warn: true, Text: fmt.Sprintf("%s of %s (%s) still binds", Amount(r, l.Value),
				l.From.Path, text.Sanitise(l.File))})
		}
	}
	return list
}

// outer is the group that stands for the target, where a change is of one below it.
func (e *Edit) outer(c Change) *cgroupview.Group {
	for _, g := range e.target.List {
		if g.Hierarchy == c.Group.Hierarchy && strings.HasPrefix(c.Group.Path.Raw(),
			strings.TrimSuffix(g.Path.Raw(), "/")+"/") {
			return g
		}
	}
	return nil
}

// stillBinds is the least limit that binds the target's processes before the one that is set.
func (e *Edit) stillBinds(c Change, r cgroupview.Resource) (least cgroupview.Limit, ok bool) {
	from := e.target.Innermost(r.Controller())
	if from == nil || from.Hierarchy != c.Group.Hierarchy || !cgroupview.Contains(c.Group, cgroupview.Groups{
		List: []*cgroupview.Group{from}}) {
		from = c.Group
	}
	levels, err := e.host.Levels(e.host.Narrowest(from), r)
	if err != nil {
		return least, false
	}
	wanted := limit(c.Group, c.File, c.New)
	if c.File == "cpu.cfs_quota_us" || c.File == "cpu.cfs_period_us" {
		wanted = e.quota(c.Group)
	}
	least = cgroupview.Limit{Unlimited: true}
	for _, l := range levels {
		if e.at(l.Group, l.Limit.File) >= 0 || l.Limit.File == "cpu.cfs_quota_us" &&
			e.at(l.Group, "cpu.cfs_period_us") >= 0 {
			continue
		}
		if l.Limit.Value < wanted && l.Limit.Less(least) {
			least, ok = l.Limit, true
		}
	}
	return least, ok
}

// Amount writes a limit for a person: 60M, 1.5 processors.
func Amount(r cgroupview.Resource, n uint64) string {
	switch r {
	case cgroupview.CPU:
		s := strings.TrimRight(strings.TrimRight(fmt.Sprintf("%d.%03d", n/1000, n%1000), "0"), ".")
		if s == "1" {
			return "1 processor"
		}
		return s + " processors"
	case cgroupview.Tasks:
		return strconv.FormatUint(n, 10) + " tasks"
	}
	for i, unit := range "GMK" {
		if size := uint64(1) << (30 - 10*i); n >= size && n%size == 0 {
			return strconv.FormatUint(n/size, 10) + string(unit)
		}
	}
	return strconv.FormatUint(n, 10) + " bytes"
}
