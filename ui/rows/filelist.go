package rows

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"bones/procwalk/rootfs"
	"bones/procwalk/text"
)

// SortFiles puts directories first, then the rest, each by name.
func SortFiles(list []rootfs.Info) {
	slices.SortFunc(list, func(a, b rootfs.Info) int {
		if x, y := a.Kind == rootfs.Directory, b.Kind == rootfs.Directory; x != y {
			if x {
				return -1
			}
			return 1
		}
		return byNumbers(a.Name, b.Name)
	})
}

// byNumbers compares names, those that are numbers by their value: fd/2 comes before fd/10.
func byNumbers(a, b string) int {
	x, err1 := strconv.Atoi(a)
	y, err2 := strconv.Atoi(b)
	if err1 == nil && err2 == nil {
		return x - y
	}
	return strings.Compare(a, b)
}

// FileMode is type and permissions as ls prints them.
func FileMode(i rootfs.Info) string {
	kind := map[rootfs.Kind]byte{rootfs.Regular: '-', rootfs.Directory: 'd', rootfs.Link: 'l', rootfs.FIFO: 'p', rootfs.Socket: 's', rootfs.Char: 'c', rootfs.Block: 'b'}[i.Kind]
	if kind == 0 {
		kind = '?'
	}
	b := []byte{kind}
	for n := 8; n >= 0; n-- {
		if i.Mode&(1<<n) != 0 {
			b = append(b, "xwr"[n%3])
		} else {
			b = append(b, '-')
		}
	}
	for n, c := range []struct{ with, without byte }{{'t', 'T'}, {'s', 'S'}, {'s', 'S'}} {
		if at := 9 - 3*n; i.Mode&(0o1000<<n) != 0 {
			if b[at] == 'x' {
				b[at] = c.with
			} else {
				b[at] = c.without
			}
		}
	}
	return string(b)
}

// FileOwner shows a number as it is inside, and in parentheses the one on this host where it differs.
func FileOwner(outside uint32, inside int64) string {
	switch {
	case inside < 0:
		return fmt.Sprintf("(%d)", outside)
	case inside == int64(outside):
		return strconv.FormatInt(inside, 10)
	}
	return fmt.Sprintf("%d(%d)", inside, outside)
}

// FileName is a name with what shows its type, and of a link where it leads; safe to print.
func FileName(i rootfs.Info) string {
	name := text.Line(i.Name)
	switch i.Kind {
	case rootfs.Directory:
		name += "/"
	case rootfs.Link:
		name += " -> " + text.Line(i.Target)
	case rootfs.FIFO:
		name += "|"
	case rootfs.Socket:
		name += "="
	}
	return name
}

// FileSections sets out what is known about a file. mount may be nil; does is a sentence on what it is for.
func FileSections(i rootfs.Info, mount *rootfs.Mount, does string) []Section {
	s := Section{Title: "File " + text.Line(i.Name)}
	add := func(label, value string) { s.Lines = append(s.Lines, Line{Label: label, Value: value}) }
	if does != "" {
		add("", does)
	}
	if i.Err != "" {
		s.Lines = append(s.Lines, Line{Value: text.Line(i.Err), Style: Bad})
		return []Section{s}
	}
	add("Kind", string(i.Kind))
	add("Mode", fmt.Sprintf("%04o %s", i.Mode, FileMode(i)))
	add("Owner", FileOwner(i.UID, i.UIDIn)+" inside (on this host)")
	add("Group", FileOwner(i.GID, i.GIDIn))
	add("Size", fmt.Sprintf("%d bytes", i.Size))
	add("Names", fmt.Sprintf("%d", i.Links))
	add("Changed", i.ModTime.Format("2006-01-02 15:04:05"))
	if i.Kind == rootfs.Link {
		add("Leads to", text.Line(i.Target)+", as the process sees it")
	}
	if i.Kind == rootfs.Char || i.Kind == rootfs.Block {
		add("Device", fmt.Sprintf("%d:%d; never opened", i.Rdev>>8&0xfff, i.Rdev&0xff))
	}
	list := []Section{s}
	if mount != nil {
		m := Section{Title: "Mount"}
		is := map[string]string{"image": "the root file system: the image's layers", "volume": "a volume, or a file that was mounted", "tmpfs": "in memory, gone with the container",
			"kernel": "the kernel's own"}[mount.Kind]
		m.Lines = append(m.Lines, Line{Label: "Point", Value: text.Line(mount.Point)}, Line{Label: "Is", Value: is}, Line{Label: "Type", Value: text.Line(mount.FSType)},
			Line{Label: "Source", Value: text.Line(mount.Source)}, Line{Label: "Of it", Value: text.Line(mount.Root)})
		list = append(list, m)
	}
	return list
}

