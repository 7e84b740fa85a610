package nsview

import (
	"fmt"

	"bones/procwalk"
	"bones/procwalk/text"
)

// HolderKind is a way of keeping a namespace.
//
// Source: namespaces(7), "Namespace lifetime".
type HolderKind int

const (
	ByProcess HolderKind = iota // a process is in it, or its children will be
	ByThread                    // a thread is in it, but not the process that it belongs to
	ByFD                        // a process has it open
	ByBind                      // it is mounted on a file
	BySocket                    // a socket belongs to it (net)
	ByChild                     // it is the parent or the owner of another
	holderKinds
)

var holderNames = [holderKinds]string{"process", "thread", "fd", "bind", "socket", "child"}

func (k HolderKind) String() string {
	if k < 0 || k >= holderKinds {
		return "?"
	}
	return holderNames[k]
}

// Holder is one thing that keeps a namespace. Which fields have a meaning depends on the kind.
type Holder struct {
	Kind  HolderKind
	ID    procwalk.ID // process, thread, fd, socket: whose; bind: a process that sees the mount, if there is one
	TID   int         // thread: its thread ID; bind: the thread that sees the mount, 0 for the process itself
	FD    int         // fd, socket: the descriptor's number
	Path  text.Text   // fd: what the descriptor's link says; bind: the mount point
	MntNS uint64      // bind: the mount namespace in which it is mounted
	Child Key         // child: the namespace that is descended from it or owned by it
	Next  bool        // thread: only its next child will be in it
}

// Where says in one line what holds the namespace and where.
func (h Holder) Where() string {
	switch h.Kind {
	case ByProcess:
		return fmt.Sprintf("the next child of process %d", h.ID.PID)
	case ByThread:
		if h.Next {
			return fmt.Sprintf("the next child of thread %d of process %d", h.TID, h.ID.PID)
		}
		return fmt.Sprintf("thread %d of process %d", h.TID, h.ID.PID)
	case ByFD:
		return fmt.Sprintf("descriptor %d of process %d (%s)", h.FD, h.ID.PID, h.Path)
	case ByBind:
		return fmt.Sprintf("mounted on %s in mnt:[%d]", h.Path, h.MntNS)
	case BySocket:
		return fmt.Sprintf("socket: descriptor %d of process %d", h.FD, h.ID.PID)
	case ByChild:
		return fmt.Sprintf("parent or owner of %s", h.Child)
	}
	return "?"
}

// HeldBy returns the kinds of holders of a namespace, as far as they are known to this view.
func (v *View) HeldBy(n *Namespace) []HolderKind {
	var has [holderKinds]bool
	has[ByProcess] = len(n.Members) > 0 || len(n.ForChildren) > 0
	has[ByChild] = v.related[n.Key]
	for _, h := range n.Holders {
		has[h.Kind] = true
	}
	var kinds []HolderKind
	for k, there := range has {
		if there {
			kinds = append(kinds, HolderKind(k))
		}
	}
	return kinds
}
