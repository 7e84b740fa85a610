// Package cgroupline is one line of /proc/PID/cgroup, for those that read it and those that tell from it which
// container a process is in: neither needs to know the other. procwalk.ParseCgroup reads the file.
package cgroupline

import "bones/procwalk/text"

// Line is one line of /proc/PID/cgroup, HIERARCHY:CONTROLLERS:PATH: the group of the process in one hierarchy.
//
// Source: cgroups(7), "/proc files"; kernel/cgroup/cgroup.c, proc_cgroup_show.
type Line struct {
	Hierarchy   int       // 0 for cgroup v2
	Controllers text.Text // comma-separated; "" for v2; name=NAME for a named v1 hierarchy
	Path        text.Text // may end in " (deleted)"; in our own /proc from the root of our cgroup namespace, so with /..
}

// V2 reports whether this is the line of the unified hierarchy.
func (l Line) V2() bool { return l.Hierarchy == 0 && l.Controllers.Len() == 0 }
