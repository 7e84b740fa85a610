package nsview

import (
	"bones/procwalk"
)

// Reference is what stands for the host: for each type, the namespace that nobody isolated.
type Reference struct {
	Inode [procwalk.NSTypes]uint64 // 0: that cannot be told
	PID   [procwalk.NSTypes]int    // whose it is; 0: of no process whose namespaces may be looked at
}

// First returns the number of the kernel's first namespace of a type, which is the host's. For mnt and net it is fixed
// on newer kernels only: there another number proves nothing.
//
// Source: include/uapi/linux/nsfs.h, enum init_ns_ino; before that include/linux/proc_ns.h.
func First(t procwalk.NSType) uint64 {
	return [procwalk.NSTypes]uint64{
		procwalk.IPC: 0xefffffff, procwalk.UTS: 0xeffffffe, procwalk.User: 0xeffffffd, procwalk.PID: 0xeffffffc,
		procwalk.Cgroup: 0xeffffffb, procwalk.Time: 0xeffffffa, procwalk.Net: 0xeffffff9, procwalk.Mnt: 0xeffffff8,
	}[t]
}

// IsFirst reports whether a namespace is the kernel's first of its type, if that can be told by its number.
func IsFirst(t procwalk.NSType, inode uint64) (is, known bool) {
	is = inode == First(t)
	return is, is || inode != 0 && t != procwalk.Net && t != procwalk.Mnt
}

// HostOf finds what stands for the host in a snapshot. That is PID 1, or where it may not be looked into, kthreadd,
// which is the kernel's own and in the first namespace of each type. Where neither may be looked into the numbers that
// the kernel gives to its first namespaces tell; another process never stands for the host, however low its PID is: it
// may be in a container, as bones itself may be. Within a container PID 1 is as close to the host as one can see.
func HostOf(s *procwalk.Snapshot) Reference {
	var h Reference
	for _, pid := range []int{1, 2} {
		p := s.Find(pid)
		if p == nil || p.NS == nil || pid == 2 && !p.KernelThread() {
			continue
		}
		for t := range procwalk.NSTypes {
			if h.Inode[t] == 0 && p.NS.Inode[t] != 0 {
				h.Inode[t], h.PID[t] = p.NS.Inode[t], p.PID
			}
		}
	}
	var byNumber [procwalk.NSTypes]bool
	missing := false
	for t := range procwalk.NSTypes {
		if h.Inode[t] != 0 {
			continue
		}
		missing = true
		if byNumber[t] = true; t != procwalk.Net && t != procwalk.Mnt {
			h.Inode[t] = First(t)
		}
	}
	for i := range s.Processes {
		p := &s.Processes[i]
		if !missing {
			break
		}
		if p.NS == nil {
			continue
		}
		for t := range procwalk.NSTypes {
			if byNumber[t] && h.PID[t] == 0 && p.NS.Inode[t] == First(t) {
				h.Inode[t], h.PID[t] = First(t), p.PID
			}
		}
	}
	return h
}

// Share says to whom a namespace of a process belongs.
type Share int

const (
	Unknown   Share = iota // it could not be read
	Own                    // only the process and its descendants, or the container, are in it, and visitors
	Hosts                  // it is the host's
	Neighbour              // others are in it too, but not the host: another container of the same pod, for one
)

func (s Share) String() string {
	return [...]string{"unknown", "own", "host", "neighbour"}[s]
}

// Isolation is how one or several processes stand in the namespaces of one type.
type Isolation struct {
	Type   procwalk.NSType
	Inode  uint64 // the namespace of the first of the processes; 0 if it could not be read
	Mixed  bool   // not all of the processes are in it
	Share  Share
	Others []int32 // rows of those who are in it too, by ascending PID
	Guests []int32 // rows of those who only visit it, by ascending PID: they make it nobody else's
	Err    error   // why it could not be read
}

// Isolation tells, type by type, what rows have for themselves: the processes of a container, or a process with its
// descendants. The first of the rows is the one that counts where they differ.
func (v *View) Isolation(h Reference, rows []int32) [procwalk.NSTypes]Isolation {
	return v.IsolationBeside(h, rows, nil)
}

// IsolationBeside is Isolation where others only visit, as what nsenter runs in a container does. visits tells of
// another row whether it does; nil: none does. Who is in a container, or in a sandbox, is no visitor of another one
// but its neighbour.
func (v *View) IsolationBeside(h Reference, rows []int32,
	visits func(row int32) bool) [procwalk.NSTypes]Isolation {
	var all [procwalk.NSTypes]Isolation
	for t := range procwalk.NSTypes {
		all[t].Type = t
	}
	if len(rows) == 0 {
		return all
	}
	ours := make(map[int32]bool, len(rows))
	for _, row := range rows {
		ours[row] = true
	}
	first := v.Snapshot.Processes[rows[0]].NS
	for t := range procwalk.NSTypes {
		is := &all[t]
		if first == nil || first.Inode[t] == 0 {
			if first != nil {
				is.Err = first.Err[t]
			}
			continue
		}
		is.Inode = first.Inode[t]
		here := 0
		for _, row := range v.Find(Key{t, is.Inode}).Members {
			switch {
			case ours[row]:
				here++
			case visits != nil && is.Inode != h.Inode[t] && visits(row):
				is.Guests = append(is.Guests, row)
			default:
				is.Others = append(is.Others, row)
			}
		}
		is.Mixed = here < len(ours)
		switch {
		case is.Inode == h.Inode[t]:
			is.Share = Hosts
		case h.Inode[t] == 0:
			is.Share = Unknown
		case len(is.Others) == 0:
			is.Share = Own
		default:
			is.Share = Neighbour
		}
	}
	return all
}

// Difference is how two processes stand to each other in the namespaces of one type.
type Difference struct {
	Type       procwalk.NSType
	A, B       uint64 // 0 if it could not be read
	AErr, BErr error
}

// Same reports whether both are in the same one; known is false if one of them could not be read.
func (d Difference) Same() (same, known bool) {
	return d.A == d.B, d.A != 0 && d.B != 0
}

// Diff compares the namespaces of two processes of one snapshot.
func Diff(a, b *procwalk.Process) [procwalk.NSTypes]Difference {
	var all [procwalk.NSTypes]Difference
	for t := range procwalk.NSTypes {
		all[t].Type = t
		if a.NS != nil {
			all[t].A, all[t].AErr = a.NS.Inode[t], a.NS.Err[t]
		}
		if b.NS != nil {
			all[t].B, all[t].BErr = b.NS.Inode[t], b.NS.Err[t]
		}
	}
	return all
}
