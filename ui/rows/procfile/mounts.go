package procfile

import (
	"strconv"
	"strings"

	"bones/procwalk/mountinfo"
)

// mounts are the mounts that the process sees, in the order of their points as the kernel lists them.
func mounts(s string) []string {
	t := table(">ID", ">ON", "POINT", "TYPE", "SOURCE", "OF IT", "OPTIONS", "SPREADS")
	n := 0
	for _, line := range lines(s) {
		m, err := mountinfo.ParseLine(line)
		if err != nil {
			t.raw(line)
			continue
		}
		n++
		t.add(strconv.Itoa(m.ID), strconv.Itoa(m.Parent), m.Point.String(), m.FSType.String(), m.Source.String(),
			m.Root.String(), m.Options.String(),
			spreads(m.Propagation.Raw()))
	}
	return append([]string{strconv.Itoa(n) + " mounts"}, t.lines()...)
}

// spreads says where mounts made below a mount are seen.
//
// Source: mount_namespaces(7), SHARED SUBTREES.
func spreads(shared string) string {
	var words []string
	for s := range strings.FieldsSeq(shared) {
		name, group, _ := strings.Cut(s, ":")
		switch name {
		case "shared":
			words = append(words, "shared in group "+group)
		case "master":
			words = append(words, "gets those of group "+group)
		case "propagate_from":
			words = append(words, "as group "+group)
		case "unbindable":
			words = append(words, "unbindable")
		default:
			words = append(words, s)
		}
	}
	if len(words) == 0 {
		return "private"
	}
	return clean(strings.Join(words, ", "))
}
