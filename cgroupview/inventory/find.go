package inventory

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/fault"
	"bones/procwalk/nearest"
	"bones/procwalk/text"
)

// Find returns the container that a TARGET names, or the process if it names one, or the topmost process of a group
// that is no container's. One of the two is nil. An x that is nil finds processes by PID alone. Errors are
// TargetErrors.
func (x *Inventory) Find(s *procwalk.Snapshot, word string) (*Container, *procwalk.Process, error) {
	t, err := ParseTarget(word)
	if err != nil {
		return nil, nil, err
	}
	return x.FindTarget(s, t)
}

// FindTarget is Find for a word that was read.
func (x *Inventory) FindTarget(s *procwalk.Snapshot, t Target) (*Container, *procwalk.Process, error) {
	if t.IsProcess() {
		pid, err := t.PIDIn(s)
		if err != nil {
			return nil, nil, err
		}
		if p := s.Find(pid); p != nil {
			return nil, p, nil
		}
		return nil, nil, noTarget("%s: %s%s", t, s.Missing(pid), x.calledSo(t))
	}
	if t.Kind == ByService {
		c, err := x.byService(s, t)
		return c, nil, err
	}
	if x == nil {
		return nil, nil, noTarget("%s: bones has not looked for the containers of this host", t)
	}
	switch t.Kind {
	case ByName:
		c, err := x.one(t, func(c *Container) bool { return c.Name.Raw() == t.Value })
		return c, nil, err
	case ByID:
		c, err := x.byID(t)
		return c, nil, err
	case ByPod:
		c, err := x.one(t, x.isPodOf(t.Value))
		return c, nil, err
	case ByGroup:
		return x.byGroup(s, t)
	}
	c, err := x.byWord(t)
	return c, nil, err
}

// Backing returns the process that a TARGET stands for: its own, or the one that backs the container, which is
// returned with it.
func (x *Inventory) Backing(s *procwalk.Snapshot, t Target) (*procwalk.Process, *Container, error) {
	c, p, err := x.FindTarget(s, t)
	if c != nil {
		p = s.Find(c.PID)
	}
	if err == nil && p == nil {
		err = noTarget("%s: it has ended", t)
	}
	return p, c, err
}

// calledSo says by what a container is reached whose name or id could have been meant by a PID.
func (x *Inventory) calledSo(t Target) string {
	if x == nil || t.Kind != ByPID {
		return ""
	}
	digits := strconv.Itoa(t.PID)
	for _, c := range x.List {
		if c.Name.Raw() == digits {
			return fmt.Sprintf("; name:%s is the container of that name", digits)
		}
	}
	for _, c := range x.List {
		if strings.HasPrefix(c.ID.Raw(), digits) {
			return fmt.Sprintf("; id:%s is the container %s", digits, c.Label())
		}
	}
	return ""
}

// FindContainers returns the containers that TARGETs name, each once. A PID means the innermost container it is in,
// and a pod all its containers.
func (x *Inventory) FindContainers(s *procwalk.Snapshot, words []string) ([]*Container, error) {
	var list []*Container
	for _, word := range words {
		if all, err := x.wholePod(word); err != nil {
			return nil, err
		} else if len(all) > 1 {
			for _, c := range all {
				if !slices.Contains(list, c) {
					list = append(list, c)
				}
			}
			continue
		}
		c, p, err := x.Find(s, word)
		if err != nil {
			return nil, err
		}
		if p != nil {
			var in bool
			if c, in = x.Of(p); !in {
				return nil, noTarget("%s: PID %d is in no container", text.Sanitise(word), p.PID)
			}
		}
		if !slices.Contains(list, c) {
			list = append(list, c)
		}
	}
	return list, nil
}

// wholePod returns the containers of the one pod that a word names; none if it names something else, or may do so.
// Pods of one name in several namespaces are several pods.
func (x *Inventory) wholePod(word string) ([]*Container, error) {
	t, err := ParseTarget(word)
	if err != nil || t.Kind != ByWord && t.Kind != ByPod {
		return nil, err
	}
	all := x.podWith(t.Value)
	if t.Kind == ByWord && slices.ContainsFunc(x.List, func(c *Container) bool {
		return (c.Name.Raw() == t.Value || c.ID.Raw() == t.Value) && !slices.Contains(all, c)
	}) {
		return nil, nil
	}
	for _, c := range all {
		user, known := c.user()
		if first, firstKnown := all[0].user(); c.Info.Pod != all[0].Info.Pod || user != first || known != firstKnown {
			_, err := x.one(t, func(c *Container) bool { return slices.Contains(all, c) })
			return nil, err
		}
	}
	return all, nil
}

