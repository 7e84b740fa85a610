package export

import (
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/counters"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/text"

	dto "github.com/prometheus/client_model/go"
)

// containerLabels are those of every metric of a container.
var containerLabels = []string{"container", "runtime", "image", "pod", "namespace", "project"}

// member is one container as its metrics see it.
type member struct {
	*inventory.Usage
	id       string
	pairs    []*dto.LabelPair
	account  *account // of what its groups count
	traffic  *account // of what its network devices count
	started  float64  // Unix time
	states   [len(states)]int
	net      *detail.Net // nil: another one has that of its namespace, see networks, or it cannot be read
	findings []finding   // what bones health finds
}

// states are the states of processes, in words. A state that is not there is "other".
var states = [...]struct {
	letters, word string
}{
	{"R", "running"}, {"S", "sleeping"}, {"D", "uninterruptible"}, {"Tt", "stopped"}, {"Z", "zombie"}, {"I", "idle"},
	{"", "other"},
}

// stateOf is where a process counts in states.
func stateOf(p *procwalk.Process) int {
	for i, s := range states {
		for j := range len(s.letters) {
			if s.letters[j] == p.State {
				return i
			}
		}
	}
	return len(states) - 1
}

// Levels that are not the path of a group around the container.
const (
	own    = "container"
	inner  = "inner"
	unseen = "unseen"
)

// level says whose a limit or counter is: of the container's own group, of one below it that holds all its processes,
// or of a group around it, by its path. What is below has names that the container chooses.
func (c *member) level(g *cgroupview.Group) string {
	if g == nil {
		return unseen // the kernel says that there is one, and it is outside of what is seen from here
	}
	for _, x := range c.Groups.List {
		if x == g || x.Hierarchy == g.Hierarchy && x.Path == g.Path {
			return own
		}
	}
	for _, x := range c.Groups.Inner {
		if x == g || x.Hierarchy == g.Hierarchy && x.Path == g.Path {
			return inner
		}
	}
	path := g.Path.Raw()
	for _, x := range c.Groups.List {
		if x.Hierarchy == g.Hierarchy && len(path) > len(x.Path.Raw()) {
			return inner
		}
	}
	if len(path) > maxLabel { // its end tells it from others
		path = cut + strings.ToValidUTF8(path[len(path)-maxLabel+len(cut):], "")
	}
	return new(labeller).value(text.New(path))
}

// emitKnown emits a reading if it is known.
func emitKnown(emit emitter, r cgroupview.Reading, unit float64, labels ...string) {
	if r.Err == nil {
		emit(float64(r.Value)*unit, labels...)
	}
}

// limit emits what binds; where there is no limit there is no value.
func (c *member) limit(emit emitter, l cgroupview.Limit, unit float64) {
	if l.Known() == nil && !l.Unlimited {
		emit(float64(l.Value)*unit, c.level(l.From))
	}
}

const (
	micro = 1e-6
	milli = 1e-3
)

type emitter = func(value float64, labels ...string)

// counted are the counters of trouble; none where they are not known.
func (c *member) counted() *counters.Counters {
	if c.Counters == nil {
		unknown := cgroupview.Reading{Err: cgroupview.ErrUnsupported}
		return &counters.Counters{Killed: unknown, Swap: unknown, MajorFaults: unknown, Peak: unknown}
	}
	return c.Counters
}

