// Package capability reads and sets the capabilities of the calling thread. For the processes in a table status tells
// them; this is about ourselves.
package capability

import "golang.org/x/sys/unix"

// Sets are capabilities by their numbers: bit 21 is CAP_SYS_ADMIN (unix.CAP_SYS_ADMIN).
type Sets struct{ Effective, Permitted, Inheritable uint64 }

// Has reports whether a capability is in force.
func (s Sets) Has(capability int) bool { return s.Effective>>capability&1 != 0 }

// Get returns the sets of the calling thread. They hold in its user namespace alone.
//
// Source: capget(2), capabilities(7). The kernel has the first 32 capabilities of all sets, then the others.
func Get() (Sets, error) {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var d [2]unix.CapUserData
	if err := unix.Capget(&header, &d[0]); err != nil {
		return Sets{}, err
	}
	both := func(low, high uint32) uint64 { return uint64(high)<<32 | uint64(low) }
	return Sets{both(d[0].Effective, d[1].Effective), both(d[0].Permitted, d[1].Permitted),
		both(d[0].Inheritable, d[1].Inheritable)}, nil
}

// Set gives the calling thread these sets, which its permitted one bounds. The caller keeps the goroutine on its
// thread.
//
// Source: capset(2).
func Set(s Sets) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	d := [2]unix.CapUserData{
		{Effective: uint32(s.Effective), Permitted: uint32(s.Permitted), Inheritable: uint32(s.Inheritable)},
		{Effective: uint32(s.Effective >> 32), Permitted: uint32(s.Permitted >> 32),
			Inheritable: uint32(s.Inheritable >> 32)},
	}
	return unix.Capset(&header, &d[0])
}