// wholeShort is how many characters of an id engines print. A container that is named like that much of another's id
// is not taken for it.
const wholeShort = 12

// byWord finds the container with this name or id, or the one of this pod; else the one whose id begins so. Digits
// alone would have been a PID, and so an id is only begun by what holds a letter.
func (x *Inventory) byWord(t Target) (*Container, error) {
	ofPod := x.isPodOf(t.Value)
	whole := func(c *Container) bool {
		return c.Name.Raw() == t.Value || c.ID.Raw() == t.Value || c.Pause() && c.Label().Raw() == t.Value || ofPod(c)
	}
	begins := func(c *Container) bool { return BareID(t.Value) && strings.HasPrefix(c.ID.Raw(), t.Value) }
	if !slices.ContainsFunc(x.List, whole) {
		return x.one(t, begins)
	}
	return x.one(t, func(c *Container) bool { return whole(c) || len(t.Value) >= wholeShort && begins(c) })
}

// byID finds the container with this id, or else the one whose id begins so.
func (x *Inventory) byID(t Target) (*Container, error) {
	whole := func(c *Container) bool { return c.ID.Raw() == t.Value }
	if slices.ContainsFunc(x.List, whole) {
		return x.one(t, whole)
	}
	return x.one(t, func(c *Container) bool { return strings.HasPrefix(c.ID.Raw(), t.Value) })
}

// meant says which containers a mistyped word may have named, or nothing.
func (x *Inventory) meant(t Target) string {
	var names []string
	for _, c := range x.List {
		if name := c.Label().Raw(); !c.Sandbox() && name != "" {
			names = append(names, name)
		}
	}
	list := nearest.Words(t.Value, names)
	if len(list) == 0 {
		return ""
	}
	for i := range list {
		list[i] = text.Line(list[i])
	}
	return "; did you mean " + strings.Join(list, " or ") + "?"
}

// one returns the only container that fits.
func (x *Inventory) one(t Target, fits func(*Container) bool) (*Container, error) {
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
		if err := x.NotRunning(t.word); err != nil {
			return nil, err
		}
		err := fmt.Errorf("%s: no running container has that name or id%s; `bones containers` lists them", t,
			x.meant(t))
		if len(x.Errors) > 0 {
			err = fmt.Errorf("%w (bones could not read all records of engines: %s)", err, fault.Line(x.Errors[0]))
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
		name := cmp.Or(text.Sanitise(e.PodTarget()), e.Label().String())
		fmt.Fprintf(&list, "%s %s (%s, PID %d%s)", cmp.Or(string(e.Runtime), "?"), ShortID(e.ID), name, e.PID,
			e.whoseName())
	}
	return nil, usage("%s could be %d containers: %s; give more of the id, or pid:N, or cgroup: and its path",
		t, len(found), list.String())
}

// byGroup finds what runs in a control group, given as it stands in /proc/PID/cgroup: a container, if it is the
// container's group, or the topmost process of the group.
func (x *Inventory) byGroup(s *procwalk.Snapshot, t Target) (*Container, *procwalk.Process, error) {
	path := t.Value
	if path == "/" {
		return nil, nil, noTarget("%s: every process is in the root group, and none stands for it; name a process", t)
	}
	var rows []container.Member
	var owner *Container
	for i := range s.Processes {
		p := &s.Processes[i]
		if !inGroup(p, path) {
			continue
		}
		rows = append(
			rows,
			container.Member{PID: p.PID, PPID: p.PPID, Start: p.StartTime, Inside: InsidePID(p), Key: "group",
				Dead: p.Ended()},
		)
		if e, ok := x.Of(p); ok && e.Chain.Innermost().Group.Raw() == path {
			owner = e
		}
	}
	if owner != nil {
		return owner, nil, nil
	}
	if len(rows) == 0 {
		return nil, nil, noTarget("%s: no process is in that control group", t)
	}
	backed := container.Backing(rows, func(string) int { return 0 })
	return nil, s.Find(backed["group"].PID), nil
}

// inGroup reports whether a process is in the group or below it, in any hierarchy.
func inGroup(p *procwalk.Process, path string) bool {
	if p.Cgroups == nil {
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
