package health

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"path"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/spec"
	"bones/procwalk/effect"
	"bones/procwalk/text"
)

// Why there is no trend, and no recorded peak.
var (
	errNoTrend     = errors.New("a trend takes " + ruleFilling.Needs + ": --from shows a recording")
	errNoRecording = errors.New("it takes " + ruleAdvice.Needs + ": --from shows one")
)

// use judges the groups of a container, or of a process that is in none.
func (j *judge) use(sub Subject, t *track) {
	j.out.Judged++
	if t == nil {
		j.cannot(nil, sub, cmp.Or(j.m.UsageErr, errNoFile))
		return
	}
	if t.use.Counters == nil {
		j.cannot(nil, sub, cmp.Or(j.m.UsageErr, errNoFile))
	} else {
		j.oom(sub, t)
		j.nearLimit(sub, t)
		j.tasks(sub, t)
		j.throttled(sub, t)
		j.pressure(sub, t)
		j.swap(sub, t)
		j.thrash(sub, t)
	}
	j.filling(sub, t)
	j.frozen(sub, t)
	j.noLimit(sub, t)
	j.advice(sub, t)
	j.takenBack(sub, t)
}

// oom finds processes that were killed, and whose limit it was.
func (j *judge) oom(sub Subject, t *track) {
	c := t.use.Counters
	if c.Killed.Err != nil {
		j.cannot(ruleOOM, sub, c.Killed.Err)
		return
	}
	f := j.find(ruleOOM, sub, float64(c.Killed.Value))
	if f == nil {
		return
	}
	f.ByHand = []string{effect.Command("cat", c.KilledFile.Raw())}
	f.Evidence = append(f.Evidence, fmt.Sprintf("%s since the group was made (oom_kill of %s)",
		plural(c.Killed.Value, "process was killed", "processes were killed"), c.KilledFile))
	if g := &t.kills; g.n > 0 {
		g.tell(f)
	} else {
		f.Evidence = append(f.Evidence, "none between the moments looked at: when is in the kernel's log, or in a recording")
	}
	j.witnessed(f, t)
	limit := hitLevel(t)
	if limit == nil {
		f.Evidence = append(f.Evidence,
			"no limit of the group, or of those around it that count this, was reached: the host's "+
				"memory ran out, or a group that is not seen from here")
		f.ByHand = append(f.ByHand, "dmesg -T | grep -i 'killed process'")
		f.Helps = []string{"a limit for what uses the most memory on the host; bones health shows it"}
		return
	}
	f.Group, f.File = limit.Group.Dir, limit.Limit.File
	said := "it has no limit any more"
	if l := limit.Limit; l.Err == nil && !l.Unlimited {
		said = "now " + spec.Size(l.Value)
	}
	reached := fmt.Sprintf("the limit of %s was reached %s, counted by %s; %s", limit.Group.Path,
		plural(limit.Hits.Value, "time", "times"), limit.File, said)
	if limit.Full {
		reached = fmt.Sprintf("the limit of %s was reached: %s is as high; %s", limit.Group.Path, limit.File, said)
	}
	f.Evidence = append(f.Evidence, reached)
	f.ByHand = append(f.ByHand, fileCommand(limit.Group, limit.File), "dmesg -T | grep -i 'killed process'")
	f.Helps = append(f.Helps, j.waysToRaise(sub, t, limit.Group, limit.Limit)...)
}

// witnessed adds what events tell of the kills.
func (j *judge) witnessed(f *Finding, t *track) {
	for _, k := range j.s.seen {
		for _, g := range t.use.Groups.List {
			if k.Group != g.Path.Raw() && !strings.HasPrefix(k.Group, strings.TrimSuffix(g.Path.Raw(), "/")+"/") {
				continue
			}
			line := fmt.Sprintf("%s: PID %d (%s)", clock(k.Time), k.PID, k.Name)
			if k.Limit != "" {
				line += ", for the limit of " + text.Sanitise(k.Limit)
			}
			if k.Asked.Len() > 0 {
				line += ", as " + k.Asked.String() + " asked for memory"
			}
			f.Evidence = append(f.Evidence, line)
			break
		}
	}
}

