package export

import (
	"cmp"
	"slices"
	"strconv"

	"bones/procwalk"

	dto "github.com/prometheus/client_model/go"
)

// processLabels are those of every metric of a process.
var processLabels = []string{"pid", "name", "container"}

// worker is one process as its metrics see it.
type worker struct {
	*procwalk.Process
	host  *procwalk.Machine
	pairs []*dto.LabelPair
}

// ofProcesses are the metrics of the busiest processes.
func ofProcesses() []metric[*worker] {
	return []metric[*worker]{
		{Name: "bones_process_cpu_usage_seconds_total", Kind: counter, Unit: "seconds",
			Help: "Processor time that the process used.", read: func(w *worker, emit emitter) {
				emit(w.host.Ticks(w.UTime + w.STime).Seconds())
			}},
		{Name: "bones_process_resident_memory_bytes", Unit: "bytes",
			Help: "Pages of the process in memory, those that it shares with others among them.",
			read: func(w *worker, emit emitter) { emit(float64(w.RSS * w.host.PageSize)) }},
		{Name: "bones_process_threads", Help: "Threads of the process.",
			read: func(w *worker, emit emitter) { emit(float64(w.NumThreads)) }},
		{Name: "bones_process_start_time_seconds", Unit: "seconds",
			Help: "When the process started, in seconds since 1970.", read: func(w *worker, emit emitter) {
				emit(float64(w.host.BootTime.Unix()) + w.host.Ticks(w.StartTime).Seconds())
			}},
	}
}

// busiest returns the n processes that used the most processor time since the collection before, in the order of their
// PIDs. Of one that was not there then all its time counts.
func (e *exporter) busiest(s *procwalk.Snapshot, n int) []*procwalk.Process {
	type used struct {
		p     *procwalk.Process
		ticks uint64
	}
	var list []used
	ticks := make(map[procwalk.ID]uint64, len(s.Processes))
	for i := range s.Processes {
		p := &s.Processes[i]
		all := p.UTime + p.STime
		ticks[p.ID()] = all
		if p.KernelThread() {
			continue
		}
		list = append(list, used{p, all - min(e.ticks[p.ID()], all)})
	}
	e.ticks = ticks
	slices.SortFunc(list, func(a, b used) int {
		return cmp.Or(cmp.Compare(b.ticks, a.ticks), cmp.Compare(b.p.UTime+b.p.STime, a.p.UTime+a.p.STime),
			cmp.Compare(a.p.PID, b.p.PID))
	})
	list = list[:min(n, len(list))]
	slices.SortFunc(list, func(a, b used) int { return cmp.Compare(a.p.PID, b.p.PID) })
	busy := make([]*procwalk.Process, len(list))
	for i := range list {
		busy[i] = list[i].p
	}
	return busy
}

// workers are the busiest processes with their labels.
func (e *exporter) workers(p *hostFacts) []*worker {
	if e.config.Processes == 0 {
		return nil
	}
	var list []*worker
	for _, process := range e.busiest(p.Snapshot, e.config.Processes) {
		name := ""
		if p.Inventory != nil {
			if c, ok := p.Inventory.Of(process); ok && !c.Sandbox() {
				name = e.labels.value(c.Label())
			}
		}
		list = append(list, &worker{process, &p.Snapshot.Host, sortPairs([]*dto.LabelPair{
			label("pid", strconv.Itoa(process.PID)), label("name", e.labels.value(process.Comm)),
			label("container", name)})})
	}
	return list
}
