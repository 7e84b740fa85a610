package containers_test

import (
	"fmt"
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
)

// BenchmarkContainersRefresh is what a refresh of view 2 costs beside reading, with 500 containers of ten processes;
// that of view 1 with as many processes is BenchmarkRefresh/tree.
func BenchmarkContainersRefresh(b *testing.B) {
	r := uitest.New(b, 160, 45)
	var frames [2]*kit.Frame
	for i := range frames {
		frames[i] = &kit.Frame{Facts: rows.NewFacts(nil, crowd(rowstest.Many(5000, i)))}
	}
	r.App.Update(frames[0])
	r.Press("2")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r.App.Update(frames[i%2])
		r.Redraw()
	}
}

// crowd are 500 containers of ten processes each.
func crowd(s *procwalk.Snapshot) *inventory.Moment {
	d := &inventory.Data{}
	for i := range 500 {
		c := inventory.Container{Key: fmt.Sprint(i), Name: text.New(fmt.Sprint("c", i)), Runtime: container.Docker,
			PID: s.Processes[i*10].PID}
		for k := range 10 {
			c.PIDs = append(c.PIDs, s.Processes[i*10+k].PID)
		}
		d.Containers = append(d.Containers, inventory.ContainerData{Container: c})
	}
	m := &inventory.Moment{Snapshot: s, Inventory: inventory.New(d, s)}
	for _, c := range m.Inventory.List {
		m.Usage = append(m.Usage, inventory.Usage{Container: c, Process: s.Find(c.PID),
			Sample: cgroupview.Sample{Time: s.Taken}})
	}
	return m
}
