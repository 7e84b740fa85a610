// Package privilege tells what this process may do, and in words what its user will not see for want of it.
package privilege

import "golang.org/x/sys/unix"

// Has reports whether this thread has a capability, such as unix.CAP_SYS_PTRACE, in its effective set.
func Has(capability int) bool { return effective()&(1<<capability) != 0 }

// Missing says, once and in a few words each, what this user will not see.
func Missing() []string {
	var missing []string
	for _, c := range []struct {
		capability int
		name       string
	}{
		{unix.CAP_SYS_PTRACE, "CAP_SYS_PTRACE (other users' namespaces, files, environment)"},
		{unix.CAP_KILL, "CAP_KILL (signals to other users' processes)"},
	} {
		if !Has(c.capability) {
			missing = append(missing, c.name)
		}
	}
	return missing
}

// effective returns the mask of what this thread may do, 0 if it cannot be told.
func effective() uint64 {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	if err := unix.Capget(&header, &data[0]); err != nil {
		return 0
	}
	return uint64(data[1].Effective)<<32 | uint64(data[0].Effective)
}
