package rows

import "bones/procwalk"

// nsTypes has what is said of each type of namespace, all of it behind words that name the type.
//
// Source: namespaces(7) and the pages that it names.
var nsTypes = [procwalk.NSTypes]struct {
	short    string // what it isolates, in as few words as a check box has room for
	isolates string // what it isolates
	shared   string // what it means to share the host's
	without  string // what of the host it sees without one of its own
}{
	procwalk.Cgroup: {"the cgroup root", "the cgroup root: which group looks like /, but no limits",
		"it sees the whole paths of its groups", "its groups' whole paths"},
	procwalk.IPC: {"System V IPC, message queues", "System V IPC and POSIX message queues",
		"it reaches the host's shared memory segments and queues", "its shared memory and queues"},
	procwalk.Mnt: {"mounts, the files", "mount points: what is mounted where", "it sees the host's mounts", "its mounts"},
	procwalk.Net: {"network interfaces, ports", "network devices, addresses, routes, ports",
		"it listens on the host's own addresses and ports", "its network devices and ports"},
	procwalk.PID: {"process numbers", "process IDs",
		"it sees all processes of the host, and may signal those of its user", "its processes"},
	procwalk.Time: {"clock offsets", "boot and monotonic clocks",
		"its clocks are the host's; nearly all containers share them", "its clocks"},
	procwalk.User: {"user and group ids, capabilities", "user and group IDs, and what capabilities are good for",
		"UID 0 in it is UID 0 here; most engines share it", "its users"},
	procwalk.UTS: {"host name", "host name and NIS domain name", "a new host name would be the host's", "its host name"},
}

// NSIsolates says in a few words what a type of namespace isolates.
func NSIsolates(t procwalk.NSType) string { return nsTypes[t].short }

// NSIsolatesWhat says it in full.
func NSIsolatesWhat(t procwalk.NSType) string { return nsTypes[t].isolates }
