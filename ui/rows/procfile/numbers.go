package procfile

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/ui/rows"
)

// statFields are the fields of stat in their order.
//
// Source: proc_pid_stat(5).
var statFields = []struct{ name, is string }{
	{"pid", ""}, {"comm", "its name"}, {"state", ""}, {"ppid", "its parent"}, {"pgrp", "process group"}, {"session", ""},
	{"tty_nr", "terminal, as a device number"},
	{"tpgid", "foreground group of that terminal"}, {"flags", "PF_ flags"},
	{"minflt", "pages brought in without reading"}, {"cminflt", "the same of its children"},
	{"majflt", "pages that were read"}, {"cmajflt", "the same of its children"}, {"utime", "ticks in the program"},
	{"stime", "ticks in the kernel"},
	{"cutime", "ticks of its children"}, {"cstime", "the same in the kernel"}, {"priority", ""},
	{"nice", "-20 first, 19 last"}, {"num_threads", ""}, {"itrealvalue", "always 0"},
	{"starttime", "ticks since boot: with the PID, its identity"}, {"vsize", "bytes of address space"},
	{"rss", "pages in memory"}, {"rsslim", "bytes"}, {"startcode", "address"},
	{"endcode", "address"}, {"startstack", "address"}, {"kstkesp", "0: not told"}, {"kstkeip", "0: not told"},
	{"signal", "old masks; status has the whole ones"}, {"blocked", ""},
	{"sigignore", ""}, {"sigcatch", ""}, {"wchan", "1: waits in the kernel"}, {"nswap", "always 0"},
	{"cnswap", "always 0"}, {"exit_signal", "what its parent gets"},
	{"processor", "where it ran last"}, {"rt_priority", "0: not real-time"},
	{"policy", "0 normal, 1 FIFO, 2 round robin, 3 batch, 5 idle, 6 deadline"},
	{"delayacct_blkio_ticks", "ticks waiting for storage"}, {"guest_time", "ticks as a virtual processor"},
	{"cguest_time", ""}, {"start_data", "address"}, {"end_data", "address"},
	{"start_brk", "address of the heap"}, {"arg_start", "address"}, {"arg_end", "address"}, {"env_start", "address"},
	{"env_end", "address"}, {"exit_code", "as wait(2) gives it"},
}

// stat puts the name of each field beside it.
func stat(s string) []string {
	values := procwalk.StatFields([]byte(s))
	if values == nil {
		return []string{clean(strings.TrimSuffix(s, "\n"))}
	}
	t := table()
	for i, v := range values {
		if i >= len(statFields) {
			t.add(strconv.Itoa(i+1), "?", clean(v), "")
			continue
		}
		f := statFields[i]
		if n, err := strconv.ParseUint(v, 10, 64); err == nil && (f.name == "vsize" || f.name == "rsslim") {
			v = rows.LimitValue(n, "bytes")
		}
		t.add(strconv.Itoa(i+1), f.name, clean(v), f.is)
	}
	return t.lines()
}

func statm(s string) []string {
	names := []string{"size: all of its address space", "resident: in memory", "shared: of that, of files and shared",
		"text: the program", "lib: always 0", "data: data and stack", "dt: always 0"}
	t := table(">PAGES", "WHAT")
	for i, v := range strings.Fields(s) {
		if i < len(names) {
			t.add(clean(v), names[i])
		}
	}
	return t.lines()
}

func limits(s string) []string {
	list, err := detail.ParseLimits([]byte(s))
	if err != nil {
		return asIs(s)
	}
	t := table("LIMIT", "SOFT: IN FORCE", "HARD: AS FAR AS IT CAN RAISE IT")
	for _, l := range list {
		t.add(l.Name, rows.LimitValue(l.Soft, l.Unit), rows.LimitValue(l.Hard, l.Unit))
	}
	return t.lines()
}

// asIs is a file that is not of the form that is known.
func asIs(s string) []string {
	var out []string
	for _, l := range lines(s) {
		out = append(out, clean(l))
	}
	return out
}

// counters is io.
//
// Source: proc_pid_io(5).
func counters(s string) []string {
	notes := map[string]string{"rchar": "bytes read by calls, from caches and pipes too",
		"wchar": "bytes written by calls", "syscr": "calls that read", "syscw": "calls that wrote",
		"read_bytes": "bytes that storage gave", "write_bytes": "bytes for storage",
		"cancelled_write_bytes": "of these never written, as the file was cut or removed"}
	t := table()
	for _, line := range lines(s) {
		key, value, ok := strings.Cut(line, ": ")
		n, err := strconv.ParseUint(value, 10, 64)
		if !ok || err != nil {
			t.raw(line)
			continue
		}
		if !strings.HasPrefix(key, "sysc") {
			value = amount(n)
		}
		t.add(clean(key), value, notes[key])
	}
	return t.lines()
}

func schedstat(s string) []string {
	v, err := detail.ParseSchedstat([]byte(s))
	if err != nil {
		return asIs(s)
	}
	return []string{v.OnCPU.String() + " on a processor", v.Waiting.String() + " ready, and waiting for one",
		decimal(v.Slices) + " turns"}
}

