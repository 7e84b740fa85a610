package object

import (
	"bones/nsview"
	"bones/procwalk/idmap"
	"bones/procwalk/mountinfo"
	"bones/procwalk/text"
)

// NamespaceDetails is what is in a namespace, as `bones ns INODE --json` prints it. Only the field of its type is
// there.
type NamespaceDetails struct {
	Net    *NetDetails    `json:"net,omitempty"`
	UTS    *UTSDetails    `json:"uts,omitempty"`
	User   *UserDetails   `json:"user,omitempty"`
	Mnt    *MntDetails    `json:"mnt,omitempty"`
	PID    *PIDDetails    `json:"pid,omitempty"`
	IPC    *IPCDetails    `json:"ipc,omitempty"`
	Time   *TimeDetails   `json:"time,omitempty"`
	Cgroup *CgroupDetails `json:"cgroup,omitempty"`
}

// NetDetails are the interfaces of a network namespace.
type NetDetails struct {
	Interfaces []NamespaceInterface `json:"interfaces"`
	// IPv4 addresses of which it is not known on which interface they are; left out where there are none
	Addresses []string `json:"addresses,omitempty"`
	Missing   string   `json:"missing,omitempty"` // which file with addresses could not be read, and why; left out if none
}

// NamespaceInterface is one network interface in a namespace.
type NamespaceInterface struct {
	Name      text.Text `json:"name"`
	Index     int       `json:"index"`     // its number in its namespace; 0: not known
	MTU       int       `json:"mtu_bytes"` // bytes; 0: not known
	Flags     string    `json:"flags"`     // up|broadcast|...; empty: not known
	MAC       string    `json:"mac"`       // empty: it has none, or it is not known
	Addresses []string  `json:"addresses"` // ADDRESS/PREFIX
}

// UTSDetails are the names of a uts namespace.
type UTSDetails struct {
	HostName   text.Text `json:"host_name"`
	DomainName text.Text `json:"domain_name"` // of NIS; "(none)" as a rule
}

// UserDetails are how the IDs of a user namespace stand for those of this host.
type UserDetails struct {
	UIDs      []IDRange `json:"uid_map"`   // empty: nobody has a number there
	GIDs      []IDRange `json:"gid_map"`   // likewise
	Setgroups string    `json:"setgroups"` // allow or deny; empty before Linux 3.19
}

// IDRange is a range of IDs that follow one another, inside and outside.
type IDRange struct {
	Inside  uint32 `json:"inside"`  // the first, as the namespace has it
	Outside uint32 `json:"outside"` // the same, as whoever reads the map has it: this host
	Count   uint32 `json:"count"`   // how many there are
}

// MntDetails are the mounts of a mount namespace, set against those of the host.
type MntDetails struct {
	Count int `json:"mounts"` // how many mounts there are
	// PID on this host of the process that stands for the host; 0: the host's mounts could not be read, and all are added
	HostPID int         `json:"host_pid"`
	Same    bool        `json:"same_as_host"` // it is the host's own
	Added   []MountSeen `json:"added"`        // that the host does not have in the same place
	Missing []MountSeen `json:"missing"`      // that the host has, and that are not here in the same place
}

// MountSeen is a mount as the processes of a namespace see it.
type MountSeen struct {
	Device string    `json:"device"`      // MAJOR:MINOR, as stat(2) has it for the files on it
	Root   text.Text `json:"root"`        // the directory of the file system that is mounted
	Point  text.Text `json:"mount_point"` // where it is mounted, seen from the process's root directory
	FSType text.Text `json:"fstype"`
	Source text.Text `json:"source"` // what the file system says that it is of: a device, HOST:PATH, any word
}

// PIDDetails is the place of a pid namespace.
type PIDDetails struct {
	Level int `json:"level"`    // how deep it is below the outermost pid namespace that is seen here; 0: that one
	Init  int `json:"init_pid"` // PID on this host of its PID 1; 0: not known
}

// IPCDetails counts the System V objects of an ipc namespace.
type IPCDetails struct {
	Queues       int `json:"message_queues"`
	Semaphores   int `json:"semaphore_sets"`
	SharedMemory int `json:"shared_memory_segments"`
}

// TimeDetails are by how much the clocks of a time namespace differ from the first one's.
type TimeDetails struct {
	Boottime  float64 `json:"boottime_seconds"`  // of CLOCK_BOOTTIME, in seconds
	Monotonic float64 `json:"monotonic_seconds"` // of CLOCK_MONOTONIC, in seconds
}

// CgroupDetails is what the processes of a cgroup namespace take for the root.
type CgroupDetails struct {
	Roots []CgroupRoot `json:"roots"` // one for each hierarchy of which it can be told
}

// CgroupRoot is the root in one hierarchy.
type CgroupRoot struct {
	Controllers text.Text `json:"controllers"` // as in /proc/PID/cgroup: separated by commas, empty for version 2
	Path        text.Text `json:"path"`        // as it is seen here
}

// newNamespaceDetails makes the object of what package nsview found in a namespace. d.Err must be nil.
func newNamespaceDetails(d *nsview.Details) *NamespaceDetails {
	o := &NamespaceDetails{}
	if n := d.Net; n != nil {
		o.Net = &NetDetails{Interfaces: []NamespaceInterface{}, Addresses: n.Loose, Missing: n.Missing}
		for _, i := range n.Interfaces {
			o.Net.Interfaces = append(o.Net.Interfaces, NamespaceInterface{Name: i.Name, Index: i.Index, MTU: i.MTU,
				Flags: i.Flags, MAC: i.MAC, Addresses: List(i.Addrs)})
		}
	}
	if u := d.UTS; u != nil {
		o.UTS = &UTSDetails{HostName: u.HostName, DomainName: u.DomainName}
	}
	if u := d.User; u != nil {
		o.User = &UserDetails{UIDs: newIDRanges(u.UIDs), GIDs: newIDRanges(u.GIDs), Setgroups: u.Setgroups}
	}
	if m := d.Mnt; m != nil {
		o.Mnt = &MntDetails{Count: m.Count, HostPID: m.HostPID, Same: m.Same, Added: newMounts(m.Added),
			Missing: newMounts(m.Missing)}
	}
	if p := d.PID; p != nil {
		o.PID = &PIDDetails{Level: p.Level, Init: p.Init}
	}
	if i := d.IPC; i != nil {
		o.IPC = &IPCDetails{Queues: i.Queues, Semaphores: i.Semaphores, SharedMemory: i.SharedMemory}
	}
	if t := d.Time; t != nil {
		o.Time = &TimeDetails{Boottime: t.Boottime.Seconds(), Monotonic: t.Monotonic.Seconds()}
	}
	if c := d.Cgroup; c != nil {
		o.Cgroup = &CgroupDetails{Roots: []CgroupRoot{}}
		for _, r := range c.Roots {
			o.Cgroup.Roots = append(o.Cgroup.Roots, CgroupRoot{Controllers: r.Controllers, Path: r.Path})
		}
	}
	return o
}

func newIDRanges(m idmap.Map) []IDRange {
	list := []IDRange{}
	for _, r := range m {
		list = append(list, IDRange{Inside: r.Inside, Outside: r.Outside, Count: r.Count})
	}
	return list
}

func newMounts(mounts []mountinfo.Mount) []MountSeen {
	list := []MountSeen{}
	for _, m := range mounts {
		list = append(list, MountSeen{Device: m.Device, Root: m.Root, Point: m.Point, FSType: m.FSType, Source: m.Source})
	}
	return list
}
