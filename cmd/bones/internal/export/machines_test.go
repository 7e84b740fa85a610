package export

import (
	"fmt"
	"strings"
	"testing"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/procwalk/virt"
	"bones/procwalk/virt/machines"

	dto "github.com/prometheus/client_model/go"
)

// ofMachine are the values of one metric by the label machine.
func ofMachine(t *testing.T, families []*dto.MetricFamily, name string) map[string]float64 {
	t.Helper()
	got := map[string]float64{}
	for _, f := range families {
		if f.GetName() != name {
			continue
		}
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if l.GetName() == "machine" {
					if _, twice := got[l.GetValue()]; twice {
						t.Errorf("%s{machine=%q} is there twice", name, l.GetValue())
					}
					got[l.GetValue()] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
				}
			}
		}
	}
	return got
}

// TestMachines: virtual machines have metrics of their own, whatever they call themselves, and what cannot be told of
// one is left out.
func TestMachines(t *testing.T) {
	source := &fixed{moment: moment()}
	s := source.moment.Snapshot
	for i, name := range []string{"db", "db", "db~101"} {
		s.Processes = append(s.Processes, procwalk.Process{Stat: procwalk.Stat{PID: 100 + i, State: 'S', UTime: 500,
			RSS: 10, NumThreads: 7}})
		p := &s.Processes[i]
		g := machines.GuestProcess{ID: p.ID(), Guest: virt.Guest{Name: text.New(name), Monitor: "QEMU"}}
		if i == 0 {
			g.Guest.VCPUs, g.Guest.Memory, g.Guest.Accelerated = 4, 1<<30, true
		}
		if i == 1 {
			g.Unread = "not permitted"
		}
		source.moment.Guests = append(source.moment.Guests, g)
	}
	d := &inventory.Data{} // in no container
	for i := range s.Processes {
		d.Members = append(d.Members, inventory.MemberData{ID: s.Processes[i].ID()})
	}
	source.moment.Inventory = inventory.New(d, s)
	e := newExporter(config{Source: source})
	families := collect(t, e)
	for name, want := range map[string]string{
		"bones_machine_info":                    "map[db:1 db~101:1 db~101~102:1]",
		"bones_machine_cpu_usage_seconds_total": "map[db:5 db~101:5 db~101~102:5]",
		"bones_machine_resident_memory_bytes":   "map[db:40960 db~101:40960 db~101~102:40960]",
		"bones_machine_threads":                 "map[db:7 db~101:7 db~101~102:7]",
		"bones_machine_virtual_processors":      "map[db:4]",
		"bones_machine_guest_memory_bytes":      "map[db:1.073741824e+09]",
		"bones_machine_accelerated":             "map[db:1 db~101~102:0]",
	} {
		if got := fmt.Sprint(ofMachine(t, families, name)); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	// One that is started again continues its counter.
	p := &s.Processes[0]
	p.StartTime, p.UTime = 99, 100
	source.moment.Guests[0].ID = p.ID()
	if got := ofMachine(t, collect(t, e), "bones_machine_cpu_usage_seconds_total")["db"]; got != 6 {
		t.Errorf("a machine that came back has used %v s, want 6", got)
	}
}

// TestMachinesAreBounded: whoever may start processes can call any number of them qemu.
func TestMachinesAreBounded(t *testing.T) {
	var all []one
	for i := range maxMachines + 20 {
		all = append(all, one{name: fmt.Sprint(i), id: fmt.Sprint(i)})
	}
	source := &fixed{moment: moment(all...)}
	for i := range source.moment.Snapshot.Processes {
		source.moment.Guests = append(source.moment.Guests, machines.GuestProcess{
			ID:    source.moment.Snapshot.Processes[i].ID(),
			Guest: virt.Guest{Name: text.New(strings.Repeat("x", 5000)), Monitor: "QEMU"}})
	}
	families := collect(t, newExporter(config{Source: source}))
	got := values(t, families, "bones_machine_info") // each is in a container of its own
	if len(got) != maxMachines || values(t, families, "bones_exporter_left_out")["machine"] != 20 {
		t.Errorf("%d machines have metrics, %v are said to be left out", len(got),
			values(t, families, "bones_exporter_left_out"))
	}
	for _, f := range families {
		for _, m := range f.Metric {
			for _, l := range m.Label {
				if len(l.GetValue()) > maxLabel+20 {
					t.Fatalf("%s has a label %s of %d bytes", f.GetName(), l.GetName(), len(l.GetValue()))
				}
			}
		}
	}
}
