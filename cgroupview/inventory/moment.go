package inventory

import (
	"context"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/virt/machines"
)

// Moment is all that is known of one host at one time. It is never changed after it is made, so that views, tables,
// metrics and recordings can all stand on the same one. What was not asked for is nil.
type Moment struct {
	Machine   *detail.HostFacts  // how busy the whole machine is
	Snapshot  *procwalk.Snapshot // the process table; never nil
	Inventory *Inventory         // the containers of Snapshot
	// InventoryErr says why Inventory is nil although it was asked for.
	InventoryErr error
	// Usage is what the containers use, in the order of Inventory.List, or of the TARGETs that were asked for.
	Usage []Usage
	// Units is what systemd's services and slices use, in the form of containers: see Units.
	Units []Usage
	// Guests are the processes that are virtual machines; MoreGuests says that not all that could be were looked into.
	Guests     []machines.GuestProcess
	MoreGuests bool
	// UsageErr says why the Groups and Samples of Usage are empty: no control group can be read here.
	UsageErr error
	// Trouble is what else tells that the host is in trouble.
	Trouble *Trouble
}

// Usage is what one container uses at one moment.
type Usage struct {
	*Container
	Process *procwalk.Process // that backs the container
	Groups  cgroupview.Groups // the container's own
	Sample  cgroupview.Sample
	// Counters are what the kernel counts of trouble; nil: nobody asked, or no group can be read.
	Counters *counters.Counters
}

// UsageOf returns what a container used at this moment, nil if that is not known. key is its Container.Key.
func (m *Moment) UsageOf(key string) *Usage {
	if m == nil {
		return nil
	}
	for i := range m.Usage {
		if m.Usage[i].Key == key {
			return &m.Usage[i]
		}
	}
	for i := range m.Units {
		if m.Units[i].Key == key {
			return &m.Units[i]
		}
	}
	return nil
}

// Ask says what a Moment must hold beside the process table.
type Ask struct {
	Want procwalk.Want // of each process
	// Fresh is what must be as of now, of a source that keeps between moments what seldom changes.
	Fresh      procwalk.Fresh
	Machine    bool
	Containers bool
	Usage      bool // implies Containers
	Services   bool // also Moment.Units; implies Usage
	Guests     bool // also Moment.Guests
	Trouble    bool // also the counters of Usage, and Moment.Trouble; implies Machine and Usage
	// Targets limits Usage to the containers that these TARGETs name, in that order; none: all of them. One that names no
	// container is a TargetError.
	Targets []string
}

// Source gives one Moment after another: of this host as it is, of a recording, or of another host. It is for one
// goroutine at a time.
type Source interface {
	Moment(ctx context.Context, ask Ask) (*Moment, error)
}

// CPUPercent returns how much processor time a container took between two moments, in percent of one processor. ok is
// false where that cannot be told: it was not there before, or another process backs it now.
func CPUPercent(before, now *Usage) (percent float64, ok bool) {
	if before == nil || now == nil || before.Process.ID() != now.Process.ID() {
		return 0, false
	}
	return cgroupview.CPUPercent(before.Sample, now.Sample)
}

// CPUSinceStart returns the average since the process that backs the container started, in percent of one processor,
// as ps counts it for a process.
func (u *Usage) CPUSinceStart(s *procwalk.Snapshot) (percent float64, ok bool) {
	age := s.Uptime - s.Host.Ticks(u.Process.StartTime)
	if u.Sample.Time.IsZero() || u.Sample.CPU.Err != nil || age <= 0 {
		return 0, false
	}
	return float64(u.Sample.CPU.Value) / 1e6 / age.Seconds() * 100, true
}

// MachineBusy returns the share of all processors that was busy between two moments, 0 to 1.
//
// Source: proc_stat(5). Guest time is part of user time already.
func MachineBusy(before, now *detail.HostFacts) (share float64, ok bool) {
	if before == nil || now == nil || before.CPU.Err != nil || now.CPU.Err != nil {
		return 0, false
	}
	busy := func(f *detail.HostFacts) float64 {
		c := &f.CPU.Value
		return c.User + c.Nice + c.System + c.IRQ + c.SoftIRQ + c.Steal
	}
	all := func(f *detail.HostFacts) float64 { return busy(f) + f.CPU.Value.Idle + f.CPU.Value.Iowait }
	span := all(now) - all(before)
	if span <= 0 {
		return 0, false
	}
	return min(max((busy(now)-busy(before))/span, 0), 1), true
}
