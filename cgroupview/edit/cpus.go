package edit

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
)

// With version 1 a number of processors is a quota and a period, in two files, and the kernel looks at the ratio of
// the two with each write: a group may not have more than the one around it, nor less than those below it.
//
// Source: kernel/sched/core.c, tg_cfs_schedulable_down.
const (
	quotaV1  = "cpu.cfs_quota_us"
	periodV1 = "cpu.cfs_period_us"
)

// periodOf reads the period of a group of version 1.
func periodOf(g *cgroupview.Group) string {
	s, err := value(cgroupview.NewFileSystem(g.Hierarchy), g, periodV1)
	if err != nil {
		return ""
	}
	return s
}

// periods makes changes of quotas that were counted for the ordinary period right for the one that each group has. As
// a rule that period stays, and one write does it. Where it is so short that the quota would be too small, the period
// is changed as well, in the order in which the ratio between the two writes is the smaller one: it is never above
// what was there before and what will be there.
func (e *Edit) periods(changes []Change) ([]Change, error) {
	var list []Change
	for _, c := range changes {
		n, err := strconv.ParseUint(c.New, 10, 63)
		if c.File != quotaV1 || err != nil {
			list = append(list, c)
			continue
		}
		old, err := value(e.host, c.Group, periodV1)
		if err != nil {
			return nil, err
		}
		period := amount(old)
		if scaled := n * period; period <= 1000000 && scaled%spec.CPUPeriod == 0 &&
			scaled/spec.CPUPeriod >= spec.LeastQuota {
			c.New = strconv.FormatUint(scaled/spec.CPUPeriod, 10)
			list = append(list, c)
			continue
		}
		p := Change{Group: c.Group, File: periodV1, Old: old, Asked: c.Asked, New: strconv.Itoa(spec.CPUPeriod)}
		was := amount(c.Old)
		if was == noLimit || was*period < n*spec.CPUPeriod { // was/CPUPeriod < n/period
			list = append(list, p, c)
		} else {
			list = append(list, c, p)
		}
	}
	return list, nil
}

// quota is what a group of version 1 may use once the edit is done, in thousandths of a processor.
func (e *Edit) quota(g *cgroupview.Group) uint64 {
	milli, unlimited, err := spec.ParseQuota(e.planned(g, quotaV1), e.planned(g, periodV1))
	if err != nil || unlimited {
		return noLimit
	}
	return milli
}

// planned is what a file will hold once the edit is done; empty if it cannot be read.
func (e *Edit) planned(g *cgroupview.Group, file string) string {
	if i := e.at(g, file); i >= 0 {
		return e.changes[i].New
	}
	s, err := value(e.host, g, file)
	if err != nil {
		return ""
	}
	return s
}

// againstQuota is why the kernel would refuse a quota of version 1; nil if it would not.
func (e *Edit) againstQuota(c Change) error {
	if c.Group.Hierarchy.Version != 1 {
		return nil
	}
	wanted := e.quota(c.Group)
	for up, ok := e.host.Parent(c.Group); ok && wanted != noLimit; up, ok = e.host.Parent(up) {
		if outer := e.quota(up); outer < wanted {
			return fmt.Errorf("%s of %s: that would be %s, and the group %s around it has %s: cgroup v1 allows no more below "+
				"it; set that first", c.File, c.Group.Path, Amount(cgroupview.CPU, wanted), up.Path, Amount(cgroupview.CPU, outer))
		}
	}
	below, err := e.host.Quotas(c.Group)
	if err != nil {
		return nil // the kernel will say
	}
	for _, l := range below {
		if inner := e.quota(l.Group); inner != noLimit && inner > wanted {
			return fmt.Errorf("%s of %s: that would be %s, and the group %s below it has %s: cgroup v1 allows no less above "+
				"it; set that first", c.File, c.Group.Path, Amount(cgroupview.CPU, wanted), l.Group.Path,
				Amount(cgroupview.CPU, inner))
		}
	}
	return nil
}

// against is what stands against an edit, where the kernel would only say EINVAL.
func (e *Edit) against() error {
	for _, c := range e.changes {
		var err error
		switch {
		case c.File == quotaV1 || c.File == periodV1:
			if err = e.againstQuota(c); err == nil {
				err = e.againstBurst(c, quotaV1, "cpu.cfs_burst_us")
			}
		case c.File == "cpu.max" || c.File == "cpu.max.burst":
			err = e.againstBurst(c, "cpu.max", "cpu.max.burst")
		case c.File == "cpu.cfs_burst_us":
			err = e.againstBurst(c, quotaV1, "cpu.cfs_burst_us")
		case slices.Contains(weights, c.File):
			err = e.againstWeight(c)
		case c.File == andSwapV1:
			if memory := e.planned(c.Group, memoryV1); memory != "" && amount(c.New) < amount(memory) {
				err = fmt.Errorf("%s: %s is less than the limit of memory alone, which is %s (%s): lower that as well",
					c.File, c.New, memory, memoryV1)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// againstBurst refuses a quota below the burst that goes with it.
//
// Source: kernel/sched/core.c, tg_set_cfs_bandwidth.
func (e *Edit) againstBurst(c Change, quota, burst string) error {
	limit, _, _ := strings.Cut(e.planned(c.Group, quota), " ")
	saved := e.planned(c.Group, burst)
	if limit == "" || saved == "" || amount(limit) == noLimit || amount(saved) <= amount(limit) {
		return nil
	}
	if c.File == burst {
		return fmt.Errorf("%s: %s µs is more than the quota, which is %s µs in each period (%s)", c.File, saved, limit,
			quota)
	}
	return fmt.Errorf("%s: a quota of %s µs is less than the burst that is allowed, %s µs (%s): lower that first, or in "+
		"the same command", c.File, limit, saved, burst)
}

// againstWeight refuses a weight of a group that has none, and two values for one.
//
// Source: kernel/sched/fair.c, sched_group_set_shares: EINVAL for an idle group.
func (e *Edit) againstWeight(c Change) error {
	for _, other := range weights {
		if other != c.File && e.at(c.Group, other) >= 0 {
			return fmt.Errorf("%s and %s are one value in two forms: set one of them", c.File, other)
		}
	}
	if e.planned(c.Group, "cpu.idle") == "1" {
		return fmt.Errorf("%s: cpu.idle of the group is 1, and an idle group has no weight; set cpu.idle=0 as well", c.File)
	}
	return nil
}
