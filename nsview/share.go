package nsview

import (
	"bones/procwalk"
)

// Reference is what stands for the host: for each type, the namespace of the process that is closest to it.
type Reference struct {
	Inode [procwalk.NSTypes]uint64 // 0: nothing that could be read
	PID   [procwalk.NSTypes]int    // whose it is
}

// HostOf finds what stands for the host in a snapshot. That is PID 1, or where it may not be looked into, kthreadd,
// which is the kernel's own and in the first namespace of each type, or else the process with the lowest PID that can
// be read. Within a container it is as close to the host as one can see.
func HostOf(s *procwalk.Snapshot) Reference {
	var h Reference
	missing := int(procwalk.NSTypes)
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.NS == nil {
			continue
		}
		for t := range procwalk.NSTypes {
			if h.Inode[t] == 0 && p.NS.Inode[t] != 0 {
				h.Inode[t], h.PID[t] = p.NS.Inode[t], p.PID
				missing--
			}
		}
		if missing == 0 {
			break
		}
	}
	return h
}

// Share says to whom a namespace of a process belongs.
type Share int

const (
	Unknown   Share = iota // it could not be read
	Own                    // only the process and its descendants, or the container, are in it
	Hosts                  // it is the host's
	Neighbour              // others are in it too, but not the host
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
	Err    error   // why it could not be read
}

// Isolation tells, type by type, what rows have for themselves: the processes of a container, or a process with its
// descendants. The first of the rows is the one that counts where they differ.
func (v *View) Isolation(h Reference, rows []int32) [procwalk.NSTypes]Isolation {
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
			if ours[row] {
				here++
			} else {
				is.Others = append(is.Others, row)
			}
		}
		is.Mixed = here < len(ours)
		switch {
		case is.Inode == h.Inode[t]:
			is.Share = Hosts
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
