package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/owner"
	"bones/procwalk/effect"
)

// check looks at what a change will do.
func (e *Edit) check() []Check {
	var list []Check
	add := func(level effect.Level, format string, a ...any) {
		c := Check{Level: level, Text: fmt.Sprintf(format, a...)}
		if !slices.Contains(list, c) { // what is said of one group need not be said of the next
			list = append(list, c)
		}
	}
	seen := map[string]bool{}
	for _, c := range e.changes {
		e.checkUsage(c, add)
		if c.Reads != "" {
			add(effect.Safe, "the kernel keeps whole pages: %s will read %s", c.File, c.Reads)
		}
		if key := c.Group.Dir.Raw(); !seen[key] {
			seen[key] = true
			if cgroupview.Contains(c.Group, e.surroundings.Own) {
				add(effect.Confirm, "bones itself is in this group")
			}
			if cgroupview.Contains(c.Group, e.surroundings.Init) {
				add(effect.Grave, "PID 1 is in this group: everything on the host depends on it")
			}
			if o := owner.Of(e.host, c.Group, e.surroundings.Chain); o.TakesBack != "" && c.Unit == "" {
				add(effect.Confirm, "%s", o.TakesBack)
			}
		}
	}
	return list
}

// checkUsage compares a limit with what is in use now.
func (e *Edit) checkUsage(c Change, add func(effect.Level, string, ...any)) {
	usage := map[string]string{"memory.limit_in_bytes": "memory.usage_in_bytes",
		"memory.memsw.limit_in_bytes": "memory.memsw.usage_in_bytes",
		"memory.max":                  "memory.current", "memory.high": "memory.current", "pids.max": "pids.current"}[c.File]
	if usage == "" {
		switch {
		case c.File == "memory.oom_control" && c.New == "1":
			add(effect.Confirm, "tasks that reach the limit will hang until it is raised, instead of one being killed")
		case c.File == "freezer.state" && c.New == "FROZEN", c.File == "cgroup.freeze" && c.New == "1":
			if cgroupview.Contains(c.Group, e.surroundings.Own) {
				add(effect.Grave, "bones itself would be frozen, and could not thaw anything")
			} else {
				add(effect.Confirm, "its processes stop until they are thawed")
			}
		case strings.HasPrefix(c.File, "cpuset."):
			add(effect.Confirm, "tasks move to other processors or nodes at once")
		}
		return
	}
	limit, err := strconv.ParseUint(c.New, 10, 64)
	used := e.host.Number(c.Group, usage)
	if err != nil || used.Err != nil {
		return
	}
	if limit >= used.Value {
		add(effect.Safe, "%d in use, below the limit", used.Value)
		return
	}
	switch c.File {
	case "memory.max":
		add(effect.Grave, "%d bytes are in use, more than the limit: where the kernel cannot reclaim enough, the OOM "+
			"killer kills",
			used.Value)
	case "memory.high":
		add(effect.Confirm, "%d bytes are in use, more than that: the group is slowed down until it has shrunk", used.Value)
	case "pids.max":
		add(effect.Confirm, "%d tasks are in the group already: they live on, and no new one starts", used.Value)
	default:
		add(effect.Confirm, "%d bytes are in use, more than the limit: the kernel reclaims what it can, and refuses with "+
			"EBUSY if that is not enough; nothing is killed", used.Value)
	}
}
