package procwalk

import (
	"bones/procwalk/fault"
	"bones/procwalk/procroot"

	"golang.org/x/sys/unix"
)

// alike keeps one copy of what is the same for many processes of a pass: those of one container are in the same
// groups, and most of a host are in the same namespaces. On a host with many processes it is most of what a snapshot
// holds.
type alike struct {
	groups map[string]*Cgroups
	spaces map[Namespaces]*Namespaces
}

// maxAlike bounds how many are kept to be compared with; a process chooses what it is in.
const maxAlike = 4096

// ofGroups is ParseCgroup, with the names that the host has for the groups.
func (a *alike) ofGroups(b []byte, names procroot.HostGroupNames) *Cgroups {
	if c, ok := a.groups[string(b)]; ok {
		return c
	}
	c := ParseCgroup(b).On(names)
	if a.groups == nil || len(a.groups) >= maxAlike {
		a.groups = map[string]*Cgroups{}
	}
	a.groups[string(b)] = c
	return c
}

// ofNamespaces returns a pointer to what is the same as ns.
func (a *alike) ofNamespaces(ns Namespaces) *Namespaces {
	for _, err := range ns.Err {
		switch err.(type) {
		case nil, unix.Errno, *fault.Error:
		default: // others need not be comparable
			return &ns
		}
	}
	if same, ok := a.spaces[ns]; ok {
		return same
	}
	if a.spaces == nil || len(a.spaces) >= maxAlike {
		a.spaces = map[Namespaces]*Namespaces{}
	}
	a.spaces[ns] = &ns
	return &ns
}
