package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	warmUp    = 4 * time.Second // until a program refreshes steadily
	refreshes = 15              // that are measured, one a second: some of them are kept for the past, which costs more
)

// refreshed is what a program that refreshes on a terminal costs.
type refreshed struct {
	cpu      time.Duration // of one refresh, drawing included
	sent     int64         // bytes a refresh to the terminal
	resident int64         // bytes: the program, or what it started where that is more
}

// refreshCost runs a program that refreshes once a second on a terminal of 160x45.
func refreshCost(argv []string) (cost refreshed, err error) {
	s, err := onScreen(argv)
	if err != nil {
		return cost, err
	}
	defer s.end(unix.SIGKILL)
	if err := s.stays(warmUp); err != nil {
		return cost, err
	}
	before, err := cpuOf(s.cmd.Process.Pid)
	if err != nil {
		return cost, err
	}
	drawnBefore := s.drawn.Load()
	if err := s.stays(refreshes * time.Second); err != nil {
		return cost, err
	}
	after, err := cpuOf(s.cmd.Process.Pid)
	if err != nil {
		return cost, err
	}
	sent := s.drawn.Load() - drawnBefore
	if sent == 0 {
		return cost, errors.New("it drew nothing in all that time")
	}
	return refreshed{(after - before) / refreshes, sent / refreshes, residentOf(s.cmd.Process.Pid)}, nil
}

// cpuOf returns the CPU time of a process and its descendants, by their CPU clocks.
//
// Source: clock_getcpuclockid(3); include/linux/posix-timers_types.h, CPUCLOCK_SCHED.
func cpuOf(pid int) (time.Duration, error) {
	var ts unix.Timespec
	if err := unix.ClockGettime(int32(^pid<<3|2), &ts); err != nil {
		return 0, fmt.Errorf("CPU clock of %d: %w", pid, err)
	}
	sum := time.Duration(ts.Nano())
	for _, child := range childrenOf(pid) {
		if cpu, err := cpuOf(child); err == nil { // or it has ended
			sum += cpu
		}
	}
	return sum, nil
}

// residentOf returns the resident memory of a process or of one that it started, the largest of them, in bytes.
//
// Source: proc_pid_statm(5).
func residentOf(pid int) (bytes int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if f := strings.Fields(string(b)); len(f) > 1 {
		pages, _ := strconv.ParseInt(f[1], 10, 64)
		bytes = pages * int64(os.Getpagesize())
	}
	for _, child := range childrenOf(pid) {
		bytes = max(bytes, residentOf(child))
	}
	return bytes
}

// childrenOf returns what a process started.
func childrenOf(pid int) (children []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		b, _ := os.ReadFile(list) // or the thread has ended
		for _, word := range strings.Fields(string(b)) {
			if child, err := strconv.Atoi(word); err == nil {
				children = append(children, child)
			}
		}
	}
	return children
}
