package spec

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk/text"
)

// between are the least and greatest values that the kernel takes, and what it would do beyond them is refuse, clamp
// or cut off: see testdata/cgroup_files.tsv.
var between = map[string][2]uint64{
	"memory.swappiness": {0, 200}, "memory.oom.group": {0, 1}, "memory.zswap.writeback": {0, 1},
	"memory.oom_control": {0, 1},
	"cpu.shares":         {2, 262144}, "cpu.cfs_quota_us": {1000, 1 << 43}, "cpu.cfs_period_us": {1000, 1000000},
	"cpu.cfs_burst_us": {0, 1 << 43}, "cpu.max.burst": {0, 1 << 43}, "cpu.idle": {0, 1}, "cpu.weight": {1, 10000},
	"cpu.rt_runtime_us": {0, 1 << 43}, "cpu.rt_period_us": {1, 1 << 43},
	"pids.max": {0, 4194304}, "blkio.bfq.weight": {1, 1000}, "cgroup.freeze": {0, 1}, "cgroup.pressure": {0, 1},
	"cgroup.max.depth": {0, 1<<31 - 1}, "cgroup.max.descendants": {0, 1<<31 - 1}, "cgroup.clone_children": {0, 1},
	"notify_on_release": {0, 1}, "net_cls.classid": {0, 1<<32 - 1}, "cpuset.sched_relax_domain_level": {0, 5},
}

// words are the values of files that take words.
var words = map[string][]string{
	"freezer.state": {"FROZEN", "THAWED"}, "cpuset.cpus.partition": {"member", "root", "isolated"},
	"io.prio.class": {"no-change", "promote-to-rt", "restrict-to-be", "idle"},
}

// Canonical turns what the user typed into what is written, and says no to whatever the kernel would take for
// something else. quota stands for the present value of cpu.max, whose period is kept.
//
// Long: one case for each form of a value.
func Canonical(s *Spec, asked, present string, total uint64) (string, error) {
	fail := func(format string, a ...any) (string, error) {
		return "", fmt.Errorf("%s: "+format, append([]any{s.Name}, a...)...)
	}
	if len(asked) > 4096 || strings.ContainsAny(asked, "\n\r\x00") {
		return fail("a value is one line")
	}
	if s.Unlimited != "" && (asked == s.Unlimited || asked == "unlimited") && s.Kind != Quota && s.Kind != Nested {
		return s.Unlimited, nil
	}
	if s.Unlimited != "" && asked == map[string]string{"max": "-1", "-1": "max"}[s.Unlimited] {
		return fail("no limit is %q here, not %q", s.Unlimited, asked)
	}
	switch {
	case s.Kind == Bytes:
		n, err := ParseSize(asked, total)
		if err != nil {
			return fail("%w", err)
		}
		return strconv.FormatUint(n, 10), nil
	case s.Name == "cpu.weight.nice":
		n, err := strconv.Atoi(asked)
		if err != nil || n < -20 || n > 19 || strconv.Itoa(n) != asked {
			return fail("%q is not a nice value from -20 to 19", text.New(cut(asked)))
		}
		return asked, nil
	case s.Kind == Int || s.Kind == Micros || s.Name == "memory.oom_control":
		n, err := ParseNumber(asked)
		if err != nil && !errors.Is(err, ErrTooLarge) {
			return fail("%w", err)
		}
		r, ok := between[s.Name]
		if !ok {
			r = [2]uint64{0, 1}
		}
		if err != nil || n < r[0] || n > r[1] {
			return fail("%s is not between %d and %d", text.New(cut(asked)), r[0], r[1])
		}
		return strconv.FormatUint(n, 10), nil
	case s.Kind == Quota:
		return quota(asked, present)
	case s.Kind == List:
		if err := checkList(asked); err != nil {
			return fail("%w", err)
		}
		return asked, nil
	case s.Kind == Word && words[s.Name] != nil:
		for _, w := range words[s.Name] {
			if w == asked {
				return w, nil
			}
		}
		return fail("%q is none of %s", text.New(cut(asked)), strings.Join(words[s.Name], ", "))
	case s.Kind == PerDev:
		f := strings.Fields(asked)
		if len(f) != 2 || !isDevice(f[0]) {
			return fail("give MAJOR:MINOR NUMBER, as 8:0 1048576; 0 takes the limit away")
		}
		n, err := ParseSize(f[1], 0)
		switch iops := strings.Contains(s.Name, "iops"); {
		case iops && (errors.Is(err, ErrTooLarge) || n > mostIOPS):
			return fail("%w", tooLarge(f[1], mostIOPS, " operations per second"))
		case errors.Is(err, ErrTooLarge):
			return fail("%w", err)
		case err != nil || strings.HasSuffix(f[1], "%"):
			return fail("%q is not a rate", text.New(cut(f[1])))
		}
		return f[0] + " " + strconv.FormatUint(n, 10), nil
	}
	switch s.Name {
	case "io.max":
		return ioMax(asked)
	case "io.weight", "io.bfq.weight":
		f := strings.Fields(asked)
		if len(f) == 1 {
			f = []string{"default", f[0]}
		}
		if len(f) != 2 || f[0] != "default" && !isDevice(f[0]) {
			return fail("give a weight from 1 to 10000, or MAJOR:MINOR WEIGHT")
		}
		n, err := ParseNumber(f[1])
		if err != nil || n < 1 || n > 10000 {
			return fail("%q is not a weight from 1 to 10000", text.New(cut(f[1])))
		}
		return strings.Join(f, " "), nil
	case "cpu.uclamp.min", "cpu.uclamp.max":
		x, err := strconv.ParseFloat(asked, 64)
		if err != nil || strings.Trim(asked, "0123456789.") != "" || x > 100 || len(asked) > 1 && asked[0] == '0' &&
			asked[1] != '.' {
			return fail("%q is not a share from 0 to 100 percent", text.New(cut(asked)))
		}
		return strconv.FormatFloat(x, 'f', 2, 64), nil
	}
	return fail("bones cannot check values of this form, and so does not write them; by hand: echo VALUE > FILE")
}

