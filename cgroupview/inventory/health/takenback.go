package health

import (
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// errSystemd is why the limits of a unit are not judged in a recording.
var errSystemd = errors.New("a recording does not have what systemd has written down for its units")

// errNoRecord is why the limits of a container are not compared.
var errNoRecord = errors.New("the record of its runtime, which would have its limits, is not one that bones reads")

// takenBack finds limits that were written by hand, and that their owner will write again.
func (j *judge) takenBack(sub Subject, t *track) {
	var list []TakenBack
	if u := j.usage(sub); u != nil {
		list = j.engineWrites(u, t)
	}
	switch {
	case j.ask.Systemd != nil:
		more, err := j.ask.Systemd(sub.Key, t.use.Groups)
		if err != nil {
			j.cannot(ruleTakenBack, sub, err)
		}
		list = append(list, more...)
	case slices.ContainsFunc(t.use.Groups.List, isUnit):
		j.cannot(ruleTakenBack, sub, errSystemd)
	}
	if len(list) == 0 {
		return
	}
	f := j.find(ruleTakenBack, sub, float64(len(list)))
	if f == nil {
		return
	}
	f.Group, f.File = list[0].Group.Dir, list[0].File
	for _, b := range list {
		f.Evidence = append(f.Evidence, fmt.Sprintf("%s of %s is %s; %s", text.Sanitise(b.File), b.Group.Path,
			text.Line(b.Now), text.Line(b.Owner)))
		f.ByHand = append(f.ByHand, fileCommand(b.Group, b.File))
		if b.Keep != "" && !slices.Contains(f.Helps, b.Keep) {
			f.Helps = append(f.Helps, b.Keep)
		}
	}
}

// usage is the container that a subject is; nil: none.
func (j *judge) usage(sub Subject) *inventory.Usage {
	if sub.Kind != Container {
		return nil
	}
	return j.m.UsageOf(sub.Key)
}

// isUnit reports whether a group is called as systemd calls those of its units.
func isUnit(g *cgroupview.Group) bool {
	return slices.Contains([]string{".scope", ".service", ".slice"}, path.Ext(g.Path.Raw()))
}

// engineWrites are the limits of a container's own group that are not what its runtime has on disk.
func (j *judge) engineWrites(u *inventory.Usage, t *track) []TakenBack {
	owns := u.Info.Limits
	if t.use.Counters == nil {
		return nil // that is said
	}
	if owns == nil {
		if u.Runtime != "" && u.Runtime != container.Bones {
			j.cannot(ruleTakenBack, subjectOf(u), errNoRecord)
		}
		return nil
	}
	var list []TakenBack
	differs := func(controller string, limit cgroupview.Limit, recorded uint64, slack uint64, format func(uint64) string,
		word string) {
		g := t.use.Groups.With(controller)
		if g == nil || limit.Err != nil {
			return
		}
		now := uint64(0)
		if !limit.Unlimited {
			now = limit.Value
		}
		if now == recorded || now != 0 && recorded != 0 && max(now, recorded)-min(now, recorded) <= slack {
			return
		}
		file := limit.File
		if file == "" {
			file = cgroupview.LimitFiles(g.Hierarchy.Version, map[string]cgroupview.Resource{"memory": cgroupview.Memory,
				"pids": cgroupview.Tasks, "cpu": cgroupview.CPU}[controller])[0]
		}
		if file == "memory.high" {
			return // no runtime writes it for a limit
		}
		write := func(n uint64) string {
			if n == 0 {
				return "no limit"
			}
			return format(n)
		}
		list = append(list, TakenBack{Group: g, File: file, Now: write(now), Owner: fmt.Sprintf("%s has %s in %s, "+
			"and writes it when the container is updated or starts again", engineName(u), write(recorded), owns.Where),
			Keep: keep(u, word, now)})
	}
	for _, l := range t.use.Counters.Memory {
		if own := t.use.Groups.With("memory"); own != nil && sameGroup(l.Group, own) {
			differs("memory", l.Limit, owns.Memory, uint64(max(j.m.Snapshot.Host.PageSize, 4096)), spec.Size, "memory")
		}
	}
	for _, l := range t.use.Counters.Tasks {
		// A scope has systemd's DefaultTasksMax where its engine asked for no limit, and the engine leaves it so.
		if own := t.use.Groups.With("pids"); own != nil && sameGroup(l.Group, own) && (owns.Tasks > 0 || !isUnit(own)) {
			differs("pids", l.Limit, owns.Tasks, 0, func(n uint64) string { return fmt.Sprint(n) }, "pids-limit")
		}
	}
	if own := t.use.Groups.With("cpu"); own != nil {
		l := t.use.Sample.CPULimit
		if l.Known() == nil && (l.Unlimited || l.From != nil && sameGroup(l.From, own)) {
			differs("cpu", l, owns.CPUMilli, 1, processors, "cpus")
		}
	}
	return list
}

func engineName(u *inventory.Usage) string {
	if u.Runtime == "" {
		return "its runtime"
	}
	return string(u.Runtime)
}

// keep is the command by which an engine makes a limit last, where it has one.
func keep(u *inventory.Usage, option string, now uint64) string {
	engine := strings.ToLower(string(u.Runtime))
	if engine != "docker" && engine != "podman" || u.ID.Len() == 0 || now == 0 {
		return "the limit in the configuration of the container, so that it is there after a restart, too"
	}
	value := fmt.Sprint(now)
	if option == "cpus" {
		value = decimal(now)
	}
	return fmt.Sprintf("%s update --%s %s %s", engine, option, value, inventory.ShortID(u.ID))
}
