package procwalk

import (
	"strings"

	"bones/procwalk/text"
)

// Cgroups is /proc/PID/cgroup: for each hierarchy the group the process is in. It only names the groups; the limits
// are files in the cgroup file system.
//
// Source: cgroups(7), "/proc files"; kernel/cgroup/cgroup.c, proc_cgroup_show.
type Cgroups struct {
	Lines []CgroupLine
	Err   error
}

// CgroupLine is one line, HIERARCHY:CONTROLLERS:PATH.
type CgroupLine struct {
	Hierarchy   int       // 0 for cgroup v2
	Controllers text.Text // comma-separated; "" for v2; name=NAME for a named v1 hierarchy
	Path        text.Text // from the root of our cgroup namespace: may begin with /.. or end in " (deleted)"
}

// V2 reports whether this is the line of the unified hierarchy.
func (l CgroupLine) V2() bool { return l.Hierarchy == 0 && l.Controllers.Len() == 0 }

// parseCgroup reads the lines. A path may hold colons, and newlines that the kernel writes as \012: neither ends it.
func parseCgroup(b []byte) *Cgroups {
	c := &Cgroups{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSuffix(line, "\n")
		id, rest, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		hierarchy, ok := parseUint([]byte(id))
		if !ok {
			continue
		}
		// The name of a v1 hierarchy holds no colon, the path may.
		controllers, path, ok := strings.Cut(rest, ":")
		if !ok {
			continue
		}
		c.Lines = append(c.Lines, CgroupLine{int(hierarchy), text.New(controllers), text.New(path)})
	}
	return c
}
