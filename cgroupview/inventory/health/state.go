package health

import (
	"fmt"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/inventory"
	"bones/cgroupview/spec"
	"bones/procwalk"
	"bones/procwalk/fault"
)

// frozen finds what somebody has frozen, and may have forgotten.
func (j *judge) frozen(sub Subject, t *track) {
	s := t.use.Sample
	if s.FrozenErr != nil {
		if !s.Frozen {
			j.cannot(ruleFrozen, sub, s.FrozenErr)
		}
		return
	}
	if !s.Frozen {
		return
	}
	seen := t.at().Sub(t.frozen)
	f := j.find(ruleFrozen, sub, seen.Seconds())
	if f == nil {
		return
	}
	f.Since = t.frozen
	f.Evidence = []string{"it was frozen at every moment looked at, over " + duration(seen) +
		"; since when before that the kernel does not tell"}
	if t.frozen.After(j.s.first) {
		f.Evidence = []string{fmt.Sprintf("frozen since %s, seen over %s", clock(t.frozen), duration(seen))}
	}
	f.Helps = []string{"bones thaw " + word(sub)}
	for _, c := range []struct{ controller, file string }{{"freezer", "freezer.state"}, {"", "cgroup.freeze"}} {
		g := t.use.Groups.V2()
		if c.controller != "" {
			g = t.use.Groups.With(c.controller)
		}
		if g != nil {
			f.Group, f.File = g.Dir, c.file
			f.ByHand = []string{fileCommand(g, c.file)}
			break
		}
	}
}

// noLimit finds what may use all memory of a host that has hardly any left.
func (j *judge) noLimit(sub Subject, t *track) {
	l := t.use.Sample.MemoryLimit
	if l.Known() != nil {
		j.cannot(ruleNoLimit, sub, l.Known())
		return
	}
	g := t.use.Groups.With("memory")
	if !l.Unlimited || g != nil && g.Path.Raw() == "/" {
		return
	}
	available, total, err := memoryOf(j.m)
	if err != nil {
		j.cannot(ruleNoLimit, sub, err)
		return
	}
	f := j.find(ruleNoLimit, sub, float64(available)/float64(total))
	if f == nil {
		return
	}
	used := "not known"
	if m := t.use.Sample.Memory; m.Err == nil {
		used = spec.Size(m.Value)
	}
	f.Evidence = []string{fmt.Sprintf("no limit up to the root, %s in use; the host has %s of %s available", used,
		spec.Size(available), spec.Size(total))}
	f.ByHand = []string{"grep MemAvailable /proc/meminfo"}
	if g != nil {
		f.Group, f.File = g.Dir, cgroupview.LimitFiles(g.Hierarchy.Version, cgroupview.Memory)[0]
		f.ByHand = append(f.ByHand, fileCommand(g, f.File))
	}
	if n, ok := t.recommended(); ok {
		f.Helps = []string{fmt.Sprintf("bones set %s memory=%s   the recorded peak and a quarter", word(sub), mebi(n))}
	} else {
		f.Helps = []string{fmt.Sprintf("a limit: bones set %s memory=SIZE; bones record finds out which, in some hours",
			word(sub))}
	}
}

// memoryOf is the host's memory that is available, and all of it, in bytes.
func memoryOf(m *inventory.Moment) (available, total uint64, err error) {
	switch {
	case m.Machine == nil:
		return 0, 0, errNoFile
	case m.Machine.Memory.Err != nil:
		return 0, 0, m.Machine.Memory.Err
	}
	v := m.Machine.Memory.Value
	if v.MemAvailableBytes == nil || v.MemTotalBytes == nil || *v.MemTotalBytes == 0 {
		return 0, 0, cgroupview.ErrUnsupported
	}
	return *v.MemAvailableBytes, *v.MemTotalBytes, nil
}

// maxNamed bounds how many processes one finding names.
const maxNamed = 8

// processes finds, among those of a subject, who was not reaped and who is blocked in the kernel.
func (j *judge) processes(sub Subject, in func(*procwalk.Process) bool) {
	byParent := map[int][]*procwalk.Process{}
	var parents []int
	var blocked []*procwalk.Process
	young := map[*Rule]int{}
	for _, p := range j.suspect {
		dead := zombie(p)
		if !in(p) {
			continue
		}
		was := j.s.lasting[p.ID()]
		long := j.m.Snapshot.Taken.Sub(was.since) >= leastSpan
		switch {
		case dead && !long:
			young[ruleZombies]++
		case dead:
			if byParent[p.PPID] == nil {
				parents = append(parents, p.PPID)
			}
			byParent[p.PPID] = append(byParent[p.PPID], p)
		case j.still[p.PID]: // it waits for nothing but to be thawed, as version 1 of the freezer has it
		case !long:
			young[ruleBlocked]++
		default:
			blocked = append(blocked, p)
		}
	}
	if j.s.moments < 2 {
		for _, r := range []*Rule{ruleZombies, ruleBlocked} {
			if n := young[r]; n > 0 {
				j.cannot(r, sub, fmt.Errorf("%w: %s such just now, which may be over at once", errTwo,
					plural(uint64(n), "process was", "processes were")))
			}
		}
	}
	for _, ppid := range parents {
		j.zombies(sub, ppid, byParent[ppid])
	}
	j.blocked(sub, blocked)
}

