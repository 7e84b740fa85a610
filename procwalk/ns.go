package procwalk

import (
	"bytes"

	"bones/procwalk/fields"
	"bones/procwalk/quick"
)

// NSType is a kind of namespace.
//
// Source: namespaces(7).
type NSType int

const (
	Cgroup  NSType = iota // isolates the cgroup root directory
	IPC                   // System V IPC, POSIX message queues
	Mnt                   // mount points
	Net                   // network devices, stacks, ports
	PID                   // process IDs
	Time                  // boot and monotonic clocks
	User                  // user and group IDs
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
	Root            uint64         // one number for all rows with the same root directory; 0: not known, as by /proc
}

var nsLinks = func() (links [NSTypes]quick.Name) {
	for t, name := range nsNames {
		links[t] = quick.Name("ns/" + name + "\x00")
	}
	return links
}()

// parseNSLink reads the number from a link such as "mnt:[4026531841]".
func parseNSLink(link []byte) (uint64, bool) {
	open := bytes.IndexByte(link, '[')
	if open < 0 || link[len(link)-1] != ']' {
		return 0, false
	}
	return fields.ParseUint(link[open+1 : len(link)-1])
}
