package systemd

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
	"bones/procwalk/text"

	"github.com/godbus/dbus/v5"
)

// properties are what systemd calls the values of files.
//
// Source: systemd.resource-control(5); org.freedesktop.systemd1(5).
var properties = map[string]string{
	"memory.max": "MemoryMax", "memory.high": "MemoryHigh", "memory.low": "MemoryLow", "memory.min": "MemoryMin",
	"memory.swap.max": "MemorySwapMax", "memory.limit_in_bytes": "MemoryLimit", "pids.max": "TasksMax",
	"cpu.weight": "CPUWeight", "cpu.shares": "CPUShares", "cpu.max": "CPUQuotaPerSecUSec",
	"cpu.cfs_quota_us": "CPUQuotaPerSecUSec",
}

// Keeps reports whether systemd can keep the value of a file.
func Keeps(file string) bool { return properties[file] != "" }

// PropertyOf turns the value of an interface file into what systemd takes: numbers as uint64, no limit as the
// greatest.
func PropertyOf(file, value string) (Property, error) {
	name := properties[file]
	if name == "" {
		return Property{}, fmt.Errorf("systemd cannot keep %s; leave out --persist", text.Line(file))
	}
	if name != "CPUQuotaPerSecUSec" {
		return Property{Name: name, Value: dbus.MakeVariant(amount(value))}, nil
	}
	quota, period, _ := strings.Cut(value, " ")
	n := amount(quota)
	if n < math.MaxUint64 {
		p := amount(period)
		if period == "" {
			p = spec.CPUPeriod
		}
		n = uint64(float64(n) / float64(p) * 1e6)
	}
	return Property{Name: name, Value: dbus.MakeVariant(n)}, nil
}

// Word is the property as `systemctl set-property` takes it.
func (p Property) Word() string {
	n, _ := p.Value.Value().(uint64)
	quota := p.Name == "CPUQuotaPerSecUSec"
	switch {
	case quota && n < math.MaxUint64:
		// systemctl takes hundredths of a percent, and no more.
		s := fmt.Sprintf("%d.%02d", n/10000, n/100%100)
		return "CPUQuota=" + strings.TrimSuffix(strings.TrimRight(s, "0"), ".") + "%"
	case quota:
		return "CPUQuota="
	case n < math.MaxUint64:
		return p.Name + "=" + strconv.FormatUint(n, 10)
	}
	return p.Name + "=infinity"
}

// amount reads a limit; no limit is the most there is.
func amount(s string) uint64 {
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return math.MaxUint64
	}
	return n
}
