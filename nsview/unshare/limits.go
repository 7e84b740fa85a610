package unshare

import (
	"fmt"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
)

// Limits are the limits of the new cgroup; 0 means none. spec.ParseMemory, ParseCPUs and ParsePIDs read them.
type Limits struct {
	Memory int64 // bytes
	CPU    int64 // microseconds of CPU time per period of 100 ms: 150000 is one and a half CPUs
	PIDs   int64 // processes and threads
}

// cpuPeriod is what CPU counts in, in µs.
const cpuPeriod = spec.CPUPeriod

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

// parseDecimal reads ASCII digits and nothing else: no sign, blank, underscore or prefix.
func parseDecimal(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, strconv.ErrSyntax
	}
	return strconv.ParseInt(s, 10, 64)
}
