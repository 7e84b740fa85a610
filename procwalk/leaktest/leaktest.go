// Package leaktest fails a package whose tests leave something behind: descriptors, goroutines, child processes,
// mounts, cgroups. Each package's TestMain is Main.
package leaktest

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/pprof"
	"slices"
	"strings"
	"testing"
	"time"

	"bones/procwalk/mountinfo"
)

// Main runs the package's tests and compares what is there after with what was there before. What goes away by
// itself within two seconds is not a leak.
func Main(m *testing.M) { os.Exit(Run(m.Run)) }

// Run is Main for a TestMain that has more to do: run is m.Run, and the result is the exit status.
func Run(run func() int) int {
	before := inventory()
	status := run()
	if status != 0 {
		return status // what failed may not have cleaned up; that is the smaller matter then
	}
	var left []string
	for deadline := time.Now().Add(2 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		left = before.missingIn(inventory())
		if len(left) == 0 {
			return 0
		}
		if time.Now().After(deadline) {
			break
		}
	}
	fmt.Fprintln(os.Stderr, "FAIL: the tests of this package left behind:")
	for _, l := range left {
		fmt.Fprintln(os.Stderr, "  "+l)
	}
	return 1
}

// set holds what there is, by description, and how often.
type set map[string]int

func inventory() set {
	s := set{}
	descriptors(s)
	goroutines(s)
	children(s)
	mounts(s)
	cgroups(s)
	return s
}

// missingIn returns what later has more of.
func (s set) missingIn(later set) []string {
	var more []string
	for _, what := range slices.Sorted(maps.Keys(later)) {
		if n := later[what] - s[what]; n > 0 {
			more = append(more, fmt.Sprintf("%d × %s", n, what))
		}
	}
	return more
}

func descriptors(s set) {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return
	}
	for _, e := range entries {
		// The runtime's poller, opened at the first need, and the listing itself are not ours.
		if link, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && !strings.Contains(link, "[event") && !strings.HasSuffix(link, "/fd") {
			s["descriptor "+link]++
		}
	}
}

// goroutines counts those that are not the test framework's or the runtime's, by the line they were started at.
func goroutines(s set) {
	var b bytes.Buffer
	pprof.Lookup("goroutine").WriteTo(&b, 2)
	for stack := range strings.SplitSeq(b.String(), "\n\n") {
		if strings.Contains(stack, "leaktest.goroutines") || strings.Contains(stack, "testing.(*M)") ||
			strings.Contains(stack, "os/signal.") || strings.Contains(stack, "testing.runFuzzing") ||
			strings.Contains(stack, "runtime.ensureSigM") {
			continue
		}
		if _, created, ok := strings.Cut(stack, "created by "); ok {
			what, _, _ := strings.Cut(created, " in goroutine")
			s["goroutine of "+what]++
		}
	}
}

func children(s set) {
	tasks, _ := filepath.Glob("/proc/self/task/*/children")
	for _, t := range tasks {
		b, _ := os.ReadFile(t)
		for _, pid := range strings.Fields(string(b)) {
			stat, _ := os.ReadFile("/proc/" + pid + "/stat")
			s[fmt.Sprintf("child process %q", stat)]++
		}
	}
}

func mounts(s set) {
	b, _ := os.ReadFile("/proc/self/mountinfo")
	for m, err := range mountinfo.Lines(b) {
		if err == nil {
			s["mount at "+m.Point.String()]++
		}
	}
}

// cgroups finds groups that tests of this project make: their names hold "bones".
func cgroups(s set) {
	filepath.WalkDir("/sys/fs/cgroup", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.Contains(d.Name(), "bones") {
			s["cgroup "+path]++
		}
		return nil
	})
}
