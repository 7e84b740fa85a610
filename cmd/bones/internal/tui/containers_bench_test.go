package tui

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"bones/cgroupview"
)

// BenchmarkSampleContainers is what view 2 of the terminal UI reads more than view 1 at each refresh: what 500
// containers use, of 500 real groups in each hierarchy.
func BenchmarkSampleContainers(b *testing.B) {
	h, err := cgroupview.Open(cgroupview.Config{})
	if err != nil || os.Geteuid() != 0 {
		b.Skip("needs root and control groups: ", err)
	}
	var list []cgroupview.Groups
	for i := range 500 {
		path := fmt.Sprintf("/bones-bench-%d/%d", os.Getpid(), i)
		for _, in := range h.Hierarchies() {
			dir := filepath.Join(in.Mount, path)
			if err := os.MkdirAll(dir, 0o755); err != nil {
				continue // some hierarchies may not be ours to change
			}
			b.Cleanup(func() {
				os.Remove(dir)
				os.Remove(filepath.Dir(dir)) // the last one succeeds
			})
		}
		list = append(list, h.Find(path))
	}
	pass := h.Keep(maxBenchFiles)
	defer pass.Close()
	for b.Loop() {
		pass.Next()
		for _, g := range list {
			pass.Sample(g, 8<<30)
		}
	}
}

// maxBenchFiles is enough for all of them.
const maxBenchFiles = 8192
