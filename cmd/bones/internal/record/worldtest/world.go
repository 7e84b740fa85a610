// Package worldtest makes moments of a host that is not there, for tests of recordings.
package worldtest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
	"bones/ui/rows/rowstest"
)

// World is a host with containers of ten processes each, on which some processes work. It is for one goroutine.
type World struct {
	Containers int // web0, web1, ...: by turns in the pods shop-0 to shop-3
	// Turnover is how many processes outside of the containers end, and how many others begin, from one Moment to the
	// next.
	Turnover int
	base     *procwalk.Snapshot
	random   *rand.Rand
}

// New returns a World of so many processes.
func New(processes, containers int) *World {
	w := &World{Containers: containers, base: rowstest.Many(processes, 0), random: rand.New(rand.NewPCG(1, 2))}
	for i := range w.base.Processes {
		p := &w.base.Processes[i]
		if c := i / 10; c < containers {
			id := fmt.Sprintf("%064x", c+1)
			p.Cgroups = &procwalk.Cgroups{Lines: []procwalk.CgroupLine{{Path: text.New("/docker/" + id)}}}
		}
	}
	return w
}

// Moment is the world some seconds after its boot. Each container has used its number in thousandths of a processor
// since then, has one task for each of its processes, and holds its number in MiB, of 100 MiB that it may.
func (w *World) Moment(second int) *inventory.Moment {
	s := *w.base
	s.Taken, s.Uptime = rowstest.Boot().Add(time.Duration(second)*time.Second), time.Duration(second)*time.Second
	s.Processes = append([]procwalk.Process(nil), w.base.Processes...)
	for range len(s.Processes)/10 + 1 {
		p := &s.Processes[w.random.IntN(len(s.Processes))]
		p.UTime += w.random.Uint64N(100)
		p.RSS += w.random.Uint64N(10)
	}
	w.turnOver(&s)
	w.base = &s
	d := &inventory.Data{}
	for c := range w.Containers {
		is := inventory.Container{Key: fmt.Sprint("docker/", c), Name: text.New(fmt.Sprint("web", c)),
			ID: text.New(fmt.Sprintf("%064x", c+1)), Runtime: container.Docker, PID: s.Processes[c*10].PID}
		is.Info.Pod.Name, is.Info.Pod.Namespace = text.New(fmt.Sprint("shop-", c%4)), text.New("prod")
		for k := range 10 {
			p := &s.Processes[c*10+k]
			is.PIDs = append(is.PIDs, p.PID)
			d.Members = append(d.Members, inventory.MemberData{ID: p.ID(), Key: is.Key})
		}
		d.Containers = append(d.Containers, inventory.ContainerData{Container: is})
	}
	m := &inventory.Moment{Snapshot: &s, Inventory: inventory.New(d, &s)}
	for i, c := range m.Inventory.List {
		n := uint64(i)
		m.Usage = append(m.Usage, inventory.Usage{Container: c, Process: s.Find(c.PID), Sample: cgroupview.Sample{
			Time: s.Taken, CPU: cgroupview.Reading{Value: n * 1000 * uint64(second)},
			Memory:      cgroupview.Reading{Value: n << 20},
			MemoryUsage: cgroupview.Reading{Value: n << 20},
			MemoryLimit: cgroupview.Limit{Value: 100 << 20, File: "memory.max"},
			PIDs:        cgroupview.Reading{Value: 10},
			PIDsLimit:   cgroupview.Limit{Unlimited: true},
			ReadBytes:   cgroupview.Reading{Value: 4096 * uint64(second)},
			WriteBytes:  cgroupview.Reading{Err: cgroupview.ErrUnsupported},
		}})
	}
	return m
}

// turnOver has processes end, and others begin with the next PIDs.
func (w *World) turnOver(s *procwalk.Snapshot) {
	free := w.Containers * 10
	for range min(w.Turnover, len(s.Processes)-free) {
		next := s.Processes[free+w.random.IntN(len(s.Processes)-free)]
		next.PID, next.StartTime = s.Processes[len(s.Processes)-1].PID+1, next.StartTime+1
		next.UTime, next.STime = 0, 0
		gone := free + w.random.IntN(len(s.Processes)-free)
		s.Processes = append(slices.Delete(s.Processes, gone, gone+1), next)
	}
}
