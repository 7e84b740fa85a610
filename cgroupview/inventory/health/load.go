package health

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
)

// tasks finds limits of processes and threads that are nearly reached, or were.
func (j *judge) tasks(sub Subject, t *track) {
	var worst *counters.TaskLevel
	fullest := -1.0
	for i := range t.use.Counters.Tasks {
		l := &t.use.Counters.Tasks[i]
		switch {
		case l.Limit.Err != nil:
			j.cannot(ruleTasks, sub, l.Limit.Err)
			continue
		case l.Limit.Unlimited:
			continue
		case l.Used.Err != nil:
			j.cannot(ruleTasks, sub, l.Used.Err)
			continue
		}
		// A limit of 0 is full with whatever there is.
		if share := float64(l.Used.Value) / float64(max(l.Limit.Value, 1)); share > fullest {
			worst, fullest = l, share
		}
	}
	if len(t.use.Counters.Tasks) == 0 {
		j.cannot(ruleTasks, sub, cgroupview.ErrUnsupported)
	}
	if worst != nil {
		if f := j.find(ruleTasks, sub, fullest); f != nil {
			f.Group, f.File = worst.Group.Dir, worst.Limit.File
			f.Evidence = []string{fmt.Sprintf("%d of %d tasks in %s, by %s; threads count too", worst.Used.Value,
				worst.Limit.Value, worst.Group.Path, worst.Limit.File)}
			f.ByHand = []string{fileCommand(worst.Group, "pids.current"), fileCommand(worst.Group, worst.Limit.File)}
			f.Helps = moreTasks(sub, t, worst)
		}
	}
	j.refused(sub, t)
}

// where is the TARGET whose limit is that of a level: the subject, of whose group it is or of one below, or a group
// around it.
func where(sub Subject, own, level *cgroupview.Group) string {
	if own != nil && (sameGroup(level, own) || strings.HasPrefix(level.Path.Raw(), own.Path.Raw()+"/")) {
		return word(sub)
	}
	return effect.Command("cgroup:" + level.Path.Raw())
}

// moreTasks says how to let a level have more tasks. One that has no limit any more is not told to get one.
func moreTasks(sub Subject, t *track, l *counters.TaskLevel) []string {
	search := "a search for what starts so many: bones ps -L " + word(sub)
	if l.Limit.Err != nil || l.Limit.Unlimited {
		return []string{search}
	}
	return []string{fmt.Sprintf("bones set %s pids=%d", where(sub, t.use.Groups.With("pids"), l.Group),
		max(64, l.Limit.Value+l.Limit.Value/2)), "or " + search}
}

// refused finds processes and threads that could not be started.
func (j *judge) refused(sub Subject, t *track) {
	var at *counters.TaskLevel
	for i := range t.use.Counters.Tasks {
		l := &t.use.Counters.Tasks[i]
		if l.Refused.Err != nil {
			j.cannot(ruleRefused, sub, l.Refused.Err)
			continue
		}
		if at == nil && l.Refused.Value > 0 {
			at = l
		}
	}
	if at == nil {
		return
	}
	f := j.find(ruleRefused, sub, float64(at.Refused.Value))
	if f == nil {
		return
	}
	f.Group, f.File = at.Group.Dir, "pids.events"
	f.Evidence = []string{plural(at.Refused.Value, "fork was refused", "forks were refused") + " in " +
		at.Group.Path.String() + " since it was made (max of pids.events)"}
	if g := &t.refuse; g.n > 0 {
		g.tell(f)
	}
	f.ByHand = []string{fileCommand(at.Group, "pids.events"), fileCommand(at.Group, "pids.max")}
	if l := at.Limit; l.Err == nil && l.Unlimited {
		f.Evidence = append(f.Evidence, "it has no limit any more")
	} else if l.Err == nil {
		f.Evidence = append(f.Evidence, fmt.Sprintf("the limit is %d now", l.Value))
	}
	f.Helps = moreTasks(sub, t, at)
}

