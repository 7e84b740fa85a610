package procwalk

import "bones/procwalk/quick"

// NSType is a kind of namespace.
//
// Source: namespaces(7).
type NSType int

const (
	Cgroup  NSType = iota // isolates the cgroup root directory; since 4.6
	IPC                   // System V IPC, POSIX message queues
	Mnt                   // mount points
	Net                   // network devices, stacks, ports
	PID                   // process IDs
	Time                  // boot and monotonic clocks; since 5.6
	User                  // user and group IDs; whole since 3.8
	UTS                   // host name and NIS domain name
	NSTypes               // how many there are
)

var nsNames = [NSTypes]string{"cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"}

// String returns the name of the link below /proc/PID/ns.
func (t NSType) String() string {
	if t < 0 || t >= NSTypes {
		return "?"
	}
	return nsNames[t]
}

// Namespaces are the links of /proc/PID/ns: the inode numbers of the namespaces a process is in. Numbers are used
// again after a namespace has gone, so they identify one only within one snapshot.
type Namespaces struct {
	Inode           [NSTypes]uint64
	PIDForChildren  uint64 // differs from Inode[PID] after unshare(CLONE_NEWPID), until and unless it is the same process
	TimeForChildren uint64
	Err             [NSTypes]error // per type: no permission (ptrace), not in this kernel, gone
	root            uint32         // see Root; not exported, so that no recording holds what says nothing later
}

// Root is one number for all rows of a snapshot with the same root directory; 0: it is not known, as by /proc. Of rows
// of two snapshots of a Walker the same number tells that it is the same directory.
func (n *Namespaces) Root() uint32 { return n.root }

// WithRoot returns these namespaces with a number for the root directory, for a Batch.
func (n Namespaces) WithRoot(number uint32) Namespaces {
	n.root = number
	return n
}

var nsLinks = func() (links [NSTypes]quick.Name) {
	for t, name := range nsNames {
		links[t] = quick.Name("ns/" + name + "\x00")
	}
	return links
}()
