package procfile

import (
	"strconv"
	"strings"

	"bones/procwalk/text"
	"bones/ui/rows"
)

// statusNotes say what a line of status is.
//
// Source: proc_pid_status(5).
var statusNotes = map[string]string{
	"Name": "the process chose it, 15 bytes at most", "Umask": "permissions that its new files do not get",
	"State": "R running, S sleeping, D waiting for a device, T stopped, Z ended",
	"Tgid":  "the thread group: what is called the PID", "Ngid": "its NUMA group", "Pid": "the thread",
	"PPid": "its parent", "TracerPid": "who traces it; 0: nobody",
	"FDSize": "room for this many descriptors", "Groups": "supplementary groups",
	"NStgid": "its PID in each pid namespace, ours first, its own last",
	"NSpid":  "the same of the thread", "NSpgid": "the process group", "NSsid": "the session",
	"Kthread": "whether it is a kernel thread", "VmPeak": "the most address space it ever had",
	"VmSize": "address space", "VmLck": "locked: never swapped", "VmPin": "pinned for devices",
	"VmHWM": "the most memory it ever had", "VmRSS": "memory that it has now",
	"RssAnon": "of that: of its own", "RssFile": "of files", "RssShmem": "shared", "VmData": "data, where it can write",
	"VmStk": "stack", "VmExe": "the program", "VmLib": "libraries",
	"VmPTE": "page tables", "VmSwap": "swapped out", "HugetlbPages": "huge pages",
	"CoreDumping": "whether a core is being written", "THP_enabled": "huge pages may be made for it",
	"Threads": "threads in the group", "SigQ": "signals queued for its user, and how many may be",
	"SigPnd": "waiting for this thread", "ShdPnd": "waiting for the process",
	"SigBlk": "blocked", "SigIgn": "ignored", "SigCgt": "handled by the program",
	"CapInh": "capabilities kept through exec, if the file has them too",
	"CapPrm": "that it may use", "CapEff": "that are in force", "CapBnd": "that it can ever get",
	"CapAmb":     "kept through exec of any program",
	"NoNewPrivs": "whether exec can no longer give privileges", "Seccomp": "the filter of system calls",
	"Seccomp_filters":   "how many filters",
	"Cpus_allowed_list": "processors that it may use", "Mems_allowed_list": "memory nodes",
	"voluntary_ctxt_switches":    "it waited for something",
	"nonvoluntary_ctxt_switches": "preempted, or its time slice was over",
}

func status(s string) []string {
	t := table()
	for _, line := range lines(s) {
		key, value, ok := strings.Cut(line, ":")
		if !ok {
			t.raw(line)
			continue
		}
		value = strings.Trim(value, " \t")
		t.add(clean(key), statusValue(key, value), statusNotes[key])
	}
	return t.lines()
}

// statusValue is a value in words; as it is, if it has another form.
func statusValue(key, value string) string {
	switch {
	case strings.HasSuffix(value, " kB"):
		if n, err := strconv.ParseUint(strings.TrimSuffix(value, " kB"), 10, 54); err == nil {
			return amount(n << 10)
		}
	case strings.HasPrefix(key, "Cap"):
		if n, err := strconv.ParseUint(value, 16, 64); err == nil {
			return rows.CapSet(n, 0)
		}
	case key == "SigQ":
		if used, limit, ok := strings.Cut(value, "/"); ok {
			return clean(used + " of " + limit)
		}
	case strings.HasPrefix(key, "Sig"), key == "ShdPnd":
		if n, err := strconv.ParseUint(value, 16, 64); err == nil {
			return rows.SignalSet(n)
		}
	case key == "Uid", key == "Gid":
		if f := strings.Fields(value); len(f) == 4 {
			if f[0] == f[1] && f[1] == f[2] && f[2] == f[3] {
				return clean(f[0])
			}
			return clean("real " + f[0] + ", effective " + f[1] + ", saved " + f[2] + ", for files " + f[3])
		}
	case key == "Name": // where the kernel has escaped two characters itself
		return text.Sanitise(strings.NewReplacer(`\n`, "\n", `\\`, `\`).Replace(value))
	case key == "Seccomp":
		return number(value, map[string]string{"0": "off", "1": "strict: read, write and exit only", "2": "filter"})
	case key == "NoNewPrivs":
		return number(value, map[string]string{"0": "no", "1": "yes"})
	case key == "CoreDumping", key == "THP_enabled", key == "Kthread":
		return number(value, map[string]string{"0": "no", "1": "yes"})
	}
	if value == "" {
		return "-"
	}
	return clean(value)
}

// number puts the word for a number behind it.
func number(value string, words map[string]string) string {
	if w := words[value]; w != "" {
		return value + " " + w
	}
	return clean(value)
}

// amount is a number of bytes for a reader, and exactly.
func amount(n uint64) string {
	if n < 1000 {
		return decimal(n)
	}
	return rows.Size(n) + " (" + decimal(n) + ")"
}

func decimal(n uint64) string { return strconv.FormatUint(n, 10) }
