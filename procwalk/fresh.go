package procwalk

import "slices"

// Fresh says what a Fresher reads anew for each snapshot although nothing about a process suggests that it changed:
// whoever sets its own title, changes its user or is moved to another group does so without an exec.
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

// Fresher is a Source that keeps between snapshots what seldom changes, and can be told what must not be kept.
type Fresher interface {
	Source
	// SetFresh holds for all snapshots after it, until it is called again. It is for the goroutine that takes them.
	SetFresh(Fresh)
}

// SetFresh implements Fresher. A Walker that does not keep reads everything anew as it is.
func (w *Walker) SetFresh(f Fresh) { w.fresh = f }
