package export

import (
	"runtime"

	"bones/cgroupview/inventory"
	"bones/procwalk"
)

// hostFacts is the host as its metrics see it.
type hostFacts struct {
	*inventory.Moment
	mode       string // v1, v2, hybrid or none
	states     [len(states)]int
	threads    int
	sandboxes  int
	containers map[string]int // by runtime
	namespaces [procwalk.NSTypes]int
	findings   []finding // what bones health finds
}

// ofHost are the metrics of the host itself.
//
// Long: it is a table.
func ofHost() []metric[*hostFacts] {
	load := func(of func(h *hostFacts) float64) func(*hostFacts, emitter) {
		return func(h *hostFacts, emit emitter) {
			if h.Machine != nil && h.Machine.Load.Err == nil {
				emit(of(h))
			}
		}
	}
	memory := func(of func(h *hostFacts) *uint64) func(*hostFacts, emitter) {
		return func(h *hostFacts, emit emitter) {
			if h.Machine != nil && h.Machine.Memory.Err == nil {
				if n := of(h); n != nil {
					emit(float64(*n))
				}
			}
		}
	}
	return []metric[*hostFacts]{
		{Name: "bones_host_info", Help: "The kernel, and how control groups are mounted: v1, v2 or hybrid; always 1.",
			Labels: []string{"kernel", "arch", "cgroup_mode"}, read: func(h *hostFacts, emit emitter) {
				emit(1, h.Snapshot.Host.Release, runtime.GOARCH, h.mode)
			}},
		{Name: "bones_host_boot_time_seconds", Unit: "seconds", Help: "When the host started, in seconds since 1970.",
			read: func(h *hostFacts, emit emitter) { emit(float64(h.Snapshot.Host.BootTime.Unix())) }},
		{Name: "bones_host_processors", Help: "Processors that are on line.",
			read: func(h *hostFacts, emit emitter) { emit(float64(h.Snapshot.Host.CPUs)) }},
		{Name: "bones_host_cpu_seconds_total", Kind: counter, Unit: "seconds", Labels: []string{"mode"},
			Help: "What all processors together did since the host started.", read: hostCPU},
		{Name: "bones_host_load1", Help: "The load average over 1 minute.",
			read: load(func(h *hostFacts) float64 { return h.Machine.Load.Value.Load1 })},
		{Name: "bones_host_load5", Help: "The load average over 5 minutes.",
			read: load(func(h *hostFacts) float64 { return h.Machine.Load.Value.Load5 })},
		{Name: "bones_host_load15", Help: "The load average over 15 minutes.",
			read: load(func(h *hostFacts) float64 { return h.Machine.Load.Value.Load15 })},
		{Name: "bones_host_memory_bytes", Unit: "bytes", Help: "The memory that the host has.",
			read: memory(func(h *hostFacts) *uint64 { return h.Machine.Memory.Value.MemTotalBytes })},
		{Name: "bones_host_memory_available_bytes", Unit: "bytes",
			Help: "The memory that programs can have without swapping, as the kernel estimates it.",
			read: memory(func(h *hostFacts) *uint64 { return h.Machine.Memory.Value.MemAvailableBytes })},
		{Name: "bones_host_swap_bytes", Unit: "bytes", Help: "The swap that the host has.",
			read: memory(func(h *hostFacts) *uint64 { return h.Machine.Memory.Value.SwapTotalBytes })},
		{Name: "bones_host_swap_free_bytes", Unit: "bytes", Help: "The swap that is not in use.",
			read: memory(func(h *hostFacts) *uint64 { return h.Machine.Memory.Value.SwapFreeBytes })},
		{Name: "bones_host_pressure_waiting_seconds_total", Kind: counter, Unit: "seconds", Labels: []string{"resource"},
			Help: "How long at least one process of the host waited for a resource (PSI, some).",
			read: func(h *hostFacts, emit emitter) { hostPressure(h, false, emit) }},
		{Name: "bones_host_pressure_stalled_seconds_total", Kind: counter, Unit: "seconds", Labels: []string{"resource"},
			Help: "How long all processes of the host waited for a resource at once (PSI, full).",
			read: func(h *hostFacts, emit emitter) { hostPressure(h, true, emit) }},
		{Name: "bones_host_processes", Help: "Processes of the host, kernel threads among them, by state.",
			Labels: []string{"state"}, read: func(h *hostFacts, emit emitter) {
				for i, n := range h.states {
					emit(float64(n), states[i].word)
				}
			}},
		{Name: "bones_host_threads", Help: "Threads of all processes.",
			read: func(h *hostFacts, emit emitter) { emit(float64(h.threads)) }},
		{Name: "bones_host_containers", Help: "Containers, by what made them.", Labels: []string{"runtime"},
			read: func(h *hostFacts, emit emitter) {
				for name, n := range h.containers {
					emit(float64(n), name)
				}
			}},
		{Name: "bones_host_finding", Labels: []string{"finding"},
			Help: "1 where bones health finds something wrong with the host, 0 where it looked and found nothing.",
			read: func(h *hostFacts, emit emitter) {
				for _, f := range h.findings {
					emit(bit(f.found), f.name)
				}
			}},
		{Name: "bones_host_sandboxes",
			Help: "Processes, or groups of them, in namespaces of their own that no engine knows: browsers, bubblewrap.",
			read: func(h *hostFacts, emit emitter) {
				if h.Inventory != nil {
					emit(float64(h.sandboxes))
				}
			}},
	}
}

// hostCPU emits what the processors did. Guest time is part of user time already, as node_exporter has it.
func hostCPU(h *hostFacts, emit emitter) {
	if h.Machine == nil || h.Machine.CPU.Err != nil {
		return
	}
	c := &h.Machine.CPU.Value
	for _, m := range []struct {
		mode  string
		value float64
	}{{"user", c.User}, {"nice", c.Nice}, {"system", c.System}, {"idle", c.Idle}, {"iowait", c.Iowait}, {"irq", c.IRQ},
		{"softirq", c.SoftIRQ}, {"steal", c.Steal}} {
		emit(m.value, m.mode)
	}
}

func hostPressure(h *hostFacts, full bool, emit emitter) {
	if h.Machine == nil {
		return
	}
	for _, resource := range []string{"cpu", "memory", "io"} {
		p, ok := h.Machine.Pressure[resource]
		line := p.Value.Some
		if full {
			line = p.Value.Full
		}
		if ok && p.Err == nil && line != nil {
			emit(float64(line.Total)*micro, resource)
		}
	}
}

// ofNamespaces are the metrics of namespaces.
func ofNamespaces() []metric[*hostFacts] {
	return []metric[*hostFacts]{
		{Name: "bones_namespace_populated", Labels: []string{"type"},
			Help: "Namespaces that at least one process is in, by type; the host's own among them.",
			read: func(h *hostFacts, emit emitter) {
				for t, n := range h.namespaces {
					if n > 0 {
						emit(float64(n), procwalk.NSType(t).String())
					}
				}
			}},
	}
}
