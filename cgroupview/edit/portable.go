package edit

import (
	"fmt"
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

// portable turns memory=, cpus= and pids= into the files of the version that the target has. total is the machine's
// memory in bytes.
func portable(g cgroupview.Groups, a Assignment, total uint64) ([]Assignment, bool, error) {
	controller := map[string]string{"memory": "memory", "cpus": "cpu", "pids": "pids"}[a.File]
	if controller == "" {
		return nil, false, nil
	}
	n, err := portableAmount(a, total)
	if err != nil {
		return nil, false, err
	}
	group := g.With(controller)
	if group == nil {
		return nil, false, fmt.Errorf("%s: none of its groups is in a hierarchy with the controller %s",
			a.File, controller)
	}
	value := "unlimited"
	if n > 0 {
		value = strconv.FormatInt(n, 10)
	}
	switch {
	case a.File == "pids":
		return []Assignment{{"pids.max", value}}, true, nil
	case a.File == "memory":
		return []Assignment{{memoryFile(group), value}}, true, nil
	case group.Hierarchy.Version == 2:
		return []Assignment{{"cpu.max", value + " " + strconv.Itoa(spec.CPUPeriod)}}, true, nil
	case n == 0:
		return []Assignment{{"cpu.cfs_quota_us", "-1"}}, true, nil
	}
	return []Assignment{{"cpu.cfs_quota_us", value}}, true, nil // see periods
}

// portableAmount reads the value of a portable name; 0 is no limit.
func portableAmount(a Assignment, total uint64) (int64, error) {
	switch a.File {
	case "memory":
		return spec.ParseMemory(a.Value, total)
	case "cpus":
		return spec.ParseCPUs(a.Value)
	}
	return spec.ParsePIDs(a.Value)
}

// memoryFile is the file with the limit of memory.
func memoryFile(g *cgroupview.Group) string {
	if g.Hierarchy.Version == 2 {
		return "memory.max"
	}
	return "memory.limit_in_bytes"
}
