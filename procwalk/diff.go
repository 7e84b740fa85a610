package procwalk

// Diff is what happened to the process table between two snapshots, by identity.
type Diff struct {
	Started []ID // in the later one only
	Ended   []ID // in the earlier one only
	Changed []ID // in both, with another name, parent, group, session, terminal, user or command line
}

// NewDiff compares two snapshots of the same host in O(n). A PID whose start time differs is one ended and one
// started process.
func NewDiff(old, now *Snapshot) Diff {
	var d Diff
	i, j := 0, 0
	for i < len(old.Processes) || j < len(now.Processes) {
		switch {
		case j == len(now.Processes) || i < len(old.Processes) && old.Processes[i].PID < now.Processes[j].PID:
			d.Ended = append(d.Ended, old.Processes[i].ID())
			i++
		case i == len(old.Processes) || now.Processes[j].PID < old.Processes[i].PID:
			d.Started = append(d.Started, now.Processes[j].ID())
			j++
		default:
			a, b := &old.Processes[i], &now.Processes[j]
			if a.StartTime != b.StartTime {
				d.Ended = append(d.Ended, a.ID())
				d.Started = append(d.Started, b.ID())
			} else if differs(a, b) {
				d.Changed = append(d.Changed, b.ID())
			}
			i++
			j++
		}
	}
	return d
}

func differs(a, b *Process) bool {
	if a.Comm != b.Comm || a.PPID != b.PPID || a.PGRP != b.PGRP || a.Session != b.Session || a.TTYNr != b.TTYNr {
		return true
	}
	if a.Status != nil && b.Status != nil && a.Status.EUID != b.Status.EUID {
		return true
	}
	return a.Cmdline != nil && b.Cmdline != nil && a.Cmdline.Raw != b.Cmdline.Raw
}
