// Package surroundings gathers what an effect on control groups must know of the host.
package surroundings

import (
	"os"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/procroot"
	"bones/procwalk/text"
)

// GroupsOf returns the groups that a process itself is in.
func GroupsOf(h *cgroupview.FileSystem, p *procwalk.Process) cgroupview.Groups {
	if p == nil || p.Cgroups == nil {
		return cgroupview.Groups{}
	}
	lines := make([]container.CgroupLine, 0, len(p.Cgroups.Lines))
	lines = append(lines, p.Cgroups.Lines...)
	return h.Groups(lines)
}

// Of is what an effect on control groups must know of this host: which groups bones itself and PID 1 are
// in, and how much memory there is. chain is what the target belongs to, and name what it is called.
func Of(h *cgroupview.FileSystem, s *procwalk.Snapshot, chain container.Chain,
	name text.Text) cgroupview.Surroundings {
	var unplaced error
	if s.Host.OwnPID() == 0 {
		unplaced = procroot.ErrStranger
	}
	return cgroupview.Surroundings{
		Unplaced: unplaced, Chain: chain, Name: name, PageSize: os.Getpagesize(), Total: s.Host.MemTotal,
		Own: GroupsOf(h, s.Find(s.Host.OwnPID())), Init: GroupsOf(h, s.Find(1)), Ancestors: Ancestors(h, s),
	}
}

// Ancestors are the processes that bones was started from, without PID 1, and their groups.
func Ancestors(h *cgroupview.FileSystem, s *procwalk.Snapshot) []cgroupview.Ancestor {
	var list []cgroupview.Ancestor
	seen := map[int]bool{}
	for p := s.Find(s.Host.OwnPID()); p != nil && p.PPID > 1 && !seen[p.PPID]; {
		seen[p.PPID] = true
		if p = s.Find(p.PPID); p != nil {
			list = append(list, cgroupview.Ancestor{PID: p.PID, Name: p.Comm, Groups: GroupsOf(h, p)})
		}
	}
	return list
}