// throttled finds the level whose quota keeps processes from running most often.
func (j *judge) throttled(sub Subject, t *track) {
	c := t.use.Counters
	if c.CPUErr != nil {
		j.cannot(ruleThrottled, sub, c.CPUErr)
	}
	var worst *cgroupview.Throttle
	share, said := -1.0, ""
	for i := range c.CPU {
		now := &c.CPU[i]
		if s, words, ok := t.throttle(now); ok && s > share {
			worst, share, said = now, s, words
		}
	}
	if worst == nil {
		return
	}
	f := j.find(ruleThrottled, sub, share)
	if f == nil {
		return
	}
	l := t.use.Sample.CPULimit
	quota, at := "a quota", where(sub, t.use.Groups.With("cpu"), worst.Group)
	f.Helps = []string{"a higher quota: bones set " + at + " cpus=NUMBER"}
	if l.Err == nil && !l.Unlimited && l.From != nil && sameGroup(l.From, worst.Group) {
		quota = "the quota of " + processors(l.Value)
		f.Helps = []string{"bones set " + at + " cpus=" + decimal(l.Value+max(l.Value/2, 100))}
	}
	f.Group, f.File = worst.Group.Dir, cgroupview.QuotaFile(worst.Group.Hierarchy)
	f.Evidence = []string{fmt.Sprintf("%s, by %s of %s", said, quota, worst.Group.Path)}
	f.ByHand = []string{fileCommand(worst.Group, "cpu.stat"), fileCommand(worst.Group, f.File)}
	f.Helps = append(f.Helps, "or fewer threads that run at once: a quota is used up the sooner the more there are")
}

// throttle is the share of periods in which a level's quota was used up: between the moments, or where there were too
// few since the group was made.
func (t *track) throttle(now *cgroupview.Throttle) (share float64, said string, ok bool) {
	periods, times, waited := now.Periods, now.Times, now.Waited
	if b, have := t.before(); have {
		for _, old := range b.counters.CPU {
			if sameGroup(old.Group, now.Group) && old.Periods <= now.Periods && old.Times <= now.Times &&
				now.Periods-old.Periods >= leastPeriods {
				periods, times = now.Periods-old.Periods, now.Times-old.Times
				waited -= min(waited, old.Waited)
				return float64(times) / float64(periods), fmt.Sprintf("in %d of %d periods of the last %s, %v in all", times,
					periods, duration(t.at().Sub(b.at)), micros(waited)), true
			}
		}
		return 0, "", false // too few periods: nothing wanted to run, and nothing was kept from it
	}
	if periods < leastEver {
		return 0, "", false
	}
	return float64(times) / float64(periods), fmt.Sprintf("in %d of %d periods since the group was made, %v in all",
		times,
		periods, micros(waited)), true
}

func micros(n uint64) time.Duration {
	return (time.Duration(n) * time.Microsecond).Round(time.Millisecond)
}

// processors writes thousandths of a processor.
func processors(milli uint64) string {
	if milli == 1000 {
		return "1 processor"
	}
	return decimal(milli) + " processors"
}

func decimal(milli uint64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%03d", milli/1000, milli%1000), "0"), ".")
}

// pressureRules are those of each resource.
var pressureRules = map[string]*Rule{"memory": ruleMemoryWait, "io": ruleIOWait, "cpu": ruleCPUWait}

// pressure finds tasks of a group that wait.
func (j *judge) pressure(sub Subject, t *track) {
	c := t.use.Counters
	if c.PressureErr != nil {
		for _, resource := range []string{"memory", "io", "cpu"} {
			j.cannot(pressureRules[resource], sub, c.PressureErr)
		}
		return
	}
	g := t.use.Groups.V2()
	for _, p := range c.Pressure {
		if p.Full || pressureRules[p.Resource] == nil { // of a recording, anybody's word
			continue
		}
		f := j.waiting(sub, p, c.Pressure)
		if f != nil && g != nil {
			f.Group, f.File = g.Dir, p.Resource+".pressure"
			f.ByHand = []string{fileCommand(g, f.File)}
		}
		if f != nil && p.Resource == "memory" {
			f.Helps = append(j.raise(sub, t), f.Helps...)
		}
	}
}

