package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// ParseAssignment splits FILE=VALUE.
func ParseAssignment(s string) (Assignment, error) {
	file, value, ok := strings.Cut(s, "=")
	if !ok || file == "" {
		return Assignment{}, fmt.Errorf("%q is not FILE=VALUE: memory.max=1G, cpus=1.5", text.New(s))
	}
	return Assignment{file, value}, nil
}

// portableName is a name that means the right file on cgroup v1 and v2.
type portableName struct {
	name       string
	controller string
	parse      func(value string, total uint64) (int64, error)    // 0 is no limit; total is the machine's memory in bytes
	assignment func(g *cgroupview.Group, value string) Assignment // value is a number, or "unlimited"
}

// portableNames are the portable names that there are. Tab offers them from a table of its own.
var portableNames = []portableName{
	{"memory", "memory", spec.ParseMemory, func(g *cgroupview.Group, value string) Assignment {
		return Assignment{memoryFile(g), value}
	}},
	{"cpus", "cpu", func(value string, _ uint64) (int64, error) { return spec.ParseCPUs(value) }, quota},
	{"pids", "pids", func(value string, _ uint64) (int64, error) { return spec.ParsePIDs(value) },
		func(_ *cgroupview.Group, value string) Assignment { return Assignment{"pids.max", value} }},
}

// PortableNames are the names that Assignment takes beside those of interface files, such as memory.
func PortableNames() (names []string) {
	for _, p := range portableNames {
		names = append(names, p.name)
	}
	return names
}

// portable turns an assignment to a portable name into one to the file of the version that the target has; ok is
// false for any other name. total is the machine's memory in bytes.
func portable(g cgroupview.Groups, a Assignment, total uint64) (file Assignment, ok bool, err error) {
	at := slices.IndexFunc(portableNames, func(p portableName) bool { return p.name == a.File })
	if at < 0 {
		return Assignment{}, false, nil
	}
	p := portableNames[at]
	n, err := p.parse(a.Value, total)
	if err != nil {
		return Assignment{}, false, err
	}
	group := g.With(p.controller)
	if group == nil {
		return Assignment{}, false, fmt.Errorf("%s: none of its groups is in a hierarchy with the controller %s",
			a.File, p.controller)
	}
	value := "unlimited"
	if n > 0 {
		value = strconv.FormatInt(n, 10)
	}
	return p.assignment(group, value), true, nil
}

// quota is the assignment of a number of µs in each spec.CPUPeriod. The period of version 1 is another file: see
// periods.
func quota(g *cgroupview.Group, value string) Assignment {
	switch {
	case g.Hierarchy.Version == 2:
		return Assignment{"cpu.max", value + " " + strconv.Itoa(spec.CPUPeriod)}
	case value == "unlimited":
		return Assignment{"cpu.cfs_quota_us", "-1"}
	}
	return Assignment{"cpu.cfs_quota_us", value}
}

// memoryFile is the file with the limit of memory.
func memoryFile(g *cgroupview.Group) string {
	if g.Hierarchy.Version == 2 {
		return "memory.max"
	}
	return "memory.limit_in_bytes"
}
