package procfile

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/fields"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/smaps"
	"bones/procwalk/text"
	"bones/procwalk/timens"
	"bones/ui/rows"
)

// addressSpace is maps: the address space, one mapping a line.
//
// Source: proc_pid_maps(5).
func addressSpace(s string) []string {
	t := table("ADDRESS", ">SIZE", "RIGHTS", "WHAT")
	total, both, n := uint64(0), 0, 0
	for _, line := range lines(s) {
		m, ok := smaps.ParseMapping(line)
		if !ok {
			t.raw(line)
			continue
		}
		n++
		what := "memory of its own"
		if m.Name.Len() > 0 {
			what = m.Name.String()
			if says := mappingNotes[what]; says != "" {
				what += ": " + says
			}
		}
		if m.Write && m.Execute {
			both++
			what += "  ! it can be written and executed"
		}
		total += m.To - m.From
		t.add(fmt.Sprintf("%08x-%08x", m.From, m.To), rows.Size(m.To-m.From), mappingRights(m), what)
	}
	head := fmt.Sprintf("%d mappings, %s of address space", n, rows.Size(total))
	if both > 0 {
		head += fmt.Sprintf(", %d can be both written and executed", both)
	}
	return append([]string{head}, t.lines()...)
}

// mappingRights are the rights as maps writes them.
func mappingRights(m smaps.Mapping) string {
	rights := []byte("---")
	for i, has := range []bool{m.Read, m.Write, m.Execute} {
		if has {
			rights[i] = "rwx"[i]
		}
	}
	said := string(rights)
	if said == "---" {
		said = "none"
	}
	if m.Shared {
		said += " shared"
	}
	return said
}

var mappingNotes = map[string]string{"[heap]": "what malloc gives out", "[stack]": "of its first thread",
	"[vdso]": "calls that need no kernel", "[vvar]": "the clock's data for them",
	"[vsyscall]": "the same, older form", "[uprobes]": "traced places"}

// mounts are the mounts that the process sees, in the order of their points as the kernel lists them.
func mounts(s string) []string {
	t := table(">ID", ">ON", "POINT", "TYPE", "SOURCE", "OF IT", "OPTIONS", "SPREADS")
	n := 0
	for _, line := range lines(s) {
		m, err := mountinfo.ParseLine(line)
		if err != nil {
			t.raw(line)
			continue
		}
		n++
		t.add(strconv.Itoa(m.ID), strconv.Itoa(m.Parent), m.Point.String(), m.FSType.String(), m.Source.String(),
			m.Root.String(), m.Options.String(),
			spreads(m.Propagation.Raw()))
	}
	return append([]string{strconv.Itoa(n) + " mounts"}, t.lines()...)
}

// spreads says where mounts made below a mount are seen.
//
// Source: mount_namespaces(7), SHARED SUBTREES.
func spreads(shared string) string {
	var words []string
	for s := range strings.FieldsSeq(shared) {
		name, group, _ := strings.Cut(s, ":")
		switch name {
		case "shared":
			words = append(words, "shared in group "+group)
		case "master":
			words = append(words, "gets those of group "+group)
		case "propagate_from":
			words = append(words, "as group "+group)
		case "unbindable":
			words = append(words, "unbindable")
		default:
			words = append(words, s)
		}
	}
	if len(words) == 0 {
		return "private"
	}
	return clean(strings.Join(words, ", "))
}

// cgroup names the groups.
//
// Source: cgroups(7).
func cgroup(s string) []string {
	t := table("HIERARCHY", "CONTROLLERS", "GROUP")
	for _, line := range lines(s) {
		parsed := procwalk.ParseCgroup([]byte(line + "\n"))
		if parsed.Err != nil {
			t.raw(line)
			continue
		}
		l := parsed.Lines[0]
		names, where := l.Controllers.Raw(), l.Path.Raw()
		hierarchy, controllers := "v1, number "+strconv.Itoa(l.Hierarchy), strings.ReplaceAll(names, ",", " ")
		switch {
		case l.V2():
			hierarchy, controllers = "v2", "those that its cgroup.controllers names"
		case strings.HasPrefix(names, "name="):
			controllers = names + " (to keep track of processes; no limits)"
		}
		group := clean(where)
		switch {
		case strings.HasSuffix(where, " (deleted)"):
			group += ": the group has been removed"
		case strings.HasPrefix(where, "/.."):
			group += ": outside of our own cgroup namespace's root"
		}
		t.add(hierarchy, clean(controllers), group)
	}
	return append(t.lines(), "", "Only the names of the groups: the limits are files of the group in the cgroup file "+
		"system (view 4, bones cgroup).")
}

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

// Descriptor says what an open file is, from where its link leads; sockets are looked for in what Sockets made of
// net/*.
func Descriptor(target string, sockets map[string]string) string {
	kind, rest, _ := strings.Cut(target, ":")
	_, inode, _ := fields.InodeLink([]byte(target))
	switch {
	case kind == "socket":
		if says := sockets[decimal(inode)]; says != "" {
			return says
		}
		return cmp.Or(sockets[Unlisted], "a socket")
	case kind == "pipe":
		return "a pipe: others with the same number hold its other end"
	case kind == "anon_inode":
		return "the kernel's own: " + strings.Trim(text.Sanitise(rest), "[]")
	case strings.HasPrefix(target, "/memfd:"):
		return "a file in memory, without a name in a directory"
	case strings.HasPrefix(target, "/dev/pts/"), target == "/dev/tty":
		return "a terminal"
	case target == "/dev/null":
		return "nothing: reads end, writes are dropped"
	case strings.HasPrefix(target, "/dev/") && !strings.HasPrefix(target, "/dev/shm/") &&
		!strings.HasPrefix(target, "/dev/mqueue/"):
		return "a device"
	case strings.HasSuffix(target, " (deleted)"):
		return "a file that was removed; its space is free once it is closed"
	case strings.HasPrefix(target, "/"):
		return "a file"
	}
	if says := Namespace(kind); says != "" {
		return "a namespace: keeps it alive"
	}
	return ""
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