// frozenPIDs are the processes of containers that are frozen.
func (j *judge) frozenPIDs() map[int]bool {
	all := map[int]bool{}
	if len(j.suspect) == 0 {
		return all
	}
	for i := range j.m.Usage {
		if u := &j.m.Usage[i]; u.Sample.Frozen {
			for _, pid := range u.PIDs {
				all[pid] = true
			}
		}
	}
	for _, u := range j.s.extras {
		g := u.Groups.With("freezer")
		if g == nil {
			g = u.Groups.V2()
		}
		if !u.Sample.Frozen || g == nil {
			continue
		}
		for i := range j.m.Snapshot.Processes {
			if p := &j.m.Snapshot.Processes[i]; inGroups(p, []*cgroupview.Group{g}) {
				all[p.PID] = true
			}
		}
	}
	return all
}

func (j *judge) zombies(sub Subject, ppid int, list []*procwalk.Process) {
	f := j.find(ruleZombies, sub, float64(len(list)))
	if f == nil {
		return
	}
	parent := fmt.Sprintf("PID %d", ppid)
	if p := j.m.Snapshot.Find(ppid); p != nil {
		parent = fmt.Sprintf("PID %d (%s)", ppid, p.Comm)
	}
	var since time.Time
	for _, p := range list {
		if at := j.s.lasting[p.ID()].since; since.IsZero() || at.Before(since) {
			since = at
		}
	}
	f.Since = since
	f.Evidence = []string{fmt.Sprintf("%s reaps none of %s: %s", parent, plural(uint64(len(list)), "child that has ended",
		"children that have ended"), names(list))}
	f.ByHand = []string{fmt.Sprintf("ps -o pid,ppid,stat,comm --ppid %d", ppid)}
	f.Helps = []string{fmt.Sprintf("a parent that waits for its children: it is a mistake of %s; when it ends, "+
		"they go", parent)}
	if q := j.m.Snapshot.Find(ppid); q != nil && inventory.InsidePID(q) == 1 && ppid != 1 {
		f.Helps = append(f.Helps, "or an init in the container, which reaps whatever it gets (docker run --init)")
	}
}

func (j *judge) blocked(sub Subject, list []*procwalk.Process) {
	if len(list) == 0 {
		return
	}
	f := j.find(ruleBlocked, sub, float64(len(list)))
	if f == nil {
		return
	}
	waits := map[procwalk.ID]inventory.Blocked{}
	if j.m.Trouble != nil {
		for _, b := range j.m.Trouble.Blocked {
			waits[b.ID] = b
		}
	}
	for i, p := range list {
		since := j.s.lasting[p.ID()].since
		if f.Since.IsZero() || since.Before(f.Since) {
			f.Since = since
		}
		if i >= maxNamed {
			continue
		}
		where := "bones does not know where it waits"
		switch b, ok := waits[p.ID()]; {
		case ok && b.WhyNot != nil:
			where += ": " + fault.Line(b.WhyNot)
		case ok && b.WChan.Len() > 0:
			where = "in " + b.WChan.String()
		}
		f.Evidence = append(f.Evidence, fmt.Sprintf("PID %d (%s) for at least %s, %s", p.PID, p.Comm,
			duration(j.m.Snapshot.Taken.Sub(since)), where))
		f.ByHand = append(f.ByHand, fmt.Sprintf("cat /proc/%d/wchan /proc/%d/stack", p.PID, p.PID))
	}
	if n := len(list) - maxNamed; n > 0 {
		f.Evidence = append(f.Evidence, fmt.Sprintf("and %d more", n))
		f.ByHand = append(f.ByHand, "ps -eo pid,stat,wchan:32,comm | awk '$2 ~ /^D/'")
	}
	f.Helps = []string{"an answer of the disk, the file server or the driver that they wait for: no signal ends " +
		"them before"}
}

// names are those of processes, a few of them.
func names(list []*procwalk.Process) string {
	var words []string
	for i, p := range list {
		if i == maxNamed {
			words = append(words, fmt.Sprintf("and %d more", len(list)-i))
			break
		}
		words = append(words, fmt.Sprintf("%d (%s)", p.PID, p.Comm))
	}
	return strings.Join(words, ", ")
}

// inGroups reports whether a process is in one of some groups, or below it.
func inGroups(p *procwalk.Process, list []*cgroupview.Group) bool {
	if p.Cgroups == nil {
		return false
	}
	for _, l := range p.Cgroups.Lines {
		for _, g := range list {
			if !g.Hierarchy.Is(l.Controllers.Raw()) {
				continue
			}
			path := strings.TrimSuffix(g.Path.Raw(), "/")
			if l.Path.Raw() == g.Path.Raw() || strings.HasPrefix(l.Path.Raw(), path+"/") {
				return true
			}
		}
	}
	return false
}