// mostIOPS is the highest limit of operations per second that a device takes.
//
// Source: block/blk-throttle.c, where they are counted in 32 bits.
const mostIOPS = 1<<32 - 1

// ioMax reads MAJOR:MINOR KEY=VALUE..., the keys that are left out stay as they are.
func ioMax(asked string) (string, error) {
	f := strings.Fields(asked)
	if len(f) < 2 || !isDevice(f[0]) {
		return "", fmt.Errorf("io.max: give MAJOR:MINOR and rbps=, wbps=, riops= or wiops=: 8:0 rbps=1M")
	}
	for i, word := range f[1:] {
		key, value, _ := strings.Cut(word, "=")
		n, err := uint64(1), error(nil)
		switch key {
		case "rbps", "wbps":
			if value != "max" {
				n, err = ParseSize(value, 0)
				f[i+1] = key + "=" + strconv.FormatUint(n, 10)
			}
		case "riops", "wiops":
			if value != "max" {
				n, err = ParseNumber(value)
			}
		default:
			return "", fmt.Errorf("io.max: there is no %q; it takes rbps, wbps, riops and wiops", text.New(cut(key)))
		}
		if strings.HasSuffix(key, "iops") && (errors.Is(err, ErrTooLarge) || n > mostIOPS) {
			err = tooLarge(value, mostIOPS, " operations per second")
		}
		if errors.Is(err, ErrTooLarge) {
			return "", fmt.Errorf("io.max: %s: %w", key, err)
		}
		if err != nil || n == 0 {
			return "", fmt.Errorf("io.max: %q is not a limit; max removes the limit", text.New(cut(word)))
		}
	}
	return strings.Join(f, " "), nil
}

// LineOf is what a file with a line for each device held for the one that a value is about; without one, what takes
// the limit away.
func LineOf(s *Spec, old, value string) string {
	device, _, _ := strings.Cut(value, " ")
	for line := range strings.Lines(old) {
		if line = strings.TrimSuffix(line, "\n"); strings.HasPrefix(line, device+" ") {
			return line
		}
	}
	switch {
	case s.Name == "io.max":
		return device + " rbps=max wbps=max riops=max wiops=max"
	case s.Kind == PerDev:
		return device + " 0"
	case device == "default":
		return "default 100"
	}
	return device + " default"
}

// ByDevice reports whether the file has a line for each device, of which a value means one.
func ByDevice(s *Spec) bool {
	return s.Kind == PerDev || s.Name == "io.max" || s.Name == "io.weight" || s.Name == "io.bfq.weight"
}

// quota reads QUOTA, QUOTA PERIOD, or max, in µs.
func quota(asked, present string) (string, error) {
	f := strings.Fields(asked)
	old := strings.Fields(present)
	if len(f) == 1 && len(old) == 2 {
		f = append(f, old[1])
	}
	if len(f) != 2 || strings.Join(f, " ") != asked && f[0] != asked {
		return "", fmt.Errorf("cpu.max: give QUOTA or QUOTA PERIOD in µs, or max")
	}
	if f[0] == "unlimited" {
		f[0] = "max"
	}
	if f[0] != "max" {
		n, err := ParseNumber(f[0])
		if errors.Is(err, ErrTooLarge) || err == nil && n > 1<<43 {
			return "", fmt.Errorf("cpu.max: a quota of %q µs is too large; max means no limit", text.New(cut(f[0])))
		}
		if err != nil || n < 1000 {
			return "", fmt.Errorf("cpu.max: %q is not a quota of at least 1000 µs, or max", text.New(cut(f[0])))
		}
	}
	if n, err := ParseNumber(f[1]); err != nil || n < 1000 || n > 1000000 {
		return "", fmt.Errorf("cpu.max: %q is not a period from 1000 to 1000000 µs", text.New(cut(f[1])))
	}
	return f[0] + " " + f[1], nil
}

// checkList takes 0-3,5. That nothing is listed is left to be done by hand.
func checkList(s string) error {
	for part := range strings.SplitSeq(s, ",") {
		a, b, span := strings.Cut(part, "-")
		x, err := ParseNumber(a)
		if err != nil {
			return fmt.Errorf("%q is not a list like 0-3,5", text.New(cut(s)))
		}
		if !span {
			continue
		}
		if y, err := ParseNumber(b); err != nil || y < x {
			return fmt.Errorf("%q is not a list like 0-3,5", text.New(cut(s)))
		}
	}
	return nil
}

func isDevice(s string) bool {
	major, minor, ok := strings.Cut(s, ":")
	_, err1 := ParseNumber(major)
	_, err2 := ParseNumber(minor)
	return ok && err1 == nil && err2 == nil
}
