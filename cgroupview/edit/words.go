package edit

import (
	"fmt"
	"strconv"
	"strings"

	"bones/cgroupview"
	"bones/cgroupview/spec"
	"bones/procwalk/text"
)

// A limit in a sentence is a number as people say it: 1 GiB, 1.5 CPUs, unlimited. The raw one is what is written, and
// stands in the command by hand and in JSON.

// limitNames are what the files with limits are called in a sentence.
var limitNames = map[string]string{
	"memory.max": "memory", "memory.limit_in_bytes": "memory", "memory.swap.max": "swap",
	"memory.memsw.limit_in_bytes": "memory with swap", "memory.high": "memory.high", "pids.max": "pids",
	"cpu.max": "cpus", "cpu.cfs_quota_us": "cpus",
}

// Words is what a change is about and what becomes of it, for a sentence: "memory", "unlimited", "1 GiB".
func (c Change) Words() (what, old, now string) {
	what = limitNames[c.File]
	if what == "" {
		what = text.Line(c.File)
	}
	return what, c.forPeople(c.Old), c.forPeople(c.New)
}

// forPeople writes a value of the file for people.
func (c Change) forPeople(value string) string {
	value = strings.TrimSpace(value)
	s := spec.Of(c.Group.Hierarchy.Version, c.File)
	switch {
	case s == nil:
	case c.File == "cpu.max":
		if milli, unlimited, err := spec.ParseQuota(value); err == nil {
			return sayQuota(milli, unlimited)
		}
	case s.Unlimited != "" && value == s.Unlimited:
		return "unlimited"
	case c.File == "cpu.cfs_quota_us": // what share of a processor that is, the period decides, another file
		if n, err := strconv.ParseUint(value, 10, 63); err == nil {
			return fmt.Sprintf("%d µs per period", n)
		}
	case s.Kind == spec.Bytes:
		n, err := strconv.ParseUint(value, 10, 64)
		switch {
		case err != nil:
		case c.Group.Hierarchy.Version == 1 && s.Unlimited == "-1" && n >= cgroupview.UnlimitedV1:
			return "unlimited"
		default:
			return spec.SayBytes(n)
		}
	}
	return text.Line(value)
}

func sayQuota(milli uint64, unlimited bool) string {
	switch {
	case unlimited:
		return "unlimited"
	case milli == 1000:
		return "1 CPU"
	}
	return strconv.FormatFloat(float64(milli)/1000, 'f', -1, 64) + " CPUs"
}

// sentence says what a change came to: "memcached: memory unlimited to 1 GiB".
func (e *Edit) sentence() string {
	var parts []string
	for _, c := range e.changes {
		what, old, now := c.Words()
		parts = append(parts, what+e.where(c)+" "+old+" to "+now)
	}
	name := strings.TrimPrefix(text.ShortIDs(e.surroundings.Name.String()), "container ")
	return name + ": " + strings.Join(parts, ", ")
}

// where names the group of a change, if that is another than the one that the edit is about.
func (e *Edit) where(c Change) string {
	if c.Group.Path.Raw() != e.changes[0].Group.Path.Raw() || e.outer(c) != nil {
		return " of " + text.ShortIDs(c.Group.Path.String())
	}
	return ""
}
