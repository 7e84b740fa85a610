package cgroupview

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// frozenBelow are the groups below one that are frozen on their own: thawing that around them does not thaw them.
func (h *FileSystem) frozenBelow(g *Group) ([]string, error) {
	var list []string
	file, want := "freezer.self_freezing", "1\n"
	if g.Hierarchy.Version == 2 {
		file = "cgroup.freeze"
	}
	buf := make([]byte, 64)
	err := h.descend(g, func(d *descent) error {
		if len(d.levels) == 1 {
			return nil
		}
		if b, err := readAt(d.dir, file, buf); err == nil && string(b) == want {
			list = append(list, d.Path())
		}
		return nil
	})
	slices.Sort(list)
	return list, err
}

// frozenAround is the outermost group around one that is frozen, and keeps it so; empty if none is.
func (h *FileSystem) frozenAround(g *Group) string {
	file := "cgroup.freeze"
	if g.Hierarchy.Version == 1 {
		file = "freezer.self_freezing"
		if !g.Hierarchy.Has("freezer") {
			return ""
		}
	}
	r := reader{buf: make([]byte, 64)}
	outermost := ""
	for up, ok := h.Parent(g); ok; up, ok = h.Parent(up) {
		if b, err := r.file(up, file); err == nil && string(b) == "1\n" {
			outermost = up.Path.Raw()
		}
	}
	if b, err := r.file(g, "freezer.parent_freezing"); outermost == "" && err == nil && string(b) == "1\n" {
		return "further out than bones can see from here,"
	}
	return outermost
}

// areFrozen says which groups are frozen on their own.
func areFrozen(paths []string) string {
	if len(paths) == 1 {
		return fmt.Sprintf("the group %s below is frozen on its own; thaw cgroup:%[1]s", text.Line(paths[0]))
	}
	return fmt.Sprintf("%d groups below are frozen on their own, %s among them; thaw each, as cgroup:%[2]s", len(paths),
		text.Line(paths[0]))
}

// namedPIDs says how many processes there are, and names some: "PID 12", "7 processes (PID 12, 13, 14, 15, 16, ...)".
func namedPIDs(pids map[int]bool) string {
	const named = 5
	var names []string
	hidden := 0
	for _, pid := range slices.Sorted(maps.Keys(pids)) {
		switch {
		case pid == 0:
			hidden++
		case len(names) < named:
			names = append(names, strconv.Itoa(pid))
		}
	}
	switch {
	case len(names) == 0:
		return "processes of pid namespaces that are not seen from here"
	case len(pids) == 1:
		return "PID " + names[0]
	case len(pids)-hidden > named:
		names = append(names, "...")
	}
	return fmt.Sprintf("%d processes (PID %s)", len(pids), strings.Join(names, ", "))
}
