package cgroupview

import "strings"

// The path of a group is that of /proc/PID/cgroup. Seen from a private cgroup namespace it may begin with steps up
// ("/../../docker/ID"), which name something: such a path must never be cleaned as a path of files is.
//
// Source: cgroup_namespaces(7).

// childPath returns the path of a group right below another.
func childPath(group, name string) string {
	if group == "/" {
		return "/" + name
	}
	return group + "/" + name
}

// parentPath returns the path of the group around another; "" where the path does not tell it, as for the root and for
// a path of steps up alone, whose parent is one more step up.
func parentPath(group string) string {
	i := strings.LastIndexByte(group, '/')
	switch {
	case group == "/" || i < 0 || group[i+1:] == "..":
		return ""
	case i == 0:
		return "/"
	}
	return group[:i]
}
