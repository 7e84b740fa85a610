package mountinfo

import "strings"

// Cgroup tells a mount of control groups from others: version is that of its hierarchy, 1 or 2, and 0 for every other
// mount. options are the words of version 1, among them its controllers and name=NAME.
//
// Source: cgroups(7); kernel/cgroup/cgroup-v1.c, cgroup1_show_options.
func (m Mount) Cgroup() (version int, options []string) {
	switch m.FSType.Raw() {
	case "cgroup2":
		return 2, nil
	case "cgroup":
		return 1, strings.Split(m.Super.Raw(), ",")
	}
	return 0, nil
}
