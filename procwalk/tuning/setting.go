// Package tuning changes how the kernel treats running processes beyond their control groups: nice value, processors,
// I/O priority, how soon the OOM killer takes them, and resource limits.
package tuning

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// The settings that are no resource limits.
const (
	Nice   = "nice"
	CPUs   = "cpus"
	IOPrio = "ioprio"
	OOM    = "oom_score_adj"
)

// rlimit is one resource limit.
type rlimit struct {
	name     string // as prlimit(1) has it
	number   int    // RLIMIT_*, include/uapi/asm-generic/resource.h
	inLimits string // its line in /proc/PID/limits
	does     string
}

var rlimits = []rlimit{
	{"as", 9, "Max address space", "bytes of address space"},
	{"core", 4, "Max core file size", "bytes of a core dump"},
	{"cpu", 0, "Max cpu time", "seconds of processor time"},
	{"data", 2, "Max data size", "bytes of data"},
	{"fsize", 1, "Max file size", "bytes of a file that it writes"},
	{"locks", 10, "Max file locks", "file locks"},
	{"memlock", 8, "Max locked memory", "bytes of locked memory"},
	// RLIMIT_NICE is called nice by prlimit(1), which is the nice value itself here.
	{"nicelimit", 13, "Max nice priority", "20 minus the least nice value that it may set"},
	{"msgqueue", 12, "Max msgqueue size", "bytes of POSIX message queues"},
	{"nofile", 7, "Max open files", "open files"},
	{"nproc", 6, "Max processes", "tasks of its user"},
	{"rss", 5, "Max resident set", "bytes; the kernel ignores it"},
	{"rtprio", 14, "Max realtime priority", "real-time priority"},
	{"rttime", 15, "Max realtime timeout", "microseconds of real time without sleeping"},
	{"sigpending", 11, "Max pending signals", "queued signals of its user"},
	{"stack", 3, "Max stack size", "bytes of stack"},
}

// bytes reports whether the limit counts bytes, so that a size with a unit makes sense.
func (l *rlimit) bytes() bool { return strings.HasPrefix(l.does, "bytes") }

func findLimit(name string) *rlimit {
	for i := range rlimits {
		if rlimits[i].name == name {
			return &rlimits[i]
		}
	}
	return nil
}

// Setting is one thing that can be tuned, for lists of what there is.
type Setting struct {
	Name, Example, Does string
	PerThread           bool // Linux keeps it for each thread
}

// Settings are all of them.
func Settings() []Setting {
	list := []Setting{
		{Nice, "5", "from -20, the most processor time, to 19, the least", true},
		{CPUs, "0-1", "the processors that it may run on", true},
		{IOPrio, "idle", "none, idle, best-effort:0-7 or realtime:0-7, 0 before 7", true},
		{OOM, "500", "how soon the OOM killer takes it: -1000, never, to 1000, first", false},
	}
	for _, l := range rlimits {
		list = append(list, Setting{l.name, "4096:8192", "limit of " + l.does, false})
	}
	return list
}

// perThread reports whether the kernel keeps a setting for each thread.
func perThread(name string) bool { return name == Nice || name == CPUs || name == IOPrio }

// Assignment is a setting and the value that it is to have, in the one form that bones writes it in.
type Assignment struct{ Name, Value string }

// aliases are what other programs call the settings.
var aliases = map[string]string{"cpu-list": CPUs, "affinity": CPUs, "ionice": IOPrio, "oom": OOM,
	"oom-score-adj": OOM, "renice": Nice}

// maxCPU bounds processor numbers: unix.CPUSet has no more.
const maxCPU = 1024

// ParseAssignment reads NAME=VALUE.
func ParseAssignment(word string) (Assignment, error) {
	name, value, ok := strings.Cut(word, "=")
	if !ok || value == "" {
		return Assignment{}, fmt.Errorf("%q is not NAME=VALUE, such as nice=5", text.New(word))
	}
	if to := aliases[name]; to != "" {
		name = to
	}
	a := Assignment{Name: name}
	var err error
	switch {
	case name == Nice:
		a.Value, err = whole(value, -20, 19)
	case name == OOM:
		a.Value, err = whole(value, -1000, 1000)
	case name == CPUs:
		var list []int
		list, err = spec.ParseList(value, maxCPU)
		a.Value = spec.FormatList(list)
	case name == IOPrio:
		var n int
		n, err = parseIOPrio(value)
		a.Value = ioPrioText(n)
	case findLimit(name) != nil:
		a.Value, err = limitValue(value, findLimit(name).bytes())
	default:
		err = fmt.Errorf("there is no such setting; there are %s", strings.Join(names(), ", "))
	}
	if err != nil {
		return a, fmt.Errorf("%s: %w", text.Sanitise(name), err)
	}
	return a, nil
}