// ProcFile is one sentence on an entry of /proc/PID; empty for one that is not known.
//
// Source: proc_pid(5) and its pages; Documentation/filesystems/proc.rst.
func ProcFile(name string) string { return procFiles[name] }

var procFiles = map[string]string{
	"arch_status": "What the processor's architecture adds to the status.", "attr": "The labels of security modules.",
	"autogroup": "The scheduler's group of the session, and its nice value.", "auxv": "What the kernel told the program at its start, in binary.",
	"cgroup": "The control group in each hierarchy: only the names; the limits are in the cgroup file system.", "clear_refs": "Writing resets the marks of used pages.",
	"cmdline": "The command line, with NUL between arguments; the process can change it.", "comm": "Its name, 15 bytes at most; the process can change it.",
	"coredump_filter": "Which memory goes into a core dump.", "cpu_resctrl_groups": "Its groups for sharing caches.", "cpuset": "The path of its cpuset group.",
	"cwd": "Its working directory: a link that only /proc can follow.", "environ": "The environment at its start; values may be secrets, and are masked until v.",
	"exe": "The program that it runs.", "fd": "Its open files, by number, and what each is.", "fdinfo": "Position and flags of each open file.",
	"gid_map": "Group IDs of its user namespace: inside, outside, how many.", "io": "Bytes and calls that it read and wrote.", "ksm_merging_pages": "Pages that it shares by merging.",
	"ksm_stat": "What merging of pages saves.", "latency": "Latencies, where they are measured.", "limits": "Its resource limits, soft and hard.",
	"loginuid": "Who logged in, for audit.", "map_files": "The files that are mapped, by address.", "maps": "Its memory: address, rights, file.",
	"mem": "Its memory itself; never opened here.", "mountinfo": "The mounts that it sees: ID, parent, device, root, point, options, type, source.",
	"mounts": "The same in the form of /etc/fstab.", "mountstats": "The same with counters of network file systems.", "net": "The network as its namespace sees it.",
	"ns": "Its namespaces: two processes with the same number share one.", "numa_maps": "Memory by NUMA node.", "oom_adj": "How readily the OOM killer takes it; the old form.",
	"oom_score": "How the OOM killer ranks it now, up to 1000 and more.", "oom_score_adj": "What is added to that, -1000 (never) to 1000.",
	"pagemap": "The physical page of each page.", "patch_state": "Whether it is being moved to a live patch.", "personality": "Compatibility flags.",
	"projid_map": "Project IDs of its user namespace.", "root": "Its root directory: what a container calls /.", "sched": "What the scheduler knows.",
	"schedstat": "Time on a processor, time waiting, turns.", "sessionid": "The audit session.", "setgroups": "Whether setgroups is allowed in its user namespace.",
	"smaps": "maps with the memory that each part uses.", "smaps_rollup": "The sum of that.", "stack": "Where it is in the kernel.",
	"stat": "The numbers that ps reads, on one line.", "statm": "Memory in pages.", "status": "The same for people: ids, memory, signals, capabilities, seccomp.",
	"syscall": "The system call that it is in.", "task": "Its threads, each with a folder like this one.", "timens_offsets": "How its time namespace shifts the clocks.",
	"timers": "Its POSIX timers.", "timerslack_ns": "How late its timers may be.", "uid_map": "User IDs of its user namespace: inside, outside, how many.", "wchan": "The kernel function that it waits in.",
}
