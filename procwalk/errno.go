package procwalk

import "bones/procwalk/fault"

// ErrnoName returns the name of the kernel's error within err, "EACCES" for example, or "" if there is none.
func ErrnoName(err error) string { return fault.ErrnoName(err) }
