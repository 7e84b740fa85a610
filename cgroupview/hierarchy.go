package cgroupview

import (
	"slices"
	"strings"
)

// Hierarchy is one mounted cgroup hierarchy.
type Hierarchy struct {
	Version     int      // 1 or 2
	Controllers []string // v1: as mounted together; v2: what its root offers
	Name        string   // of a named v1 hierarchy: systemd for name=systemd
	Mount       string   // where it is mounted
	Root        string   // the group that is seen there, "/" as a rule
	ReadOnly    bool     // mounted read-only
	Dev         uint64   // st_dev of the mount point
}

// String names it as /proc/PID/cgroup does: "memory", "cpu,cpuacct", "name=systemd"; "v2" for version 2.
func (h *Hierarchy) String() string {
	if h.Version == 2 {
		return "v2"
	}
	names := slices.Clone(h.Controllers)
	if h.Name != "" {
		names = append(names, "name="+h.Name)
	}
	return strings.Join(names, ",")
}

// Has reports whether a controller is in it.
func (h *Hierarchy) Has(controller string) bool { return slices.Contains(h.Controllers, controller) }

// is reports whether the middle field of a line of /proc/PID/cgroup means this hierarchy. The order of controllers
// that are mounted together differs between the two files.
func (h *Hierarchy) is(controllers string) bool {
	if controllers == "" {
		return h.Version == 2
	}
	names := strings.Split(controllers, ",")
	return h.Version == 1 && !slices.ContainsFunc(names, func(n string) bool {
		return n != "name="+h.Name && !h.Has(n)
	})
}
