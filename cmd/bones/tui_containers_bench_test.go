package main

import (
	"testing"

	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk"
)

// BenchmarkSampleContainers is what view 2 of the terminal UI reads more than view 1 at each refresh: what 500
// containers use. All of them are the group of this process here; the kernel's work is the same.
func BenchmarkSampleContainers(b *testing.B) {
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil {
		b.Skip(err)
	}
	w, err := procwalk.NewWalker("/proc")
	if err != nil {
		b.Fatal(err)
	}
	defer w.Close()
	s, err := w.Snapshot(b.Context(), containerWant)
	if err != nil {
		b.Fatal(err)
	}
	var lines []container.Line
	for _, l := range s.Find(1).Cgroups.Lines {
		lines = append(lines, container.Line(l))
	}
	groups := h.Groups(lines)
	for b.Loop() {
		for range 500 {
			h.Sample(groups, s.Host.MemTotal)
		}
	}
}