// flags names the bits of a number in hexadecimal.
func flags(s string, names map[uint]string, none string) []string {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 16, 64)
	if err != nil {
		return asIs(s)
	}
	out := []string{fmt.Sprintf("%#x", n)}
	for bit := range uint(64) {
		if n>>bit&1 == 0 {
			continue
		}
		name := names[bit]
		if name == "" {
			name = fmt.Sprintf("bit %d", bit)
		}
		out = append(out, "  "+name)
	}
	if n == 0 {
		out = append(out, "  "+none)
	}
	return out
}

// personality is the execution domain.
//
// Source: personality(2).
func personality(s string) []string {
	return flags(s, map[uint]string{17: "UNAME26: says that it is Linux 2.6",
		18: "ADDR_NO_RANDOMIZE: addresses are not made random", 19: "FDPIC_FUNCPTRS",
		20: "MMAP_PAGE_ZERO: a page at address 0",
		21: "ADDR_COMPAT_LAYOUT", 22: "READ_IMPLIES_EXEC", 23: "ADDR_LIMIT_32BIT", 24: "SHORT_INODE", 25: "WHOLE_SECONDS",
		26: "STICKY_TIMEOUTS", 27: "ADDR_LIMIT_3GB", 3: "PER_LINUX32: like a 32-bit machine"},
		"an ordinary Linux program")
}

// coredumpFilter says which memory goes into a core.
//
// Source: core(5).
func coredumpFilter(s string) []string {
	return flags(s, map[uint]string{0: "private memory of its own", 1: "shared memory of its own",
		2: "private memory of files", 3: "shared memory of files", 4: "ELF headers",
		5: "private huge pages", 6: "shared huge pages", 7: "private DAX pages", 8: "shared DAX pages"}, "no memory at all")
}

func loginuid(s string) []string {
	s = strings.TrimSpace(s)
	if s == strconv.FormatUint(detail.NoLogin, 10) {
		return []string{s + ": it comes from no login (a daemon, a container)"}
	}
	return []string{clean(s) + ": the user who logged in, whatever it became since"}
}

func oomScoreAdj(s string) []string {
	s = strings.TrimSpace(s)
	says := "added to how the OOM killer ranks it"
	switch s {
	case "0":
		says = "ranked by its memory alone"
	case "-1000":
		says = "the OOM killer never takes it"
	case "1000":
		says = "the OOM killer takes it first"
	}
	return []string{clean(s) + ": " + says}
}

// auxv is the auxiliary vector: pairs of words in the byte order of the machine.
//
// Source: getauxval(3), include/uapi/linux/auxvec.h.
func auxv(s string) []string {
	names := map[uint64]string{3: "AT_PHDR program headers", 4: "AT_PHENT size of one", 5: "AT_PHNUM how many",
		6: "AT_PAGESZ page size", 7: "AT_BASE address of the loader", 8: "AT_FLAGS", 9: "AT_ENTRY where it begins",
		11: "AT_UID", 12: "AT_EUID", 13: "AT_GID", 14: "AT_EGID", 15: "AT_PLATFORM address",
		16: "AT_HWCAP what the processor can", 17: "AT_CLKTCK ticks a second",
		23: "AT_SECURE more privileges than its caller",
		24: "AT_BASE_PLATFORM", 25: "AT_RANDOM address of random bytes", 26: "AT_HWCAP2", 27: "AT_RSEQ_FEATURE_SIZE",
		28: "AT_RSEQ_ALIGN", 29: "AT_HWCAP3", 30: "AT_HWCAP4", 31: "AT_EXECFN address of its path", 32: "AT_SYSINFO",
		33: "AT_SYSINFO_EHDR address of the vDSO", 51: "AT_MINSIGSTKSZ"}
	t := table("TYPE", "VALUE")
	for b := []byte(s); len(b) >= 16; b = b[16:] {
		key, value := binary.NativeEndian.Uint64(b), binary.NativeEndian.Uint64(b[8:])
		if key == 0 {
			return t.lines()
		}
		name := names[key]
		if name == "" {
			name = decimal(key)
		}
		t.add(name, fmt.Sprintf("%d (%#x)", value, value))
	}
	t.raw("it ends before its last entry: a 32-bit program, or a kernel thread")
	return t.lines()
}

// fdinfo is what is known of an open file.
//
// Source: proc_pid_fdinfo(5).
func fdinfo(s string) []string {
	t := table()
	for _, line := range lines(s) {
		key, value, ok := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch {
		case !ok:
			t.raw(line)
		case key == "pos":
			t.add("pos", clean(value), "where it reads or writes next")
		case key == "flags":
			if n, err := strconv.ParseUint(value, 8, 31); err == nil {
				value = rows.Access(int(n))
			}
			t.add("flags", clean(value), "how it was opened")
		case key == "mnt_id":
			t.add("mnt_id", clean(value), "the mount: see mountinfo")
		case key == "ino":
			t.add("ino", clean(value), "the inode")
		default:
			t.add(clean(key), clean(value), "")
		}
	}
	return t.lines()
}
