// Package nsview shows who shares which namespace with whom: groups over a process table, what holds a namespace that
// no process is in, how namespaces descend from and own each other, and what each of them holds.
package nsview

import (
	"cmp"
	"fmt"
	"slices"

	"bones/procwalk"

	"golang.org/x/sys/unix"
)

// Key names a namespace within one snapshot. The inode number is used again once the namespace has gone, so a Key
// means nothing beyond the snapshot that it came from; Relations.ID does, where the kernel gives it.
type Key struct {
	Type  procwalk.NSType
	Inode uint64
}

// String returns the name in the form of the links in /proc/PID/ns.
func (k Key) String() string { return fmt.Sprintf("%s:[%d]", k.Type, k.Inode) }

// Namespace is one namespace, who is in it, and what else is known to keep it. Rows are indices into the Processes
// of the view's snapshot.
type Namespace struct {
	Key
	Members     []int32   // the processes that are in it, by ascending PID
	ForChildren []int32   // processes that are not in it but whose next child will be (pid and time namespaces)
	Holders     []Holder  // what else holds it, as far as was looked for: see Reader.Threads and Reader.Discover
	MoreHolders bool      // there are more than are in Holders
	Relations   Relations // what Reader.Relate found; its zero value says nothing
}

// Leader returns the row of the process that stands for the namespace, -1 if no process is in it. It is the one with
// the lowest PID, which is what lsns takes.
func (n *Namespace) Leader() int32 {
	if len(n.Members) == 0 {
		return -1
	}
	return n.Members[0]
}

// View is all namespaces of one snapshot. It is never changed after it is made: what is learnt later is in a new one.
type View struct {
	Snapshot   *procwalk.Snapshot
	Namespaces []Namespace // by inode
	Unreadable []int32     // rows of which at least one link could not be read; Process.NS.Err says why
	Missed     []Missed    // where Threads and Discover could not look: what is held there alone is not in the view
	index      map[Key]int32
	related    map[Key]bool // namespaces that are the parent or owner of another
}

// Missed is a place that may hold namespaces and could not be looked into. That a process has ended is no news.
type Missed struct {
	What  string // "threads" or "descriptors" of a process, "mounts" of a mount namespace
	Row   int32  // of the process; -1 for mounts
	MntNS uint64 // the mount namespace; 0 for a process
	Err   error  // ErrDeadline if there was no answer in time
}

// Find returns the namespace, or nil.
func (v *View) Find(k Key) *Namespace {
	if i, ok := v.index[k]; ok {
		return &v.Namespaces[i]
	}
	return nil
}

// FindInode returns the namespace with this inode number, of whatever type, or nil. All are files of one file system,
// so that a number belongs to one at a time.
func (v *View) FindInode(inode uint64) *Namespace {
	for t := range procwalk.NSTypes {
		if n := v.Find(Key{t, inode}); n != nil {
			return n
		}
	}
	return nil
}

// Groups sorts the processes of a snapshot that was read with procwalk.WantNS by their namespaces. It reads nothing,
// and takes time in proportion to the number of processes.
func Groups(s *procwalk.Snapshot) *View {
	v := &View{Snapshot: s, index: make(map[Key]int32)}
	// First who belongs where, then one array that all lists of members are cut from.
	const none = -1
	cells := make([]int32, len(s.Processes)*int(procwalk.NSTypes))
	counts := make([]int32, 0, 64)
	var last [procwalk.NSTypes]struct {
		inode uint64
		index int32
	}
	get := func(k Key) int32 {
		i, ok := v.index[k]
		if !ok {
			i = int32(len(v.Namespaces))
			v.index[k] = i
			v.Namespaces = append(v.Namespaces, Namespace{Key: k})
			counts = append(counts, 0)
		}
		return i
	}
	for row := range s.Processes {
		ns := s.Processes[row].NS
		unreadable := false
		for t := range procwalk.NSTypes {
			cell := &cells[row*int(procwalk.NSTypes)+int(t)]
			*cell = none
			if ns == nil {
				continue
			}
			inode := ns.Inode[t]
			if inode == 0 {
				unreadable = unreadable || refused(ns.Err[t])
				continue
			}
			if last[t].inode != inode {
				last[t].inode, last[t].index = inode, get(Key{t, inode})
			}
			*cell = last[t].index
			counts[*cell]++
		}
		if unreadable {
			v.Unreadable = append(v.Unreadable, int32(row))
		}
	}
	total := int32(0)
	for _, n := range counts {
		total += n
	}
	backing := make([]int32, total)
	for i, n := range counts {
		v.Namespaces[i].Members, backing = backing[:0:n], backing[n:]
	}
	for i, cell := range cells {
		if cell != none {
			n := &v.Namespaces[cell]
			n.Members = append(n.Members, int32(i/int(procwalk.NSTypes)))
		}
	}
	for row := range s.Processes {
		if ns := s.Processes[row].NS; ns != nil {
			v.forChildren(get, int32(row), Key{procwalk.PID, ns.PIDForChildren}, ns.Inode[procwalk.PID])
			v.forChildren(get, int32(row), Key{procwalk.Time, ns.TimeForChildren}, ns.Inode[procwalk.Time])
		}
	}
	v.sort()
	return v
}

