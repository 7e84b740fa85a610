package procwalk

// Given says what a Batch filled in of a row beside Stat, and what allows to tell whether the rest is as it was.
type Given struct {
	Has   Want
	Named bool // Stat.Comm is whole; else /proc/PID/comm has it
	// Image is another after an exec, or when the arguments are elsewhere in the memory: the command line may be new.
	Image [3]uint64
	// Groups stands for the control groups: processes that have the same number in one Batch are in the same ones.
	// 0: not known.
	Groups uint64
	// Ran is the processor time of all threads, ended ones included, in nanoseconds, as of when each stopped running; 0:
	// not known. Pages changes when the resident size does by more than some tens of pages.
	Ran, Pages uint64
}

// Asleep reports whether a process has not run since was was given, and nobody has taken memory away from it either.
// Of one that is running, the time is that of the last tick.
func (g *Given) Asleep(was *Given, old, now byte) bool {
	return g.Ran != 0 && g.Ran == was.Ran && g.Pages == was.Pages && g.Image == was.Image && old == now && now != 'R'
}

// same fills in what the batch before gave, which still holds. False says that it is not in the row that is kept.
func (wk *worker) same(row *Process, was *Given) bool {
	old, want := wk.old, wk.pass.want
	if was.Has == 0 || want&was.Has&WantBrief != 0 && (old.Status == nil || old.Status.Err != nil) ||
		want&was.Has&WantNS != 0 && old.NS == nil {
		return false
	}
	row.Stat = old.Stat
	if want&was.Has&WantBrief != 0 {
		row.Status = old.Status
	}
	if want&was.Has&WantNS != 0 {
		row.NS = old.NS
	}
	return true
}