// hitLevel is the level whose limit was reached: among those where it was between the moments, if there are any, the
// innermost one.
func hitLevel(t *track) *counters.MemoryLevel {
	levels := t.use.Counters.Memory
	old := map[*cgroupview.Group]uint64{}
	if b, ok := t.before(); ok && t.kills.n > 0 {
		for _, l := range b.counters.Memory {
			for i := range levels {
				if sameGroup(levels[i].Group, l.Group) {
					old[levels[i].Group] = l.Hits.Value
				}
			}
		}
		for i := range levels {
			if l := &levels[i]; l.Hits.Err == nil && l.Hits.Value > old[l.Group] {
				return l
			}
		}
	}
	for i := range levels {
		if l := &levels[i]; l.Full || l.Hits.Err == nil && l.Hits.Value > 0 {
			return l
		}
	}
	return nil
}

func sameGroup(a, b *cgroupview.Group) bool {
	return a == b || a.Path == b.Path && a.Ino == b.Ino && a.Hierarchy.String() == b.Hierarchy.String()
}

// nearLimit finds the level that is fullest of those that have a limit.
func (j *judge) nearLimit(sub Subject, t *track) {
	var worst *counters.MemoryLevel
	fullest := -1.0
	for i := range t.use.Counters.Memory {
		l := &t.use.Counters.Memory[i]
		switch {
		case l.Limit.Err != nil:
			j.cannot(ruleMemory, sub, l.Limit.Err)
			continue
		case l.Limit.Unlimited, l.Limit.Value == 0 || !j.binds(l.Limit.Value):
			continue
		case l.Used.Err != nil:
			j.cannot(ruleMemory, sub, l.Used.Err)
			continue
		}
		if share := float64(l.Used.Value) / float64(l.Limit.Value); share > fullest {
			worst, fullest = l, share
		}
	}
	if worst == nil {
		return
	}
	f := j.find(ruleMemory, sub, fullest)
	if f == nil {
		return
	}
	f.Group, f.File = worst.Group.Dir, worst.Limit.File
	f.Evidence = append(f.Evidence, fmt.Sprintf("%s of %s in use in %s, by %s; the inactive page cache is not counted",
		spec.Size(worst.Used.Value), spec.Size(worst.Limit.Value), worst.Group.Path, worst.Limit.File))
	if s, ok := t.slope(); ok {
		f.Evidence = append(f.Evidence, "the trend of the last "+duration(t.trendSpan())+": "+rate(s)+" a minute")
	}
	// The first is with the page cache, and the second what of that is inactive.
	f.ByHand = []string{fileCommand(worst.Group, usageFile(worst.Group)),
		effect.Command("grep", inactiveLine(worst.Group), path.Join(worst.Group.Dir.Raw(), "memory.stat")),
		fileCommand(worst.Group, worst.Limit.File)}
	f.Helps = j.waysToRaise(sub, t, worst.Group, worst.Limit)
}

// binds reports whether a memory limit is below what the host has.
func (j *judge) binds(limit uint64) bool {
	total := j.m.Snapshot.Host.MemTotal
	return total == 0 || limit <= total
}

// waysToRaise says how to give a group more memory.
func (j *judge) waysToRaise(sub Subject, t *track, g *cgroupview.Group, l cgroupview.Limit) []string {
	least := uint64(0)
	if l.Err == nil && !l.Unlimited {
		least = scaled(l.Value, adviceCut)
	}
	if recommended, ok := t.recommended(); ok {
		least = max(least, recommended)
	}
	if least == 0 {
		return []string{"less work at a time, or a search for what grows: bones top " + word(sub)}
	}
	return []string{fmt.Sprintf("bones set %s memory=%s", where(sub, t.use.Groups.With("memory"), g), mebi(least)),
		"or less work at a time, if it only grows: bones top " + word(sub) + " shows which process it is"}
}

