package health

import (
	"fmt"

	"bones/cgroupview"
	"bones/cgroupview/spec"

	"github.com/prometheus/procfs"
)

// host judges what is about the host as a whole.
func (j *judge) host(sub Subject) {
	j.out.Judged++
	j.hostMemory(sub)
	j.hostSwap(sub)
	j.hostPressure(sub)
	t := j.m.Trouble
	if t == nil {
		j.cannot(ruleThrash, sub, errNoFile)
		j.cannot(ruleHostOOM, sub, errNoFile)
		return
	}
	if t.VM.Err != nil {
		j.cannot(ruleThrash, sub, t.VM.Err)
		j.cannot(ruleHostOOM, sub, t.VM.Err)
		return
	}
	j.hostKills(sub)
	j.hostThrash(sub)
}

func (j *judge) hostMemory(sub Subject) {
	available, total, err := memoryOf(j.m)
	if err != nil {
		j.cannot(ruleHostMemory, sub, err)
		return
	}
	if f := j.find(ruleHostMemory, sub, float64(available)/float64(total)); f != nil {
		f.Evidence = []string{fmt.Sprintf("%s of %s available, the page cache that can be given away included",
			spec.Size(available),
			spec.Size(total))}
		f.ByHand = []string{"grep MemAvailable /proc/meminfo"}
		f.Helps = []string{"bones stats shows which containers use the most; bones ps --aux --sort -rss which processes",
			"limits, so that one cannot take it from all others"}
	}
}

func (j *judge) hostSwap(sub Subject) {
	if j.m.Machine == nil {
		j.cannot(ruleHostSwap, sub, errNoFile)
		return
	}
	m := j.m.Machine.Memory
	switch {
	case m.Err != nil:
		j.cannot(ruleHostSwap, sub, m.Err)
		return
	case m.Value.SwapTotalBytes == nil || m.Value.SwapFreeBytes == nil:
		j.cannot(ruleHostSwap, sub, cgroupview.ErrUnsupported)
		return
	case *m.Value.SwapTotalBytes == 0:
		return // there is none
	}
	total := *m.Value.SwapTotalBytes
	used := total - min(*m.Value.SwapFreeBytes, total)
	if f := j.find(ruleHostSwap, sub, float64(used)/float64(total)); f != nil {
		f.Evidence = []string{fmt.Sprintf("%s of %s of swap used", spec.Size(used), spec.Size(total))}
		f.ByHand = []string{"grep Swap /proc/meminfo", "swapon --show"}
		f.Helps = []string{"more memory, or limits for what uses the most: bones stats"}
	}
}

// hostPressure judges what tasks of the whole host wait for.
func (j *judge) hostPressure(sub Subject) {
	for _, resource := range []string{"memory", "io", "cpu"} {
		rule := pressureRules[resource]
		if j.m.Machine == nil {
			j.cannot(rule, sub, errNoFile)
			continue
		}
		p, ok := j.m.Machine.Pressure[resource]
		switch {
		case !ok:
			j.cannot(rule, sub, errNoFile)
			continue
		case p.Err != nil:
			j.cannot(rule, sub, p.Err)
			continue
		}
		lines := pressureLines(resource, p.Value)
		for _, line := range lines {
			if line.Full {
				continue
			}
			if f := j.waiting(sub, line, lines); f != nil {
				f.ByHand = []string{"cat /proc/pressure/" + resource}
			}
		}
	}
}

// pressureLines are the lines of a file of /proc/pressure as those of a group are read.
func pressureLines(resource string, p procfs.PSIStats) []spec.Pressure {
	var list []spec.Pressure
	for i, l := range []*procfs.PSILine{p.Some, p.Full} {
		if l != nil {
			list = append(list, spec.Pressure{Resource: resource, Full: i == 1, Avg10: l.Avg10, Avg60: l.Avg60,
				Avg300: l.Avg300, TotalMicros: l.Total})
		}
	}
	return list
}

// hostKills finds that the OOM killer was at work since the host was started, for whosever limit.
func (j *judge) hostKills(sub Subject) {
	now := vmKills(j.m.Trouble)
	if now.Err != nil {
		j.cannot(ruleHostOOM, sub, now.Err)
		return
	}
	f := j.find(ruleHostOOM, sub, float64(now.Value))
	if f == nil {
		return
	}
	f.ByHand = []string{"grep oom_kill /proc/vmstat", "dmesg -T | grep -i 'killed process'"}
	f.Evidence = []string{plural(now.Value, "process was killed", "processes were killed") +
		" since the host was started, " +
		"for its own memory or a limit of a group (oom_kill of /proc/vmstat)"}
	f.Helps = []string{"what the findings about containers advise; the kernel's log names the victims"}
	if g := &j.s.host.kills; g.n > 0 {
		g.tell(f)
	}
}

func (j *judge) hostThrash(sub Subject) {
	faults := j.m.Trouble.VM.Value.MajorFaults
	bases := j.s.host.bases
	if faults.Err != nil {
		j.cannot(ruleThrash, sub, faults.Err)
		return
	}
	span := j.m.Snapshot.Taken.Sub(bases[0].at)
	if len(bases) < 2 || span < leastSpan || bases[0].vm == nil || bases[0].vm.VM.Err != nil {
		j.cannot(ruleThrash, sub, errTwo)
		return
	}
	old := bases[0].vm.VM.Value.MajorFaults
	if old.Err != nil || old.Value > faults.Value {
		return
	}
	if f := j.find(ruleThrash, sub, float64(faults.Value-old.Value)/span.Seconds()); f != nil {
		f.Evidence = []string{fmt.Sprintf("%d major page faults in the last %s", faults.Value-old.Value, duration(span))}
		f.ByHand = []string{"vmstat 1", "grep -E 'pgmajfault|pswp' /proc/vmstat"}
		f.Helps = []string{"more memory, or limits: bones stats shows who uses the most"}
	}
}
