package inventory

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Find returns the container that a TARGET names, or the process if it names one that is in no container, or a group
// of processes. One of the two is nil.
func (x *Inventory) Find(s *procwalk.Snapshot, target string) (*Container, *procwalk.Process, error) {
	prefix, value, _ := strings.Cut(target, ":")
	switch prefix {
	case "name":
		if value == "" {
			return nil, nil, usage("%s: an empty name names nothing", text.Sanitise(target))
		}
		e, err := x.one(target, func(e *Container) bool { return e.Name.Raw() == value })
		return e, nil, err
	case "id":
		e, err := x.byID(target, value)
		return e, nil, err
	case "cgroup":
		return x.byGroup(s, target, value)
	case "pid":
		p, err := FindProcess(s, target)
		return nil, p, err
	}
	switch {
	case target == "":
		return nil, nil, usage("an empty TARGET names nothing")
	case strings.HasPrefix(target, "/"):
		return x.byGroup(s, target, target)
	case target == "self":
		p, err := FindProcess(s, target)
		return nil, p, err
	}
	return x.guess(s, target)
}

// guess decides what a word without a prefix means. What could be two things is not decided.
func (x *Inventory) guess(s *procwalk.Snapshot, target string) (*Container, *procwalk.Process, error) {
	byName, nameErr := x.one(target, func(e *Container) bool { return e.Name.Raw() == target })
	if wrong := (*TargetError)(nil); byName == nil && errors.As(nameErr, &wrong) && wrong.Wrong {
		return nil, nil, nameErr
	}
	exact, _ := x.one(target, func(e *Container) bool { return e.ID.Raw() == target })
	if byName == nil {
		byName = exact
	}
	var p *procwalk.Process
	if pid, err := strconv.Atoi(target); err == nil && target[0] != '+' && pid > 0 {
		p = s.Find(pid)
	}
	switch {
	case byName != nil && p != nil:
		return nil, nil, usage("%q is a container's name and a PID; say name:%s or pid:%s", text.Sanitise(target),
			text.Sanitise(target), text.Sanitise(target))
	case byName != nil:
		return byName, nil, nil
	case p != nil:
		return nil, p, nil
	}
	e, err := x.byID(target, target)
	return e, nil, err
}

// FindPID returns the PID that a TARGET stands for.
func (x *Inventory) FindPID(s *procwalk.Snapshot, target string) (int, error) {
	e, p, err := x.Find(s, target)
	switch {
	case err != nil:
		return 0, err
	case p != nil:
		return p.PID, nil
	}
	return e.PID, nil
}

// FindContainers returns the containers that TARGETs name, each once. A PID means the innermost container it is in.
func (x *Inventory) FindContainers(s *procwalk.Snapshot, targets []string) ([]*Container, error) {
	var list []*Container
	for _, target := range targets {
		c, p, err := x.Find(s, target)
		if err != nil {
			return nil, err
		}
		if p != nil {
			var in bool
			if c, in = x.Of(p); !in {
				return nil, noTarget("%s: PID %d is in no container", text.Sanitise(target), p.PID)
			}
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list, nil
}

// byID finds the container whose id begins so.
func (x *Inventory) byID(target, id string) (*Container, error) {
	if id == "" {
		return nil, usage("%s: an empty id names nothing", text.Sanitise(target))
	}
	if e, err := x.one(target, func(e *Container) bool { return e.ID.Raw() == id }); err == nil {
		return e, nil
	}
	return x.one(target, func(e *Container) bool { return strings.HasPrefix(e.ID.Raw(), id) })
}

// one returns the only container that fits.
func (x *Inventory) one(target string, fits func(*Container) bool) (*Container, error) {
	var found []*Container
	for _, e := range x.List {
		if fits(e) {
			found = append(found, e)
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		err := fmt.Errorf("%s: no running container has that name or id; `bones containers` lists those that there are", text.Sanitise(target))
		if len(x.Errors) > 0 {
			err = fmt.Errorf("%w (not all records of engines could be read: %s)", err, text.Line(x.Errors[0].Error()))
		}
		return nil, noTarget("%w", err)
	}
	slices.SortStableFunc(found, rootsFirst)
	var list strings.Builder
	for i, e := range found {
		if i == 20 {
			fmt.Fprintf(&list, ", and %d more", len(found)-i)
			break
		}
		if i > 0 {
			list.WriteString(", ")
		}
		fmt.Fprintf(&list, "%s %s (%s, PID %d%s)", cmp.Or(string(e.Runtime), "?"), ShortID(e.ID), e.Label(), e.PID, e.whoseName())
	}
	return nil, usage("%s could be %d containers: %s; give more of the id, or pid:N, or cgroup: and the path of its group", text.Sanitise(target), len(found), list.String())
}

// byGroup finds what runs in a control group, given as it stands in /proc/PID/cgroup: a container, if it is the
// container's group, or the topmost process of the group.
func (x *Inventory) byGroup(s *procwalk.Snapshot, target, path string) (*Container, *procwalk.Process, error) {
	path = "/" + strings.Trim(path, "/")
	var rows []container.Row
	var owner *Container
	for i := range s.Processes {
		p := &s.Processes[i]
		if !inGroup(p, path) {
			continue
		}
		rows = append(rows, container.Row{PID: p.PID, PPID: p.PPID, Start: p.StartTime, Inside: InsidePID(p), Key: "group"})
		if e, ok := x.Of(p); ok && e.Chain.Innermost().Group.Raw() == path {
			owner = e
		}
	}
	if owner != nil {
		return owner, nil, nil
	}
	if len(rows) == 0 {
		return nil, nil, noTarget("%s: no process is in that control group", text.Sanitise(target))
	}
	backed := container.Backing(rows, func(string) int { return 0 })
	return nil, s.Find(backed["group"].PID), nil
}

// inGroup reports whether a process is in the group or below it, in any hierarchy. The root is everybody's.
func inGroup(p *procwalk.Process, path string) bool {
	if p.Cgroups == nil || path == "/" {
		return false
	}
	for _, l := range p.Cgroups.Lines {
		own := strings.TrimSuffix(l.Path.Raw(), " (deleted)")
		if own == path || strings.HasPrefix(own, path+"/") {
			return true
		}
	}
	return false
}