// filling finds memory that will reach its limit soon, by its trend.
func (j *judge) filling(sub Subject, t *track) {
	l := t.use.Sample.MemoryLimit
	used := t.use.Sample.Memory
	if l.Known() != nil || l.Unlimited || l.Value == 0 || used.Err != nil {
		return // nearLimit has said why
	}
	slope, ok := t.slope()
	if !ok {
		j.cannot(ruleFilling, sub, errNoTrend)
		return
	}
	if float64(used.Value) < trendFrom*float64(l.Value) || slope <= 0 || used.Value >= l.Value {
		return
	}
	f := j.find(ruleFilling, sub, float64(l.Value-used.Value)/slope)
	if f == nil {
		return
	}
	f.Evidence = []string{fmt.Sprintf("%s of %s in use, and %s a minute more over the last %s", spec.Size(used.Value),
		spec.Size(l.Value), spec.Size(uint64(slope*60)), duration(t.trendSpan()))}
	if g := t.use.Groups.Innermost("memory"); g != nil {
		f.ByHand = []string{"watch " + fileCommand(g, usageFile(g))}
	}
	if l.From != nil {
		f.Group, f.File = l.From.Dir, l.File
		f.Helps = j.waysToRaise(sub, t, l.From, l)
	}
}

// slope is by how much the working set grows, in bytes a second: the line with the least squares through its points.
func (t *track) slope() (float64, bool) {
	if len(t.points) < leastPoints || t.trendSpan() < leastTrend {
		return 0, false
	}
	var x, y, xx, xy float64
	n := float64(len(t.points))
	first := t.points[0]
	for _, p := range t.points {
		at, value := p.at.Sub(first.at).Seconds(), float64(p.value)-float64(first.value)
		x, y, xx, xy = x+at, y+value, xx+at*at, xy+at*value
	}
	below := n*xx - x*x
	if below <= 0 {
		return 0, false
	}
	return (n*xy - x*y) / below, true
}

func (t *track) trendSpan() time.Duration {
	if len(t.points) == 0 {
		return 0
	}
	return t.points[len(t.points)-1].at.Sub(t.points[0].at)
}

// scaled multiplies, and rounds up to whole mebibytes; it never wraps.
func scaled(n uint64, by float64) uint64 {
	const unit = 1 << 20
	product := math.Ceil(float64(n)*by/unit) * unit
	if product >= 1<<62 {
		return max(n, 1<<62)
	}
	return max(uint64(product), n)
}

// mebi writes whole mebibytes as a command takes them.
func mebi(n uint64) string { return fmt.Sprintf("%dM", n>>20) }

func rate(bytesPerSecond float64) string {
	sign := "+"
	if bytesPerSecond < 0 {
		sign = "-"
	}
	return sign + spec.Size(uint64(math.Abs(bytesPerSecond)*60))
}

func usageFile(g *cgroupview.Group) string {
	if g.Hierarchy.Version == 2 {
		return "memory.current"
	}
	return "memory.usage_in_bytes"
}

// inactiveLine is the line of memory.stat that is taken off what is used: what is below counts, as it does there.
func inactiveLine(g *cgroupview.Group) string {
	if g.Hierarchy.Version == 2 {
		return "inactive_file"
	}
	return "total_inactive_file"
}

// fileCommand prints a file of a group.
func fileCommand(g *cgroupview.Group, file string) string {
	return effect.Command("cat", path.Join(g.Dir.Raw(), file))
}

func clock(t time.Time) string { return t.Format(time.DateTime) }

func plural(n uint64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// word is the subject on a command line.
func word(s Subject) string {
	if s.Target == "" && s.PID > 0 {
		return fmt.Sprint(s.PID)
	}
	return effect.Command(s.Target)
}

func groupName(u GroupUse) text.Text {
	for _, g := range u.Groups.List {
		if g.Hierarchy.Has("memory") {
			return g.Path
		}
	}
	if len(u.Groups.List) > 0 {
		return u.Groups.List[0].Path
	}
	return text.New("/")
}
