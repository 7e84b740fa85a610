package procwalk

import (
	"errors"
	"strings"

	"bones/procwalk/cgroupline"
	"bones/procwalk/fields"
	"bones/procwalk/procroot"
	"bones/procwalk/text"
)

// Cgroups is /proc/PID/cgroup: for each hierarchy the group the process is in. It only names the groups; the limits
// are files in the cgroup file system.
//
// Source: cgroups(7), "/proc files"; kernel/cgroup/cgroup.c, proc_cgroup_show.
type Cgroups struct {
	Lines []CgroupLine
	Err   error // why the file could not be read, or that a line of it has another form
}

// CgroupLine is one line of /proc/PID/cgroup.
type CgroupLine = cgroupline.Line

// ParseCgroup reads the lines of /proc/PID/cgroup; Err is set beside those that were understood. A path may hold
// colons. The kernel does not let a group have a newline in its name (kernel/cgroup/cgroup.c, cgroup_mkdir).
func ParseCgroup(b []byte) *Cgroups {
	c := &Cgroups{}
	for line := range strings.Lines(string(b)) {
		line, whole := strings.CutSuffix(line, "\n")
		parts := strings.SplitN(line, ":", 3) // the name of a v1 hierarchy holds no colon, the path may
		hierarchy, isNumber := fields.ParseUint([]byte(parts[0]))
		if !whole || len(parts) < 3 || !isNumber || hierarchy > 1<<31-1 {
			c.Err = errors.New("cgroup: a line does not have the form NUMBER:CONTROLLERS:PATH, or is cut off")
			continue
		}
		c.Lines = append(c.Lines, CgroupLine{Hierarchy: int(hierarchy), Controllers: text.New(parts[1]),
			Path: text.New(parts[2])})
	}
	return c
}

// On renames the groups as their host calls them, and returns c.
func (c *Cgroups) On(host procroot.HostGroupNames) *Cgroups {
	for i, l := range c.Lines {
		c.Lines[i].Path = text.New(host.On(l.Controllers.Raw(), l.Path.Raw()))
	}
	return c
}
