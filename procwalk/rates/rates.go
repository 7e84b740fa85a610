// Package rates tells what processes used between two snapshots.
package rates

import "bones/procwalk"

// Rate is what a process used between two snapshots, per second.
type Rate struct {
	CPU        float64 // processors: 1 is one processor fully used, all threads together
	ReadBytes  float64 // bytes fetched from storage
	WriteBytes float64 // bytes sent towards storage
	HasIO      bool    // both snapshots could read /proc/PID/io
}

// Of computes, for each row of now, the rate since old. known is false for a process that old does not have, or
// where no time has passed; the rate is nothing then, rather than 0.
//
// The counters of CPU time go in steps of one clock tick: over an interval of 1 s a rate is exact to 1 %.
func Of(old, now *procwalk.Snapshot) (rates []Rate, known []bool) {
	rates, known = make([]Rate, len(now.Processes)), make([]bool, len(now.Processes))
	if old == nil {
		return rates, known
	}
	seconds := (now.Uptime - old.Uptime).Seconds()
	if seconds <= 0 {
		return rates, known
	}
	hz := float64(now.Host.TicksPerSec)
	i := 0
	for j := range now.Processes {
		p := &now.Processes[j]
		for i < len(old.Processes) && old.Processes[i].PID < p.PID {
			i++
		}
		if i == len(old.Processes) || old.Processes[i].PID != p.PID || old.Processes[i].StartTime != p.StartTime {
			continue
		}
		q := &old.Processes[i]
		known[j] = true
		rates[j].CPU = since(q.UTime+q.STime, p.UTime+p.STime) / hz / seconds
		if q.IO != nil && p.IO != nil && q.IO.Err == nil && p.IO.Err == nil {
			rates[j].HasIO = true
			rates[j].ReadBytes = since(q.IO.ReadBytes, p.IO.ReadBytes) / seconds
			rates[j].WriteBytes = since(q.IO.WriteBytes, p.IO.WriteBytes) / seconds
		}
	}
	return rates, known
}

// since is the growth of a counter. The kernel's sum over threads may step back by a tick: that is no growth.
func since(old, now uint64) float64 {
	if now < old {
		return 0
	}
	return float64(now - old)
}
