// Package privilege tells what this process may do, and in words what its user will not see for want of it.
package privilege

import (
	"bones/procwalk/capability"

	"golang.org/x/sys/unix"
)

// Right is a capability that makes a difference to bones.
type Right struct {
	Name string // CAP_...
	For  string // what it is needed for
	Has  bool   // this thread has it

	shown bool // the terminal UI says that it is missing: something is not seen, or cannot be done
}

var rights = []struct {
	capability int
	Right
}{
	{unix.CAP_SYS_PTRACE, Right{Name: "CAP_SYS_PTRACE", For: "other users' namespaces, files, environment", shown: true}},
	{unix.CAP_KILL, Right{Name: "CAP_KILL", For: "signals to other users' processes", shown: true}},
	{unix.CAP_SYS_ADMIN, Right{Name: "CAP_SYS_ADMIN", For: "entering and making namespaces; includes the next two"}},
	{unix.CAP_BPF, Right{Name: "CAP_BPF", For: "reading the process table by BPF"}},
	{unix.CAP_PERFMON, Right{Name: "CAP_PERFMON", For: "reading the process table by BPF"}},
}

// Rights are all capabilities that make a difference to bones, the one that matters most first.
func Rights() []Right {
	var list []Right
	for _, r := range rights {
		r.Has = Has(r.capability)
		list = append(list, r.Right)
	}
	return list
}

// Has reports whether this thread has a capability, such as unix.CAP_SYS_PTRACE, in its effective set.
// False also if that cannot be told.
func Has(number int) bool {
	sets, err := capability.Get()
	return err == nil && sets.Has(number)
}

// InUserNamespace reports whether bones runs in another user namespace than the first: the capabilities that it has
// there are no rights over what is outside of it, as almost all processes of the host are.
//
// Source: user_namespaces(7), "Capabilities"; include/uapi/linux/nsfs.h, USER_NS_INIT_INO.
func InUserNamespace() bool {
	const first = 0xeffffffd
	var st unix.Stat_t
	return unix.Stat("/proc/self/ns/user", &st) == nil && st.Ino != first
}

// Missing says, once and in a few words each, what this user will not see.
func Missing() []string { return missing(InUserNamespace()) }

func missing(inUserNamespace bool) []string {
	var missing []string
	if inUserNamespace {
		missing = append(missing, "rights outside of the user namespace that bones is in "+
			"(others' namespaces, files, environment)")
	}
	for _, r := range Rights() {
		if r.shown && !r.Has {
			missing = append(missing, r.Name+" ("+r.For+")")
		}
	}
	return missing
}
