package inventory

import (
	"time"

	"bones/cgroupview"
	"bones/procwalk"
)

// A sandbox seldom has a control group of its own: a browser's two dozen share one with the desktop around them. What
// that group uses is not what the sandbox uses, so its own processes are added up instead.

// addOwn fills in what no group of the sandbox's own tells. Memory is the sum of what its processes have in RAM: pages
// that they share count for each of them.
func addOwn(u *Usage, s *procwalk.Snapshot) {
	if !u.Sandbox() {
		return
	}
	var memory, tasks, ticks uint64
	for _, pid := range u.PIDs {
		if p := s.Find(pid); p != nil {
			memory += p.RSS * s.Host.PageSize
			tasks += uint64(max(p.NumThreads, 0))
			ticks += p.UTime + p.STime
		}
	}
	if u.Sample.Time.IsZero() {
		u.Sample.Time = s.Taken
	}
	if u.Groups.With("memory") == nil && s.Host.PageSize > 0 {
		u.Sample.Memory = cgroupview.Reading{Value: memory}
	}
	if u.Groups.With("pids") == nil {
		u.Sample.PIDs = cgroupview.Reading{Value: tasks}
	}
	if u.Sample.CPU.Err != nil && s.Host.TicksPerSec > 0 {
		u.Sample.CPU = cgroupview.Reading{Value: uint64(s.Host.Ticks(ticks) / time.Microsecond)}
		u.Sample.Time = s.Taken // when the ticks were counted
	}
}
