// Package totals adds up what containers use: by pod, by compose project, by runtime, by slice, by image
// and by user.
package totals

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/procwalk/text"
)

// By is what containers are grouped by.
type By string

// What containers can be grouped by.
const (
	Pod     By = "pod"
	Project By = "project" // of compose
	Runtime By = "runtime"
	Image   By = "image"
	User    By = "user"  // who runs the process that backs it, on the host: the number
	Slice   By = "slice" // the innermost one of systemd around the container, else the group above it
)

// All are all of them, in the order in which they are offered.
func All() []By { return []By{Pod, Project, Runtime, Slice, Image, User} }

// Of returns the group that a container is in, empty for none. Names of pods, projects and images are what somebody
// chose: those of another user are a group of their own, with the user's number behind it.
func (b By) Of(c *inventory.Usage) text.Text {
	group := b.named(c)
	if uid, others := c.Others(); others && group.Len() > 0 && (b == Pod || b == Project || b == Image) {
		return text.New(fmt.Sprintf("%s (UID %d)", group.Raw(), uid))
	}
	return group
}

func (b By) named(c *inventory.Usage) text.Text {
	switch b {
	case Pod:
		return c.Pod()
	case Project:
		return c.Project()
	case Runtime:
		return text.New(string(c.Runtime))
	case Slice:
		return c.Slice()
	case Image:
		return c.Info.Image
	case User:
		if p := c.Process; p != nil && p.Status != nil && p.Status.Err == nil {
			return text.New(strconv.FormatUint(uint64(p.Status.EUID), 10))
		}
	}
	return text.Text{}
}

// ContainerUse is one container with its processor time.
type ContainerUse struct {
	*inventory.Usage
	CPU    float64 // percent of one processor
	HasCPU bool
}

// Sum is a number added up. Where it is not known of some containers, it is that of the others.
type Sum struct {
	Value   float64
	Known   int   // of how many containers
	Unknown int   // of how many it is not
	Err     error // why not, of one of them
}

func (s *Sum) add(value float64, err error) {
	if err != nil {
		s.Unknown++
		s.Err = cmp.Or(s.Err, err)
		return
	}
	s.Known++
	s.Value += value
}

// Reading is the sum as what one container would use; an error if it is known of none.
func (s Sum) Reading() cgroupview.Reading {
	if s.Known == 0 {
		return cgroupview.Reading{Err: s.Err}
	}
	return cgroupview.Reading{Value: uint64(s.Value)}
}

// Total is what the containers of one group use together.
type Total struct {
	Group      text.Text // empty: those that are in none
	Containers []ContainerUse
	PIDs       []int // of all of them, each once, ascending
	CPU        Sum   // percent of one processor
	Memory     Sum   // bytes, without the inactive page cache
	Tasks      Sum
	ReadBytes  Sum
	WriteBytes Sum
}

// Add adds containers up by what they are grouped by, in the order of the groups' names; those in no group come last.
// A container within another one of the same group is part of what that one uses already.
func Add(x *inventory.Inventory, list []ContainerUse, by By) []Total {
	at := map[text.Text]int{}
	var all []Total
	for _, u := range list {
		group := by.Of(u.Usage)
		i, ok := at[group]
		if !ok {
			i = len(all)
			at[group] = i
			all = append(all, Total{Group: group})
		}
		all[i].Containers = append(all[i].Containers, u)
	}
	for i := range all {
		all[i].sum(x)
	}
	slices.SortFunc(all, func(a, b Total) int {
		if (a.Group.Len() == 0) != (b.Group.Len() == 0) {
			return cmp.Compare(b.Group.Len(), a.Group.Len())
		}
		return cmp.Compare(a.Group.Raw(), b.Group.Raw())
	})
	return all
}

func (t *Total) sum(x *inventory.Inventory) {
	counted := map[*inventory.Container]bool{}
	for _, u := range t.Containers {
		counted[u.Container] = true
	}
	for _, u := range t.Containers {
		t.PIDs = append(t.PIDs, u.PIDs...)
		if x != nil && slices.ContainsFunc(x.Outer(u.Container), func(o *inventory.Container) bool { return counted[o] }) {
			continue
		}
		var noCPU error
		if !u.HasCPU {
			noCPU = cmp.Or(u.Sample.CPU.Err, errNoRate)
		}
		t.CPU.add(u.CPU, noCPU)
		for _, n := range []struct {
			to *Sum
			r  cgroupview.Reading
		}{{&t.Memory, u.Sample.Memory}, {&t.Tasks, u.Sample.PIDs}, {&t.ReadBytes, u.Sample.ReadBytes},
			{&t.WriteBytes, u.Sample.WriteBytes}} {
			err := n.r.Err
			if u.Sample.Time.IsZero() {
				err = cmp.Or(err, error(cgroupview.ErrNoHierarchies))
			}
			n.to.add(float64(n.r.Value), err)
		}
	}
	slices.Sort(t.PIDs)
	t.PIDs = slices.Compact(t.PIDs)
}

var errNoRate = errors.New("there is no earlier reading to compare with")
