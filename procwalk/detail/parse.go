package detail

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"bones/procwalk/text"
)

// ResourceLimit is a line of limits.
//
// Source: proc_pid_limits(5), getrlimit(2). procfs knows only the soft limits, so the file is read here.
type ResourceLimit struct {
	Name       string // "Max open files", as the kernel words it
	Soft, Hard uint64 // Unlimited where there is none
	Unit       string // "bytes", "seconds", "us"; empty where the kernel has none
}

// Unlimited is the value of a limit that does not limit anything.
const Unlimited = 1<<64 - 1

// ParseLimits reads /proc/PID/limits: a line of heads, then one limit a line. A line of another form is an error, and
// no limit is returned.
func ParseLimits(b []byte) ([]ResourceLimit, error) {
	var limits []ResourceLimit
	for i, line := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n") {
		if i == 0 {
			continue // the head
		}
		// "%-25s %-20s %-20s %-10s\n", fs/proc/base.c, proc_pid_limits.
		if len(line) < 26 {
			return nil, errors.New("limits has a line that is too short")
		}
		words := strings.Fields(line[26:])
		if len(words) < 2 || len(words) > 3 {
			return nil, errors.New("limits has a line in an unknown form")
		}
		l := ResourceLimit{Name: text.Sanitise(strings.TrimRight(line[:26], " "))}
		var err1, err2 error
		l.Soft, err1 = parseLimit(words[0])
		l.Hard, err2 = parseLimit(words[1])
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("limits, %s: %w", l.Name, err)
		}
		if len(words) == 3 {
			l.Unit = text.Sanitise(words[2])
		}
		limits = append(limits, l)
	}
	return limits, nil
}

func parseLimit(s string) (uint64, error) {
	if s == "unlimited" {
		return Unlimited, nil
	}
	return strconv.ParseUint(s, 10, 64)
}

func trimEnd(b []byte) string { return strings.TrimRight(string(b), "\n\x00") }

func parseInt(b []byte) (int64, error) { return strconv.ParseInt(trimEnd(b), 10, 64) }

func parseHex(b []byte) (uint64, error) { return strconv.ParseUint(trimEnd(b), 16, 64) }

func parseLoginUID(b []byte) (uint32, error) {
	v, err := strconv.ParseUint(trimEnd(b), 10, 32)
	return uint32(v), err
}

// parseWChan takes away the "0" that stands for none.
//
// Source: proc_pid_wchan(5).
func parseWChan(b []byte) (text.Text, error) {
	if s := trimEnd(b); s != "0" {
		return text.New(s), nil
	}
	return text.Text{}, nil
}

// Schedstat is the file of this name: what the first thread got of the processors.
//
// Source: Documentation/scheduler/sched-stats.rst.
type Schedstat struct {
	OnCPU   time.Duration
	Waiting time.Duration // ready to run, but no processor was free
	Slices  uint64        // how often it was put on one
}

// ParseSchedstat reads /proc/PID/schedstat, one line of three numbers. Any other form is an error.
func ParseSchedstat(b []byte) (Schedstat, error) {
	words := strings.Fields(string(b))
	if len(words) != 3 {
		return Schedstat{}, errors.New("schedstat does not have three numbers")
	}
	var v [3]uint64
	for i, w := range words {
		var err error
		if v[i], err = strconv.ParseUint(w, 10, 63); err != nil {
			return Schedstat{}, err
		}
	}
	return Schedstat{time.Duration(v[0]), time.Duration(v[1]), v[2]}, nil
}
