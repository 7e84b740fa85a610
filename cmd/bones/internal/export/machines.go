package export

import (
	"strconv"
	"time"

	"bones/procwalk"
	"bones/procwalk/virt/machines"

	dto "github.com/prometheus/client_model/go"
)

// machineLabels are those of every metric of a virtual machine.
var machineLabels = []string{"machine", "monitor", "container"}

// virtual is a virtual machine as its metrics see it: the process on this host that runs it. What goes on inside, only
// an exporter inside can tell.
type virtual struct {
	*machines.GuestProcess
	process *procwalk.Process
	host    *procwalk.Machine
	pairs   []*dto.LabelPair
	account *account
}

// ofMachines are the metrics of a virtual machine.
func ofMachines() []metric[*virtual] {
	return []metric[*virtual]{
		{Name: "bones_machine_info", Help: "A virtual machine, with the PID of the process that runs it; always 1.",
			Labels: []string{"pid"}, read: func(v *virtual, emit emitter) { emit(1, strconv.Itoa(v.process.PID)) }},
		{Name: "bones_machine_start_time_seconds", Unit: "seconds",
			Help: "When the process that runs the machine started, in seconds since 1970.",
			read: func(v *virtual, emit emitter) {
				emit(float64(v.host.BootTime.Unix()) + v.host.Ticks(v.process.StartTime).Seconds())
			}},
		{Name: "bones_machine_cpu_usage_seconds_total", Kind: counter, Unit: "seconds",
			Help: "Processor time that the machine's process used, its guest's time included.",
			read: func(v *virtual, emit emitter) { emit(v.host.Ticks(v.process.UTime + v.process.STime).Seconds()) }},
		{Name: "bones_machine_resident_memory_bytes", Unit: "bytes",
			Help: "Memory of this host that the machine's process has, its guest's memory included.",
			read: func(v *virtual, emit emitter) { emit(float64(v.process.RSS * v.host.PageSize)) }},
		{Name: "bones_machine_guest_memory_bytes", Unit: "bytes",
			Help: "Memory that the machine's command line promises to the guest; missing where it does not say.",
			read: func(v *virtual, emit emitter) {
				if v.GuestProcess.Guest.Memory > 0 {
					emit(float64(v.GuestProcess.Guest.Memory))
				}
			}},
		{Name: "bones_machine_virtual_processors", Unit: "processors",
			Help: "Virtual processors of the machine; missing where they cannot be told.",
			read: func(v *virtual, emit emitter) {
				if v.GuestProcess.Guest.VCPUs > 0 {
					emit(float64(v.GuestProcess.Guest.VCPUs))
				}
			}},
		{Name: "bones_machine_threads", Help: "Threads of the machine's process; each virtual processor is one.",
			read: func(v *virtual, emit emitter) { emit(float64(v.process.NumThreads)) }},
		{Name: "bones_machine_accelerated",
			Help: "1 if the process holds virtual processors of KVM; 0 if the machine is emulated in software. Missing where " +
				"bones may not look at its descriptors.",
			read: func(v *virtual, emit emitter) {
				if v.Unread == "" {
					emit(bit(v.GuestProcess.Guest.Accelerated))
				}
			}},
	}
}

// machines are the virtual machines with their labels. One that comes back under its name continues its counters.
func (e *exporter) machines(p *hostFacts, now time.Time) []*virtual {
	var list []*virtual
	taken := map[string]bool{}
	for i := range p.Guests {
		g := &p.Guests[i]
		process := p.Snapshot.FindID(g.ID)
		if process == nil {
			continue
		}
		if len(list) == maxMachines {
			e.leftOut["machine"]++
			continue
		}
		container := ""
		if p.Inventory != nil {
			if c, ok := p.Inventory.Of(process); ok && !c.Sandbox() {
				container = e.labels.value(c.Label())
			}
		}
		name, rest := e.labels.value(g.Label()), "\x00"+g.Guest.Monitor+"\x00"+container
		for n := process.PID; taken[name+rest]; n++ { // machines choose their names: one may be called like another is here
			name = e.labels.value(g.Label()) + "~" + strconv.Itoa(n)
		}
		taken[name+rest] = true
		v := &virtual{GuestProcess: g, process: process, host: &p.Snapshot.Host, pairs: sortPairs([]*dto.LabelPair{
			label("machine", name), label("monitor", g.Guest.Monitor), label("container", container)})}
		v.account = e.ledger.open("machine\x00"+name+rest,
			strconv.Itoa(g.ID.PID)+":"+strconv.FormatUint(uint64(g.ID.Start), 10), now)
		list = append(list, v)
	}
	if p.MoreGuests { // nobody has counted how many
		e.leftOut["machine"]++
	}
	return list
}
