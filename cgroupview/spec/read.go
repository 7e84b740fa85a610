package spec

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Pressure is one line of a pressure file: shares of time in percent in which some or all tasks waited.
//
// Source: Documentation/accounting/psi.rst.
type Pressure struct {
	Resource             string // cpu, memory, io
	Full                 bool   // all tasks waited, not only some
	Avg10, Avg60, Avg300 float64
	TotalMicros          uint64
}

// ParsePressure reads a pressure file; lines that it does not know are passed over.
//
// Source: Documentation/accounting/psi.rst.
func ParsePressure(resource, s string) []Pressure {
	var list []Pressure
	for line := range strings.Lines(s) {
		f := strings.Fields(line)
		if len(f) != 5 || !slices.Contains([]string{"some", "full"}, f[0]) {
			continue
		}
		p := Pressure{Resource: resource, Full: f[0] == "full"}
		for _, word := range f[1:] {
			key, value, _ := strings.Cut(word, "=")
			x, _ := strconv.ParseFloat(value, 64)
			switch key {
			case "avg10":
				p.Avg10 = x
			case "avg60":
				p.Avg60 = x
			case "avg300":
				p.Avg300 = x
			case "total":
				p.TotalMicros, _ = strconv.ParseUint(value, 10, 64)
			}
		}
		list = append(list, p)
	}
	return list
}

// FlatKey returns the number behind a key of a file of KEY VALUE lines; false if it has no such line, or no number
// there.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Format".
func FlatKey(b []byte, key string) (uint64, bool) {
	for line := range bytes.Lines(b) {
		k, v, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{' '})
		if ok && string(k) == key {
			n, err := strconv.ParseUint(string(v), 10, 64)
			return n, err == nil
		}
	}
	return 0, false
}

// Frozen reads whether the processes of a group are frozen from the file that says so: cgroup.events of cgroup v2,
// where the kernel says it once the last one has stopped (since Linux 5.2), or freezer.state of the freezer of v1,
// where it counts as soon as somebody has asked for it. ok is false for a file that does not say.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cgroup.freeze; cgroup-v1/freezer-subsystem.rst.
func Frozen(content []byte) (frozen, ok bool) {
	switch string(bytes.TrimSpace(content)) {
	case "FROZEN", "FREEZING":
		return true, true
	case "THAWED":
		return false, true
	}
	n, ok := FlatKey(content, "frozen")
	return n == 1, ok
}

// ParseQuota reads a quota and its period, in one file (cpu.max) or two: thousandths of a processor.
//
// Source: Documentation/admin-guide/cgroup-v2.rst, cpu.max; Documentation/scheduler/sched-bwc.rst.
func ParseQuota(content ...string) (milli uint64, unlimited bool, err error) {
	words := strings.Fields(strings.Join(content, " "))
	if len(words) != 2 {
		return 0, false, strconv.ErrSyntax
	}
	if words[0] == "max" || words[0] == "-1" {
		return 0, true, nil
	}
	quota, err := strconv.ParseUint(words[0], 10, 53) // the kernel's own bound is below 2^44
	period, err2 := strconv.ParseUint(words[1], 10, 32)
	if err != nil || err2 != nil || period == 0 {
		return 0, false, strconv.ErrSyntax
	}
	return quota * 1000 / period, false, nil
}
