package export

import (
	"strconv"
	"strings"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
	"bones/procwalk/text"

	dto "github.com/prometheus/client_model/go"
)

// unitLabels are those of every metric of a unit's group.
var unitLabels = []string{"unit", "slice"}

// unit is the group of one unit of systemd as its metrics see it.
type unit struct {
	groups    cgroupview.Groups
	sample    cgroupview.Sample
	processes int
	pairs     []*dto.LabelPair
	account   *account
}

// limitOf emits the limit that binds a unit.
func limitOf(emit emitter, l cgroupview.Limit, unit float64) {
	if l.Known() == nil && !l.Unlimited {
		emit(float64(l.Value) * unit)
	}
}

// ofGroups are the metrics of units.
func ofGroups() []metric[*unit] {
	return []metric[*unit]{
		{Name: "bones_group_processes", Help: "Processes of the unit.",
			read: func(u *unit, emit emitter) { emit(float64(u.processes)) }},
		{Name: "bones_group_cpu_usage_seconds_total", Kind: counter, Unit: "seconds", Help: "Processor time used.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.CPU, micro) }},
		{Name: "bones_group_cpu_limit_processors", Unit: "processors", Help: "The quota that binds, in processors.",
			read: func(u *unit, emit emitter) { limitOf(emit, u.sample.CPULimit, milli) }},
		{Name: "bones_group_memory_usage_bytes", Unit: "bytes",
			Help: "Memory that counts against the limit, with the page cache.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.MemoryUsage, 1) }},
		{Name: "bones_group_memory_working_set_bytes", Unit: "bytes",
			Help: "Memory without the inactive page cache.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.Memory, 1) }},
		{Name: "bones_group_memory_limit_bytes", Unit: "bytes", Help: "The memory limit that binds.",
			read: func(u *unit, emit emitter) { limitOf(emit, u.sample.MemoryLimit, 1) }},
		{Name: "bones_group_pids", Help: "Tasks, threads among them.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.PIDs, 1) }},
		{Name: "bones_group_pids_limit", Help: "The limit on tasks that binds.",
			read: func(u *unit, emit emitter) { limitOf(emit, u.sample.PIDsLimit, 1) }},
		{Name: "bones_group_io_read_bytes_total", Kind: counter, Unit: "bytes", Help: "Read from block devices.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.ReadBytes, 1) }},
		{Name: "bones_group_io_written_bytes_total", Kind: counter, Unit: "bytes", Help: "Written to block devices.",
			read: func(u *unit, emit emitter) { emitKnown(emit, u.sample.WriteBytes, 1) }},
	}
}

// units reads the groups of the services, scopes and sessions that processes are in and that hold no container.
func (e *exporter) units(p *hostFacts, now time.Time) []*unit {
	if !e.config.Units || p.Inventory == nil || e.config.Host == nil {
		return nil
	}
	if e.pass == nil {
		e.pass = e.config.Host.Keep(unitDescriptors())
	}
	e.pass.Beside(len(p.Snapshot.Processes) + folderDescriptors() + spareFiles)
	e.pass.Next()
	found := map[string]*unit{}
	var list []*unit
	for i := range p.Snapshot.Processes {
		process := &p.Snapshot.Processes[i]
		entry, ok := unitOf(p.Inventory.Chain(process))
		if !ok || process.Cgroups == nil {
			continue
		}
		path := entry.Group.Raw()
		if u := found[path]; u != nil {
			u.processes++
			continue
		}
		if len(list) == maxGroups {
			e.leftOut["unit"]++
			continue
		}
		u := &unit{processes: 1, groups: e.unitGroups(path, process)}
		u.sample = e.pass.Sample(u.groups, p.Snapshot.Host.MemTotal)
		found[path], list = u, append(list, u)
		name, slice := entry.Unit, text.New(path[:strings.LastIndexByte(path, '/')])
		u.pairs = sortPairs([]*dto.LabelPair{label("unit", e.labels.value(name)),
			label("slice", e.labels.value(slice))})
		u.account = e.ledger.open("unit\x00"+path, identityOf(u.groups), now)
	}
	return list
}

// unitDescriptors is how many files of units stay open between two collections: no more than an eighth of what
// containers may have, which count more where few files may be open.
func unitDescriptors() int { return descriptors() / 8 }

// unitOf returns the unit that a process belongs to, if it is in no container.
func unitOf(chain container.Chain) (container.ChainEntry, bool) {
	for _, e := range chain {
		switch e.Kind {
		case container.Container, container.Pod, container.Sandbox:
			return container.ChainEntry{}, false
		}
	}
	for i := len(chain) - 1; i >= 0; i-- {
		e := chain[i]
		if e.Unit.Len() > 0 && strings.HasPrefix(e.Group.Raw(), "/") {
			return e, true
		}
	}
	return container.ChainEntry{}, false
}

// unitGroups are the groups of a unit in each hierarchy where its process is at or below them. Those that were found
// in the collection before are the same values, whose files are open still.
func (e *exporter) unitGroups(path string, p *procwalk.Process) cgroupview.Groups {
	if g, ok := e.unitsKnown[path]; ok && len(g.List) > 0 && g.List[0].Same() == nil {
		return g
	}
	var lines []container.CgroupLine
	for _, l := range p.Cgroups.Lines {
		if at := l.Path.Raw(); at == path || strings.HasPrefix(at, path+"/") {
			l.Path = text.New(path)
			lines = append(lines, l)
		}
	}
	g := e.config.Host.Groups(lines)
	if len(e.unitsKnown) >= maxGroups {
		clear(e.unitsKnown)
	}
	e.unitsKnown[path] = g
	return g
}

// identityOf tells groups from others of the same name.
func identityOf(g cgroupview.Groups) string {
	var b []byte
	for _, x := range g.List {
		b = strconv.AppendUint(append(strconv.AppendUint(b, x.Dev, 36), ':'), x.Ino, 36)
		b = append(b, ' ')
	}
	return string(b)
}
