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
	"bones/procwalk/text"
	"bones/ui/rows"
)

// addressSpace is maps: the address space, one mapping a line.
//
// Source: proc_pid_maps(5).
func addressSpace(s string) []string {
	t := table("ADDRESS", ">SIZE", "RIGHTS", "WHAT")
	total, both, n := uint64(0), 0, 0
	for _, line := range lines(s) {
		f := strings.Fields(line)
		from, to, ok := "", "", false
		if len(f) >= 5 && len(f[1]) == 4 {
			from, to, ok = strings.Cut(f[0], "-")
		}
		a, err1 := strconv.ParseUint(from, 16, 64)
		b, err2 := strconv.ParseUint(to, 16, 64)
		if !ok || err1 != nil || err2 != nil || b < a {
			t.raw(line)
			continue
		}
		n++
		what := "memory of its own"
		if len(f) > 5 {
			// The name begins where the fields end, and may hold blanks.
			rest := line
			for range 5 {
				rest = strings.TrimLeft(rest, " ")
				_, rest, _ = strings.Cut(rest, " ")
			}
			what = clean(strings.TrimLeft(rest, " "))
			if says := mappingNotes[what]; says != "" {
				what += ": " + says
			}
		}
		rights := f[1][:3]
		if rights == "---" {
			rights = "none"
		}
		if f[1][3] == 's' {
			rights += " shared"
		}
		if f[1][1] == 'w' && f[1][2] == 'x' {
			both++
			what += "  ! it can be written and executed"
		}
		total += b - a
		t.add(clean(f[0]), rows.Size(b-a), clean(rights), what)
	}
	head := fmt.Sprintf("%d mappings, %s of address space", n, rows.Size(total))
	if both > 0 {
		head += fmt.Sprintf(", %d can be both written and executed", both)
	}
	return append([]string{head}, t.lines()...)
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
		f := strings.Fields(line)
		if len(f) != 3 {
			t.raw(line)
			continue
		}
		says := "ahead of the initial time namespace"
		if f[1] == "0" && f[2] == "0" {
			says = "as everywhere"
		} else if strings.HasPrefix(f[1], "-") {
			says = "behind the initial time namespace"
		}
		t.add(clean(f[0]), clean(f[1]), clean(f[2]), says)
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
func Namespace(name string) string { return namespaceNotes[name] }

var namespaceNotes = map[string]string{
	"mnt": "isolates the mounts: which files there are", "pid": "isolates process numbers",
	"net": "isolates devices, addresses, routes, ports", "ipc": "isolates System V IPC and message queues",
	"uts":    "isolates host name and domain name",
	"user":   "isolates user and group IDs, and what capabilities are good for",
	"cgroup": "isolates the root of the groups that are named, not the limits",
	"time":   "isolates the clocks since boot", "pid_for_children": "the pid namespace that its children will be in",
	"time_for_children": "the time namespace that its children will be in",
}
