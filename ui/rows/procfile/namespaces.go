package procfile

import (
	"strconv"

	"bones/procwalk"
	"bones/procwalk/idmap"
	"bones/procwalk/timens"
	"bones/ui/rows"
)

func idMap(s string) []string {
	ranges, err := idmap.Parse([]byte(s))
	switch {
	case err != nil:
		return asIs(s)
	case len(ranges) == 0:
		return []string{"empty: this user namespace maps no ID yet"}
	case ranges.Whole():
		return []string{"every ID maps to itself: this is the initial user namespace"}
	}
	t := table(">INSIDE", ">OUTSIDE", "HOW MANY")
	for _, r := range ranges {
		t.add(decimal(uint64(r.Inside)), decimal(uint64(r.Outside)), decimal(uint64(r.Count)))
	}
	return t.lines()
}

func timensOffsets(s string) []string {
	t := table("CLOCK", ">SECONDS", ">NANOSECONDS", "")
	for _, line := range lines(s) {
		o, ok := timens.ParseLine(line)
		if !ok {
			t.raw(line)
			continue
		}
		says := "ahead of the initial time namespace"
		if o.None() {
			says = "as everywhere"
		} else if o.Seconds < 0 {
			says = "behind the initial time namespace"
		}
		t.add(clean(o.Clock), strconv.FormatInt(o.Seconds, 10), decimal(uint64(o.Nanoseconds)), says)
	}
	return t.lines()
}

// Namespace says what a link in ns is for.
//
// Source: namespaces(7).
func Namespace(name string) string {
	for t := range procwalk.NSTypes {
		switch name {
		case t.String():
			return "isolates " + rows.NSIsolatesWhat(t)
		case t.String() + "_for_children":
			return "the " + t.String() + " namespace that its children will be in"
		}
	}
	return ""
}
