// Package statistics reads the many numbers of a group that are not read at each refresh, as containerd/cgroups
// gathers them.
package statistics

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"bones/cgroupview"

	"github.com/containerd/cgroups/v3/cgroup1"
	"github.com/containerd/cgroups/v3/cgroup2"
)

// Statistic is one number of those that containerd/cgroups gathers, by a dotted name: memory.rss.
type Statistic struct {
	Name  string
	Value uint64
}

// Of reads the numbers of groups through containerd/cgroups/v3: of version 1 where the groups are in its hierarchies,
// of version 2 else. What is 0 is left out, as the library does not tell it from what is not there.
func Of(g cgroupview.Groups) ([]Statistic, error) {
	var metrics any
	var err error
	if m := g.With("memory"); m != nil && m.Hierarchy.Version == 1 {
		metrics, err = statV1(g)
	} else if u := g.V2(); u != nil {
		metrics, err = statV2(u)
	} else {
		return nil, fmt.Errorf("statistics: %w", cgroupview.ErrUnsupported)
	}
	if err != nil {
		return nil, fmt.Errorf("statistics: %w", err)
	}
	var list []Statistic
	flatten(reflect.ValueOf(metrics), "", 0, &list)
	slices.SortFunc(list, func(a, b Statistic) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// statV1 reads each hierarchy at the group that is in that one: a process may be in another group in each.
func statV1(g cgroupview.Groups) (any, error) {
	hierarchy := func() ([]cgroup1.Subsystem, error) {
		all, err := cgroup1.Default()
		if err != nil {
			return nil, err
		}
		return slices.DeleteFunc(all, func(s cgroup1.Subsystem) bool { return with(g, s.Name()) == nil }), nil
	}
	path := func(name cgroup1.Name) (string, error) {
		if x := with(g, name); x != nil {
			return x.Path.Raw(), nil
		}
		return "", cgroup1.ErrControllerNotActive
	}
	c, err := cgroup1.Load(path, cgroup1.WithHierarchy(hierarchy))
	if err != nil {
		return nil, err
	}
	return c.Stat(cgroup1.IgnoreNotExist)
}

// with is the group of version 1 that has a controller; nil if there is none.
func with(g cgroupview.Groups, name cgroup1.Name) *cgroupview.Group {
	if x := g.With(string(name)); x != nil && x.Hierarchy.Version == 1 {
		return x
	}
	return nil
}

// statV2 makes sure that the group is there: the library does not.
func statV2(g *cgroupview.Group) (any, error) {
	if err := g.Same(); err != nil {
		return nil, err
	}
	m, err := cgroup2.Load(g.Path.Raw(), cgroup2.WithMountpoint(g.Hierarchy.Mount))
	if err != nil {
		return nil, err
	}
	return m.Stat()
}

// flatten lists the numbers of a message by name.
func flatten(v reflect.Value, name string, depth int, list *[]Statistic) {
	for v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch {
	case v.CanUint() && v.Uint() > 0:
		*list = append(*list, Statistic{name, v.Uint()})
	case v.Kind() == reflect.Struct && depth < 6:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if !f.IsExported() || strings.HasPrefix(f.Name, "XXX") {
				continue
			}
			tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			if tag == "" {
				tag = strings.ToLower(f.Name)
			}
			flatten(v.Field(i), strings.TrimPrefix(name+"."+tag, "."), depth+1, list)
		}
	}
}
