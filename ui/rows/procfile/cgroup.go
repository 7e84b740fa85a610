package procfile

import (
	"strconv"
	"strings"

	"bones/procwalk"
)

// cgroup names the groups.
//
// Source: cgroups(7).
func cgroup(s string) []string {
	t := table("HIERARCHY", "CONTROLLERS", "GROUP")
	for _, line := range lines(s) {
		parsed := procwalk.ParseCgroup([]byte(line + "\n"))
		if parsed.Err != nil {
			t.raw(line)
			continue
		}
		l := parsed.Lines[0]
		names, where := l.Controllers.Raw(), l.Path.Raw()
		hierarchy, controllers := "v1, number "+strconv.Itoa(l.Hierarchy), strings.ReplaceAll(names, ",", " ")
		switch {
		case l.V2():
			hierarchy, controllers = "v2", "those that its cgroup.controllers names"
		case strings.HasPrefix(names, "name="):
			controllers = names + " (to keep track of processes; no limits)"
		}
		group := clean(where)
		switch {
		case strings.HasSuffix(where, " (deleted)"):
			group += ": the group has been removed"
		case strings.HasPrefix(where, "/.."):
			group += ": outside of our own cgroup namespace's root"
		}
		t.add(hierarchy, clean(controllers), group)
	}
	return append(t.lines(), "", "Only the names of the groups: the limits are files of the group in the cgroup file "+
		"system (view 4, bones cgroup).")
}
