package procfile

import "strings"

// About is one sentence on an entry of the folder of a process, or of a folder in it; empty for one that is not known.
func About(path string) string {
	k := kind(path)
	if k == "fdinfo" && strings.Count(path, "/") > 1 {
		return "Position and flags of this open file."
	}
	if ns, ok := strings.CutPrefix(k, "ns/"); ok {
		return Namespace(ns)
	}
	return about[k]
}

var about = map[string]string{
	"arch_status": "What the processor's architecture adds to the status.", "attr": "The labels of security modules.",
	"autogroup":       "The scheduler's group of the session, and its nice value.",
	"auxv":            "What the kernel told the program at its start, in binary.",
	"cgroup":          "The control group in each hierarchy: only the names; the limits are in the cgroup file system.",
	"clear_refs":      "Writing resets the marks of used pages.",
	"cmdline":         "The command line, with NUL between arguments; the process can change it.",
	"comm":            "Its name, 15 bytes at most; the process can change it.",
	"coredump_filter": "Which memory goes into a core dump.", "cpu_resctrl_groups": "Its groups for sharing caches.",
	"cpuset":  "The path of its cpuset group.",
	"cwd":     "Its working directory: a link that only /proc can follow.",
	"environ": "The environment at its start; values may be secrets, and are masked until v.",
	"exe":     "The program that it runs.", "fd": "Its open files, by number, and what each is.",
	"fdinfo":  "Position and flags of each open file.",
	"gid_map": "Group IDs of its user namespace: inside, outside, how many.",
	"io":      "Bytes and calls that it read and wrote.", "ksm_merging_pages": "Pages that it shares by merging.",
	"ksm_stat": "What merging of pages saves.", "latency": "Latencies, where they are measured.",
	"limits":   "Its resource limits, soft and hard.",
	"loginuid": "Who logged in, for audit.", "map_files": "The files that are mapped, by address.",
	"maps":      "Its memory: address, rights, file.",
	"mem":       "Its memory itself; never opened here.",
	"mountinfo": "The mounts that it sees: ID, parent, device, root, point, options, type, source.",
	"mounts":    "The same in the form of /etc/fstab.", "mountstats": "The same with counters of network file systems.",
	"net": "The network as its namespace sees it.",
	"ns":  "Its namespaces: two processes with the same number share one.", "numa_maps": "Memory by NUMA node.",
	"oom_adj":       "How readily the OOM killer takes it; the old form.",
	"oom_score":     "How the OOM killer ranks it now, up to 1000 and more.",
	"oom_score_adj": "What is added to that, -1000 (never) to 1000.",
	"pagemap":       "The physical page of each page.", "patch_state": "Whether it is being moved to a live patch.",
	"personality": "Compatibility flags.",
	"projid_map":  "Project IDs of its user namespace.", "root": "Its root directory: what a container calls /.",
	"sched":     "What the scheduler knows.",
	"schedstat": "Time on a processor, time waiting, turns.", "sessionid": "The audit session.",
	"setgroups": "Whether setgroups is allowed in its user namespace.",
	"smaps":     "maps with the memory that each part uses.", "smaps_rollup": "The sum of that.",
	"stack": "Where it is in the kernel.",
	"stat":  "The numbers that ps reads, on one line.", "statm": "Memory in pages.",
	"status":  "The same in readable form: ids, memory, signals, capabilities, seccomp.",
	"syscall": "The system call that it is in.", "task": "Its threads, each with a folder like this one.",
	"timens_offsets": "How its time namespace shifts the clocks.",
	"timers":         "Its POSIX timers.", "timerslack_ns": "How late its timers may be.",
	"uid_map": "User IDs of its user namespace: inside, outside, how many.",
	"wchan":   "The kernel function that it waits in.",
	"net/tcp": "TCP sockets over IPv4.", "net/tcp6": "TCP sockets over IPv6.", "net/udp": "UDP sockets over IPv4.",
	"net/udp6":    "UDP sockets over IPv6.",
	"net/udplite": "UDP-Lite sockets over IPv4.", "net/udplite6": "UDP-Lite sockets over IPv6.",
	"net/raw": "Raw sockets over IPv4.", "net/raw6": "Raw sockets over IPv6.", "net/unix": "Unix sockets.",
	"net/dev": "Devices, with what they received and sent.", "net/route": "Routes of IPv4.",
	"net/ipv6_route": "Routes of IPv6.", "net/arp": "Who has which address on this link.",
	"net/if_inet6": "Addresses of IPv6.", "net/snmp": "Counters of IP, ICMP, TCP and UDP.",
	"net/snmp6": "The same of IPv6.", "net/netstat": "More counters of TCP and IP.",
	"net/sockstat": "How many sockets there are.", "net/sockstat6": "The same of IPv6.",
	"net/packet":  "Sockets that read devices.",
	"net/netlink": "Sockets that talk to the kernel.", "net/protocols": "Protocols that the kernel has.",
	"net/fib_trie":        "The tree of routes and addresses of IPv4.",
	"net/ip_tables_names": "Tables of the packet filter in use.",
	"net/nf_conntrack":    "Connections that the packet filter follows.", "net/wireless": "Wireless devices.",
	"net/igmp": "Groups that it listens to.", "net/stat": "Statistics of parts of the network.",
	"attr/current": "Its label.", "attr/exec": "The label after the next exec.",
	"attr/prev": "The label before the last exec.",
}