// ofContainers are the metrics of a container.
//
// Long: it is a table.
func ofContainers() []metric[*member] {
	return []metric[*member]{
		{Name: "bones_container_info", Help: "A container, with the id that its engine gave it; always 1.",
			Labels: []string{"id"}, read: func(c *member, emit emitter) { emit(1, c.id) }},
		{Name: "bones_container_start_time_seconds", Unit: "seconds",
			Help: "When the process that backs the container started, in seconds since 1970.",
			read: func(c *member, emit emitter) { emit(c.started) }},
		{Name: "bones_container_processes", Help: "Processes of the container and of containers inside it, by state.",
			Labels: []string{"state"}, read: func(c *member, emit emitter) {
				for i, n := range c.states {
					if i < len(states)-1 || n > 0 {
						emit(float64(n), states[i].word)
					}
				}
			}},
		{Name: "bones_container_frozen", Help: "1 while the freezer holds the container's processes, as docker pause does.",
			read: func(c *member, emit emitter) {
				if c.Sample.FrozenErr == nil {
					emit(bit(c.Sample.Frozen))
				}
			}},
		{Name: "bones_container_cpu_usage_seconds_total", Kind: counter, Unit: "seconds",
			Help: "Processor time used.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.CPU, micro) }},
		{Name: "bones_container_cpu_limit_processors", Unit: "processors", Labels: []string{"level"},
			Help: "The quota that binds, in processors; there is none where nothing limits.",
			read: func(c *member, emit emitter) { c.limit(emit, c.Sample.CPULimit, milli) }},
		{Name: "bones_container_cpu_periods_total", Kind: counter, Labels: []string{"level"},
			Help: "Periods of a quota in which something wanted to run.",
			read: throttled(func(t *cgroupview.Throttle) float64 { return float64(t.Periods) })},
		{Name: "bones_container_cpu_throttled_periods_total", Kind: counter, Labels: []string{"level"},
			Help: "Periods in which the quota was used up, so that the container had to wait.",
			read: throttled(func(t *cgroupview.Throttle) float64 { return float64(t.Times) })},
		{Name: "bones_container_cpu_throttled_seconds_total", Kind: counter, Unit: "seconds", Labels: []string{"level"},
			Help: "How long quotas kept processes from running, added up over processors.",
			read: throttled(func(t *cgroupview.Throttle) float64 { return float64(t.Waited) * micro })},
		{Name: "bones_container_memory_usage_bytes", Unit: "bytes",
			Help: "Memory that counts against the limit, with the page cache.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.MemoryUsage, 1) }},
		{Name: "bones_container_memory_working_set_bytes", Unit: "bytes",
			Help: "Memory without the inactive page cache, as docker stats and kubectl top count.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.Memory, 1) }},
		{Name: "bones_container_memory_peak_bytes", Unit: "bytes",
			Help: "The most memory that counted against the limit at once, since the container started.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.counted().Peak, 1) }},
		{Name: "bones_container_memory_limit_bytes", Unit: "bytes", Labels: []string{"level"},
			Help: "The memory limit that binds, the least from the container up to the root; there is none where nothing " +
				"limits.",
			read: func(c *member, emit emitter) { c.limit(emit, c.Sample.MemoryLimit, 1) }},
		{Name: "bones_container_memory_limit_hits_total", Kind: counter, Labels: []string{"level"},
			Help: "How often the memory limit of a group was reached.",
			read: func(c *member, emit emitter) {
				eachLevel(c, c.counted().Memory, c.Sample.MemoryLimit.From,
					func(l *counters.MemoryLevel) (*cgroupview.Group, cgroupview.Reading) { return l.Group, l.Hits }, emit)
			}},
		{Name: "bones_container_memory_oom_kills_total", Kind: counter,
			Help: "Processes that the OOM killer has killed in the container.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.counted().Killed, 1) }},
		{Name: "bones_container_memory_major_faults_total", Kind: counter,
			Help: "How often a process waited for a page from the disk.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.counted().MajorFaults, 1) }},
		{Name: "bones_container_memory_swap_bytes", Unit: "bytes", Help: "What the container has in swap.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.counted().Swap, 1) }},
		{Name: "bones_container_memory_swap_limit_bytes", Unit: "bytes", Labels: []string{"level"},
			Help: "The limit on swap that binds; with cgroup v1 on memory and swap together.",
			read: func(c *member, emit emitter) { c.limit(emit, c.Sample.SwapLimit, 1) }},
		{Name: "bones_container_pids", Help: "Tasks, threads among them, as the limit on PIDs counts them.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.PIDs, 1) }},
		{Name: "bones_container_pids_limit", Labels: []string{"level"},
			Help: "The limit on tasks that binds; there is none where nothing limits.",
			read: func(c *member, emit emitter) { c.limit(emit, c.Sample.PIDsLimit, 1) }},
		{Name: "bones_container_pids_refused_total", Kind: counter, Labels: []string{"level"},
			Help: "How often a fork was refused because of a limit on tasks.",
			read: func(c *member, emit emitter) {
				eachLevel(c, c.counted().Tasks, c.Sample.PIDsLimit.From,
					func(l *counters.TaskLevel) (*cgroupview.Group, cgroupview.Reading) { return l.Group, l.Refused }, emit)
			}},
		{Name: "bones_container_io_read_bytes_total", Kind: counter, Unit: "bytes", Help: "Read from block devices.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.ReadBytes, 1) }},
		{Name: "bones_container_io_written_bytes_total", Kind: counter, Unit: "bytes", Help: "Written to block devices.",
			read: func(c *member, emit emitter) { emitKnown(emit, c.Sample.WriteBytes, 1) }},
	}
}

// sums are numbers by level, in the order in which the levels came.
type sums []struct {
	level string
	value float64
}

// add counts a number for a level. All below the container are one, and so are two whose names look the same when they
// are cut.
func (s *sums) add(level string, value float64) {
	for i := range *s {
		if (*s)[i].level == level {
			(*s)[i].value += value
			return
		}
	}
	*s = append(*s, struct {
		level string
		value float64
	}{level, value})
}

func (s sums) emit(emit emitter) {
	for i := range s {
		emit(s[i].value, s[i].level)
	}
}

// eachLevel adds up what groups count. The groups around the container are those of many: what they count stands there
// where it is their limit that binds, or has.
func eachLevel[Level any](c *member, list []Level, binding *cgroupview.Group,
	of func(*Level) (*cgroupview.Group, cgroupview.Reading), emit emitter) {
	var all sums
	for i := range list {
		g, r := of(&list[i])
		binds := binding != nil && g.Hierarchy == binding.Hierarchy && g.Path == binding.Path
		if level := c.level(g); r.Err == nil && (r.Value > 0 || binds || level == own || level == inner) {
			all.add(level, float64(r.Value))
		}
	}
	all.emit(emit)
}

// throttled reads what quotas did. A container without a quota of its own was never throttled by one: it counts 0.
func throttled(of func(*cgroupview.Throttle) float64) func(*member, emitter) {
	return func(c *member, emit emitter) {
		if c.Counters == nil || c.Counters.CPUErr != nil && len(c.Counters.CPU) == 0 {
			return
		}
		var all sums
		all.add(own, 0)
		for i := range c.Counters.CPU { // only groups with a quota count periods
			all.add(c.level(c.Counters.CPU[i].Group), of(&c.Counters.CPU[i]))
		}
		all.emit(emit)
	}
}

func bit(on bool) float64 {
	if on {
		return 1
	}
	return 0
}
