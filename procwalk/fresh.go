package procwalk

import "slices"

// Fresh says what a Source that keeps between snapshots what seldom changes reads anew for this one, although nothing
// about a process suggests that it changed: whoever sets its own title, changes its user or is moved to another group
// does so without an exec.
type Fresh struct {
	All  Want  // of every process
	PIDs []int // of these everything; in ascending order, and never written to again
}

// Of returns which parts of what is wanted must be as of now for one process.
func (f *Fresh) Of(pid int, want Want) Want {
	if len(f.PIDs) > 0 {
		if _, ok := slices.BinarySearch(f.PIDs, pid); ok {
			return want
		}
	}
	return want & (f.All | WantIO)
}