// waiting judges one line of pressure; all are the others of the same group.
func (j *judge) waiting(sub Subject, p spec.Pressure, all []spec.Pressure) *Finding {
	f := j.find(pressureRules[p.Resource], sub, p.Avg10/100)
	if f == nil {
		return nil
	}
	f.Evidence = []string{fmt.Sprintf("some task waited for %s in %g %% of the last 10 s, %g %% of the last "+
		"minute, %g %% of 5 "+
		"minutes", resourceWord(p.Resource), p.Avg10, p.Avg60, p.Avg300)}
	for _, other := range all {
		if other.Full && other.Resource == p.Resource && other.Avg10 > 0 {
			f.Evidence = append(f.Evidence, fmt.Sprintf("all of them at once in %g %% of the last 10 s", other.Avg10))
		}
	}
	show := "bones ps " + word(sub)
	if sub.Kind == Host {
		show = "bones stats"
	}
	switch p.Resource {
	case "memory":
		f.Helps = []string{"more memory, or less work at a time: what waits here fetches pages back that were given away"}
	case "io":
		f.Helps = []string{"less that reads and writes at once: " + show + " shows who; a faster disk"}
	default:
		f.Helps = []string{"a higher quota or weight, or less that runs at once: " + show + " shows who"}
	}
	return f
}

func resourceWord(resource string) string {
	return map[string]string{"cpu": "a processor", "memory": "memory", "io": "a disk"}[resource]
}

// swap finds memory that is in swap.
func (j *judge) swap(sub Subject, t *track) {
	swap, used := t.use.Counters.Swap, t.use.Sample.Memory
	switch {
	case swap.Err != nil:
		j.cannot(ruleSwap, sub, swap.Err)
		return
	case used.Err != nil:
		j.cannot(ruleSwap, sub, used.Err)
		return
	case swap.Value < leastSwap:
		return
	}
	f := j.find(ruleSwap, sub, float64(swap.Value)/float64(swap.Value+used.Value))
	if f == nil {
		return
	}
	f.Evidence = []string{fmt.Sprintf("%s in swap, beside %s in memory", spec.Size(swap.Value), spec.Size(used.Value))}
	if g := t.use.Groups.With("memory"); g != nil {
		f.Group, f.File = g.Dir, "memory.swap.current"
		if g.Hierarchy.Version == 1 {
			f.File = "memory.stat"
		}
		f.ByHand = []string{fileCommand(g, f.File)}
	}
	f.Helps = append(j.raise(sub, t), "more memory; what is in swap comes back only when it is used")
}

// thrash finds groups that read their memory from the disk again and again.
func (j *judge) thrash(sub Subject, t *track) {
	now := t.use.Counters.MajorFaults
	b, ok := t.before()
	switch {
	case now.Err != nil:
		j.cannot(ruleThrash, sub, now.Err)
		return
	case !ok || t.at().Sub(b.at) < leastSpan:
		j.cannot(ruleThrash, sub, errTwo)
		return
	case b.counters.MajorFaults.Err != nil || b.counters.MajorFaults.Value > now.Value:
		return
	}
	span := t.at().Sub(b.at)
	f := j.find(ruleThrash, sub, float64(now.Value-b.counters.MajorFaults.Value)/span.Seconds())
	if f == nil {
		return
	}
	f.Evidence = []string{fmt.Sprintf("%d major page faults in the last %s", now.Value-b.counters.MajorFaults.Value,
		duration(span))}
	if g := t.use.Groups.With("memory"); g != nil {
		f.Group, f.File = g.Dir, "memory.stat"
		f.ByHand = []string{"watch -d " + fileCommand(g, "memory.stat")}
	}
	f.Helps = append(j.raise(sub, t), "more memory: programs and files that are in use do not fit into what there is")
}

// raise is the command that gives a group more memory, where it is short of that because of its limit, with the page
// cache counted; nothing where the limit is far, and the host's memory is what is short.
func (j *judge) raise(sub Subject, t *track) []string {
	l, used := t.use.Sample.MemoryLimit, t.use.Sample.MemoryUsage
	if l.Known() != nil || l.Unlimited || l.From == nil || used.Err != nil ||
		float64(used.Value) < atLimit*float64(l.Value) {
		return nil
	}
	return j.waysToRaise(sub, t, l.From, l)[:1]
}
