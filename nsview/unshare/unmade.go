package unshare

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// kernels is since which kernel there are namespaces of a type, by its flag, and what the kernel has to be built with.
//
// Source: namespaces(7), clone(2), unshare(2).
var kernels = map[string]string{
	"mount": "Linux 2.4.19", "uts": "Linux 2.6.19 with CONFIG_UTS_NS", "ipc": "Linux 2.6.19 with CONFIG_IPC_NS",
	"pid": "Linux 2.6.24 with CONFIG_PID_NS", "net": "Linux 2.6.29 with CONFIG_NET_NS",
	"user": "Linux 3.8 with CONFIG_USER_NS", "cgroup": "Linux 4.6 with CONFIG_CGROUPS",
	"time": "Linux 5.6 with CONFIG_TIME_NS",
}

// unmade says why a namespace could not be made, and what would help. flag is that of its type, or empty where more
// than a namespace may have failed. policy is what forbids it to those who lack no capability; empty: a capability is
// what they lack.
func unmade(flag string, err error, policy string) error {
	e := &fault.Error{Kind: fault.Of(err), What: "starting the program", Err: err}
	if flag != "" {
		e.What = fmt.Sprintf("making a %s namespace", flag)
	}
	switch {
	case errors.Is(err, unix.EPERM) && policy != "":
		e.Why = "not permitted (EPERM): " + policy
	case errors.Is(err, unix.EPERM):
		e.Hint = "needs CAP_SYS_ADMIN, which --user --map-root-user gives"
	case errors.Is(err, unix.EINVAL) && flag != "":
		e.Kind, e.Why = fault.Unsupported, "this kernel does not have such namespaces"
		e.Hint = "needs " + kernels[flag]
	case errors.Is(err, unix.ENOSPC):
		e.Hint = "the limit in /proc/sys/user is reached, or namespaces are nested too deep"
	}
	return e
}

// unstarted is unmade for the first process of the new user and pid namespaces.
func (u Unshare) unstarted(err error) error {
	switch {
	case u.Namespaces&User != 0:
		return unmade("user", err, forbidsUsers())
	case u.Namespaces&PID != 0 && u.Fork:
		return unmade("pid", err, "")
	}
	return unmade("", err, "")
}

// forbidsUsers is what forbids user namespaces to those who lack no capability.
func forbidsUsers() string {
	for _, sysctl := range []struct{ file, allows string }{
		{"/proc/sys/kernel/unprivileged_userns_clone", "1"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "0"},
	} {
		if b, err := os.ReadFile(sysctl.file); err == nil && strings.TrimSpace(string(b)) != sysctl.allows {
			return fmt.Sprintf("%s forbids it unless it is %s", sysctl.file, sysctl.allows)
		}
	}
	return "a security policy, a chroot or seccomp forbids it"
}
