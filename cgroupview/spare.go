package cgroupview

import (
	"fmt"
	"os"
	"strings"

	"bones/procwalk/text"
)

// Ancestor is a process that bones was started from.
type Ancestor struct {
	PID    int
	Name   text.Text
	Groups Groups
}

// spare refuses what would stop or end bones, a process that it was started from, or PID 1. what is "killed" or
// "frozen".
func (h *FileSystem) spare(g *Group, a Surroundings, what string) error {
	switch {
	case a.Unplaced != nil:
		return fmt.Errorf("%s: bones cannot tell whether it would be %s too: %w", a.Name, what, a.Unplaced)
	case Contains(g, a.Own):
		return fmt.Errorf("%s: bones is in that group, and would be %s too", a.Name, what)
	case Contains(g, a.Init):
		return fmt.Errorf("%s: PID 1 is in that group, and would be %s too", a.Name, what)
	}
	for _, p := range a.Ancestors {
		if Contains(g, p.Groups) {
			return ancestorInside(a, p, what)
		}
	}
	if a.places(g.Hierarchy) && !strings.HasPrefix(g.Path.Raw(), "/..") {
		return nil
	}
	// The path of our own group does not tell, as in a cgroup namespace that shows a group from outside: look who is in
	// it.
	theirs, err := h.members(g)
	switch {
	case err != nil:
		return err
	case theirs[os.Getpid()]:
		return fmt.Errorf("%s: bones is in that group, and would be %s too", a.Name, what)
	case theirs[1]:
		return fmt.Errorf("%s: PID 1 is in that group, and would be %s too", a.Name, what)
	}
	for _, p := range a.Ancestors {
		if theirs[p.PID] {
			return ancestorInside(a, p, what)
		}
	}
	return nil
}

func ancestorInside(a Surroundings, p Ancestor, what string) error {
	return fmt.Errorf("%s: PID %d (%s), from which bones was started, is in that group, and would be %s too", a.Name,
		p.PID, p.Name, what)
}

// places reports whether it is known which group of a hierarchy bones is in.
func (a Surroundings) places(in *Hierarchy) bool {
	for _, g := range a.Own.List {
		if g.Hierarchy.String() == in.String() {
			return true
		}
	}
	return false
}
