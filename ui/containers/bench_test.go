package containers_test

import (
	"context"
	"fmt"
	"testing"

	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/rows"
	"bones/ui/rows/rowstest"
	"bones/ui/uitest"
	"bones/ui/uitest/fakehost"
)

// BenchmarkContainersRefresh is what a refresh of view 2 costs beside reading, with 500 containers of ten processes;
// that of view 1 with as many processes is BenchmarkRefresh/tree.
func BenchmarkContainersRefresh(b *testing.B) {
	r := uitest.New(b, 160, 45, func(_ *fakehost.Host, o *ui.Options) {
		o.Containers.List = func(_ context.Context, s *procwalk.Snapshot) (rows.ContainerList, error) {
			list := rows.ContainerList{Snap: s, Containers: make([]rows.Container, 500)}
			for i := range list.Containers {
				c := &list.Containers[i]
				p := &s.Processes[i*10]
				c.Key, c.Name, c.ID, c.Runtime, c.CPU, c.HasCPU = fmt.Sprint(i), text.New(fmt.Sprint("c", i)), p.ID(), "docker", float64(i%90), true
				for k := range 10 {
					c.PIDs = append(c.PIDs, s.Processes[i*10+k].PID)
				}
				c.Sample.Time = s.Taken
			}
			return list, nil
		}
	})
	snaps := []*procwalk.Snapshot{rowstest.Many(5000, 0), rowstest.Many(5000, 1)}
	r.Frame(snaps[0])
	r.Press("2")
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		r.Frame(snaps[i%2])
		r.Redraw()
	}
}
