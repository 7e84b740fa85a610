package sockets

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/fields"

	"golang.org/x/sys/unix"
)

// Holder is a process that has a socket open, and the descriptor by which it does.
type Holder struct {
	Process *procwalk.Process
	FD      int
}

// Holders tell which processes have which socket open.
type Holders struct {
	Of      map[uint64][]Holder // by the inode of the socket, in the order of the processes that were asked about
	Number  map[uint64]int      // how many processes have it open, by its inode: those that Of lacks are among them
	Refused int                 // processes whose descriptors may not be looked at
	Err     error               // why those of others could not be, one of the reasons
	Cut     bool                // there are more descriptors than were looked at
	Crowded bool                // a socket has more holders than MostHolders, which are those that Of has of each
}

// What is looked at, in descriptors: who may raise their limit can open as many as memory allows.
const (
	mostOfOne = 200_000
	mostOfAll = 4_000_000
)

// MostHolders is how many holders of one socket are kept: every worker of a server may have the same one open.
const MostHolders = 64

// FindHolders looks through the descriptors of processes for sockets that are wanted. It takes a readlink(2) for each.
// What it cannot see: a descriptor on its way through another socket, and one of a thread with a table of its own.
//
// Source: proc_pid_fd(5).
func FindHolders(ctx context.Context, root string, processes []*procwalk.Process, wanted map[uint64]bool) Holders {
	h := Holders{Of: map[uint64][]Holder{}, Number: map[uint64]int{}}
	left := mostOfAll
	for _, p := range processes {
		if ctx.Err() != nil || len(wanted) == 0 {
			break
		}
		if p.KernelThread() || p.State == 'Z' {
			continue
		}
		if left <= 0 {
			h.Cut = true
			break
		}
		left -= h.of(root, p, wanted, min(left, mostOfOne))
	}
	return h
}

// of looks through one process, and returns how many descriptors that took.
func (h *Holders) of(root string, p *procwalk.Process, wanted map[uint64]bool, most int) int {
	folder, err := procwalk.OpenFolder(root, p.ID())
	if err != nil {
		h.failed(err)
		return 0
	}
	defer folder.Close()
	fds, more, err := folder.Numbers("fd", most)
	if err != nil {
		if folder.Alive() {
			h.failed(err)
		}
		return 0
	}
	h.Cut = h.Cut || more
	refused := false
	counted := map[uint64]bool{} // it may have a socket open more than once
	var link [64]byte
	for _, fd := range fds {
		n, err := unix.Readlinkat(folder.FD(), "fd/"+strconv.Itoa(fd), link[:])
		if err != nil {
			refused = refused || err == unix.EACCES || err == unix.EPERM
			continue
		}
		kind, inode, ok := fields.InodeLink(link[:n])
		if !ok || string(kind) != "socket" || !wanted[inode] {
			continue
		}
		if !counted[inode] {
			counted[inode] = true
			h.Number[inode]++
		}
		if len(h.Of[inode]) >= MostHolders {
			h.Crowded = true
			continue
		}
		h.Of[inode] = append(h.Of[inode], Holder{p, fd})
	}
	if refused {
		h.Refused++
	}
	return len(fds)
}

// failed notes why a process could not be looked at. That it has ended is none.
func (h *Holders) failed(err error) {
	switch {
	case errors.Is(err, procwalk.ErrGone):
	case errors.Is(err, fs.ErrPermission):
		h.Refused++
	default:
		h.Err = cmp.Or(h.Err, err)
	}
}