// refused reports whether a link could not be read although there is one: a process that has ended, and a type that
// the kernel does not have, are no news.
func refused(err error) bool {
	return err != nil && !errorIs(err, procwalk.ErrGone, procwalk.ErrUnsupported)
}

func (v *View) forChildren(get func(Key) int32, row int32, k Key, own uint64) {
	if k.Inode != 0 && k.Inode != own {
		n := &v.Namespaces[get(k)]
		n.ForChildren = append(n.ForChildren, row)
	}
}

func (v *View) sort() {
	slices.SortFunc(v.Namespaces, func(a, b Namespace) int {
		return cmp.Or(cmp.Compare(a.Inode, b.Inode), cmp.Compare(a.Type, b.Type))
	})
	for i := range v.Namespaces {
		v.index[v.Namespaces[i].Key] = int32(i)
	}
}

// draft is a copy of a view to which things are added before it becomes a view itself.
type draft struct{ v *View }

func (v *View) draft() draft {
	d := &View{Snapshot: v.Snapshot, Namespaces: slices.Clone(v.Namespaces), Unreadable: v.Unreadable,
		Missed: slices.Clip(v.Missed),
		index:  make(map[Key]int32, len(v.index))}
	for i := range d.Namespaces {
		n := &d.Namespaces[i]
		n.Holders = slices.Clip(n.Holders) // appending makes a copy
		d.index[n.Key] = int32(i)
	}
	return draft{d}
}

// get returns the namespace, made now if it was not known. The pointer is good until the next get.
func (d draft) get(k Key) (n *Namespace, added bool) {
	i, ok := d.v.index[k]
	if !ok {
		i = int32(len(d.v.Namespaces))
		d.v.index[k] = i
		d.v.Namespaces = append(d.v.Namespaces, Namespace{Key: k})
	}
	return &d.v.Namespaces[i], !ok
}

// hold notes a holder, once.
func (d draft) hold(k Key, h Holder) (added bool) {
	n, added := d.get(k)
	switch {
	case slices.Contains(n.Holders, h):
	case len(n.Holders) < maxHolders:
		n.Holders = append(n.Holders, h)
	default:
		n.MoreHolders = true
	}
	return added
}

// missed notes that something could not be looked into.
func (d draft) missed(m Missed) {
	if !errorIs(m.Err, procwalk.ErrGone, unix.ENOENT, unix.ESRCH) {
		d.v.Missed = append(d.v.Missed, m)
	}
}

// maxHolders bounds what is remembered of one namespace: a network namespace bound by name is in as many mount
// namespaces as there are containers, and a process may open one as often as it likes.
const maxHolders = 256

func (d draft) view() *View {
	d.v.sort()
	d.v.related = make(map[Key]bool)
	for i := range d.v.Namespaces {
		rel := &d.v.Namespaces[i].Relations
		d.v.related[rel.Parent], d.v.related[rel.Owner] = true, true
	}
	delete(d.v.related, Key{})
	return d.v
}
