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

// hostilePeak returns the peak of the terminal UI's memory, in bytes, in views 1 and 2 of 5,000 processes that have
// arguments of 128 KiB each, which is as long as one may be.
func hostilePeak(bones string) goal {
	const (
		key   = "peak of the terminal UI, arguments of 128 KiB"
		count = 5000
	)
	long := strings.Repeat("x", 128<<10-1)
	for n := range count {
		argv := []string{"hostile-" + strconv.Itoa(n), long}
		if _, err := startReady(filepath.Join(binDir, "single"), argv, nil); err != nil {
			return goal{What: key, Skip: fmt.Sprintf("process %d of %d: %v", n, count, err)}
		}
	}
	peak, _, err := memoryOf([]string{bones, "-d", "1"}, []typed{{"", 10 * time.Second}, {"2", 10 * time.Second}})
	if err != nil {
		return goal{What: key, Skip: err.Error()}
	}
	return ratio(key, 1, float64(peak), 200<<20)
}

// memoryOf runs a program on a terminal of 160x45, types, and returns the peak and the resident memory of the largest
// of its processes at the end, in bytes.
func memoryOf(argv []string, keys []typed) (peak, resident int64, err error) {
	s, err := onScreen(argv)
	if err != nil {
		return 0, 0, err
	}
	defer s.end(unix.SIGTERM)
	for _, k := range keys {
		if _, err := s.master.WriteString(k.text); err != nil {
			return 0, 0, err
		}
		if err := s.stays(k.wait); err != nil {
			return 0, 0, err
		}
	}
	peak, resident = peakOf(s.cmd.Process.Pid), residentOf(s.cmd.Process.Pid)
	if peak == 0 || resident == 0 {
		return 0, 0, errors.New("its memory cannot be read")
	}
	return peak, resident, nil
}

// typed is what is typed, and how long the program is left alone after it.
type typed struct {
	text string
	wait time.Duration
}

// peakOf is the peak of a process' resident memory, or of that of one that it started, the largest of them, in bytes.
//
// Source: proc_pid_status(5), VmHWM.
func peakOf(pid int) (bytes int64) {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if f := strings.Fields(line); len(f) == 3 && f[0] == "VmHWM:" {
			kib, _ := strconv.ParseInt(f[1], 10, 64)
			bytes = kib << 10
		}
	}
	for _, child := range childrenOf(pid) {
		bytes = max(bytes, peakOf(child))
	}
	return bytes
}