func names() []string {
	var list []string
	for _, s := range Settings() {
		list = append(list, s.Name)
	}
	return list
}

func whole(s string, least, most int) (string, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < least || n > most || strings.HasPrefix(s, "+") {
		return "", fmt.Errorf("%q is not a whole number from %d to %d", text.New(s), least, most)
	}
	return strconv.Itoa(n), nil
}

// classes of I/O priority by their number.
//
// Source: ioprio_set(2), include/uapi/linux/ioprio.h.
var classes = []string{"none", "realtime", "best-effort", "idle"}

const classShift = 13

// parseIOPrio reads none, idle, best-effort:4, be:4, realtime:0, rt:0, and the numbers of ionice(1), 2:4.
func parseIOPrio(s string) (int, error) {
	word, level, leveled := strings.Cut(s, ":")
	switch word {
	case "be", "2":
		word = classes[2]
	case "rt", "1":
		word = classes[1]
	case "0", "3":
		word = classes[word[0]-'0']
	}
	class, n := slices.Index(classes, word), 0
	if class == 1 || class == 2 {
		n = 4 // as ionice(1) has it
		if leveled {
			var err error
			if n, err = strconv.Atoi(level); err != nil || n < 0 || n > 7 || len(level) != 1 {
				return 0, fmt.Errorf("%q: a level goes from 0, the first, to 7", text.New(s))
			}
		}
	} else if class < 0 || leveled {
		return 0, fmt.Errorf("%q is none of none, idle, best-effort:LEVEL and realtime:LEVEL", text.New(s))
	}
	return class<<classShift | n, nil
}

func ioPrioText(n int) string {
	class, level := n>>classShift&7, n&7
	switch {
	case class == 1, class == 2:
		return fmt.Sprintf("%s:%d", classes[class], level)
	case class < len(classes):
		return classes[class]
	}
	return fmt.Sprintf("class %d", class)
}

const unlimited = 1<<64 - 1

// limitValue checks SOFT:HARD, SOFT:, :HARD, or one number for both. A limit of bytes may be a size, as spec.ParseSize
// reads them.
func limitValue(s string, bytes bool) (string, error) {
	soft, hard, two := strings.Cut(s, ":")
	if !two {
		hard = soft
	}
	a, err := limitNumber(soft, bytes)
	if err != nil {
		return "", err
	}
	b, err := limitNumber(hard, bytes)
	switch {
	case err != nil:
		return "", err
	case soft == "" && hard == "":
		return "", fmt.Errorf("%q has neither a soft nor a hard limit", text.New(s))
	case soft != "" && hard != "" && a > b:
		return "", fmt.Errorf("the soft limit %s is above the hard one, %s", limitText(a), limitText(b))
	}
	if soft != "" {
		soft = limitText(a)
	}
	if hard != "" {
		hard = limitText(b)
	}
	return soft + ":" + hard, nil
}

func limitNumber(s string, bytes bool) (uint64, error) {
	switch s {
	case "":
		return 0, nil
	case "unlimited", "infinity", "max":
		return unlimited, nil
	}
	n, err := spec.ParseNumber(s)
	switch {
	case err != nil && bytes && !strings.HasSuffix(s, "%"): // a share of what is not said
		if n, err = spec.ParseSize(s, 0); err != nil {
			return 0, err
		}
	case errors.Is(err, spec.ErrTooLarge) || n == unlimited:
		return 0, fmt.Errorf("%q is too large: at most %d are possible, or unlimited", text.New(s), uint64(unlimited-1))
	case err != nil:
		return 0, fmt.Errorf("%q is neither a whole number nor unlimited", text.New(s))
	}
	return n, nil
}

func limitText(n uint64) string {
	if n == unlimited {
		return "unlimited"
	}
	return strconv.FormatUint(n, 10)
}
