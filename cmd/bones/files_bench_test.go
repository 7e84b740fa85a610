package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"
)

// BenchmarkEngineCopy copies 500 small files into a container and out of it, and a file of 1 GiB on tmpfs, with bones
// and with docker cp or cp in turns: the medians and their ratios.
func BenchmarkEngineCopy(b *testing.B) {
	e := startEngine(b)
	m := builtBones(b)
	name := fmt.Sprintf("copy-%d", os.Getpid())
	e.must("run", "-d", "--name", name, "--network", "none", "--tmpfs", "/mem", "memcached:test", "sleep", "10000")
	here := b.TempDir()
	if err := os.Mkdir(here+"/small", 0o755); err != nil {
		b.Fatal(err)
	}
	for n := range 500 {
		if err := os.WriteFile(fmt.Sprintf("%s/small/%d", here, n), make([]byte, 2000), 0o644); err != nil {
			b.Fatal(err)
		}
	}
	docker := func(args ...string) []string { return append([]string{"docker", "-H", e.host, "cp", "-q"}, args...) }
	bones := func(args ...string) []string {
		return append([]string{m.bones, "--journal", m.dir + "/journal", "files"}, args...)
	}
	memory, err := os.MkdirTemp("/dev/shm", "bones-bench-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(memory) })
	const big = 1 << 30
	if out, err := exec.Command("dd", "if=/dev/urandom", "of="+memory+"/big", "bs=1M",
		"count="+strconv.Itoa(big>>20)).CombinedOutput(); err != nil {
		b.Skipf("no room for 1 GiB in memory: %s", out)
	}
	self := strconv.Itoa(os.Getpid())
	for _, c := range []struct {
		name         string
		ours, theirs func(n int) []string
	}{
		{"put-500", func(n int) []string { return bones("put", name, here+"/small", fmt.Sprintf("/ours-%d", n), "--yes") },
			func(n int) []string { return docker(here+"/small", fmt.Sprintf("%s:/theirs-%d", name, n)) }},
		{"get-500", func(n int) []string { return bones("get", name, "/ours-0", fmt.Sprintf("%s/ours-%d", here, n)) },
			func(n int) []string { return docker(name+":/ours-0", fmt.Sprintf("%s/theirs-%d", here, n)) }},
		{"get-1GiB", func(int) []string { return bones("get", self, memory+"/big", memory+"/copy") },
			func(int) []string { return []string{"cp", memory + "/big", memory + "/copy"} }},
		{"put-1GiB", func(int) []string { return bones("put", self, memory+"/big", memory+"/copy", "--yes") },
			func(int) []string { return []string{"cp", memory + "/big", memory + "/copy"} }},
	} {
		var ours, theirs []time.Duration
		timed := func(words []string) time.Duration {
			begun := time.Now()
			if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
				b.Fatalf("%q: %v %s", words, err, out)
			}
			took := time.Since(begun)
			os.Remove(filepath.Join(memory, "copy"))
			return took
		}
		for n := range 7 {
			ours = append(ours, timed(c.ours(n)))
			theirs = append(theirs, timed(c.theirs(n)))
		}
		slices.Sort(ours)
		slices.Sort(theirs)
		b.ReportMetric(float64(ours[3])/float64(theirs[3]), c.name+"-ratio")
		b.ReportMetric(float64(ours[3].Milliseconds()), c.name+"-ms")
	}
	for range b.N { // measured above
	}
	b.ReportMetric(0, "ns/op")
}
