package unshare

import (
	"fmt"
	"strconv"
	"strings"
)

// Limits are the limits of the new cgroup; 0 means none.
type Limits struct {
	Memory int64 // bytes
	CPU    int64 // microseconds of CPU time per period of 100 ms: 150000 is one and a half CPUs
	PIDs   int64 // processes and threads
}

// cpuPeriod is the kernel's default period in microseconds. Source: Documentation/scheduler/sched-bwc.rst.
const cpuPeriod = 100000

// The least and greatest values. The kernel takes no quota below 1 ms, no pid limit above PID_MAX_LIMIT (2^22 on 64
// bits), and wraps sizes that do not fit: sched-bwc.rst, include/linux/threads.h.
const (
	leastQuota  = 1000
	maxCPUs     = 1 << 16
	maxPIDs     = 1 << 22
	leastMemory = 4096
	maxMemory   = 1<<63 - 1<<21
)

func (l Limits) String() string {
	var parts []string
	if l.Memory > 0 {
		parts = append(parts, fmt.Sprintf("memory %d bytes", l.Memory))
	}
	if l.CPU > 0 {
		parts = append(parts, "cpus "+strconv.FormatFloat(float64(l.CPU)/cpuPeriod, 'f', -1, 64))
	}
	if l.PIDs > 0 {
		parts = append(parts, fmt.Sprintf("pids %d", l.PIDs))
	}
	return strings.Join(parts, ", ")
}

// ParseSize reads a number of bytes: whole decimal digits, then nothing, or K, M, G, T, P or E (either case, with or
// without "iB") for powers of 1024. MB and the like are refused: they mean 1000 to some and 1024 to others.
func ParseSize(s string) (int64, error) {
	digits := strings.TrimRight(s, "kKmMgGtTpPeEiB")
	unit := s[len(digits):]
	shift := 0
	if unit != "" {
		letter := strings.ToUpper(strings.TrimSuffix(unit, "iB"))
		i := strings.Index("KMGTPE", letter)
		if len(letter) != 1 || i < 0 {
			return 0, fmt.Errorf("size %q: the unit must be one of K M G T P E, as in 64M or 64MiB", s)
		}
		shift = 10 * (i + 1)
	}
	n, err := parseDecimal(digits)
	if err != nil {
		return 0, fmt.Errorf("size %q: must be a whole number with a unit, as in 64M", s)
	}
	if n > maxMemory>>shift {
		return 0, fmt.Errorf("size %q: too large", s)
	}
	if n <<= shift; n < leastMemory {
		return 0, fmt.Errorf("size %q: less than a page of memory; is the unit missing?", s)
	}
	return n, nil
}

// ParseCPUs reads a number of CPUs with at most five decimals, such as 1.5, and returns the quota for Limits.CPU.
func ParseCPUs(s string) (int64, error) {
	whole, fraction, dot := strings.Cut(s, ".")
	n, err := parseDecimal(whole)
	if err != nil || dot && fraction == "" || len(fraction) > 5 {
		return 0, fmt.Errorf("cpus %q: must be a decimal number such as 2 or 0.5", s)
	}
	if n > maxCPUs {
		return 0, fmt.Errorf("cpus %q: more than %d", s, maxCPUs)
	}
	f, err := parseDecimal((fraction + "00000")[:5])
	if err != nil {
		return 0, fmt.Errorf("cpus %q: must be a decimal number such as 2 or 0.5", s)
	}
	quota := n*cpuPeriod + f
	if quota < leastQuota {
		return 0, fmt.Errorf("cpus %q: the kernel gives no less than 0.01", s)
	}
	return quota, nil
}

// ParsePIDs reads a number of processes and threads.
func ParsePIDs(s string) (int64, error) {
	n, err := parseDecimal(s)
	if err != nil || n < 1 || n > maxPIDs {
		return 0, fmt.Errorf("pids %q: must be a whole number from 1 to %d", s, maxPIDs)
	}
	return n, nil
}

// parseDecimal reads ASCII digits and nothing else: no sign, blank, underscore or prefix.
func parseDecimal(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}
