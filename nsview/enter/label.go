package enter

import (
	"errors"
	"os"
	"strings"
)

// label is what to write where so that the next execve gets the target's label of a Linux security module.
type label struct {
	File, Text string // empty: nothing to do
}

// label finds the target's. Without such a module, or where the target has no label of its own, there is nothing to
// do.
//
// Source: proc_pid_attr(5); Documentation/admin-guide/LSM/apparmor; selinux(8).
func (t *target) label() (label, error) {
	if b, err := t.read("attr/apparmor/current", 4096); err == nil {
		profile := strings.TrimRight(string(b), "\n\x00")
		if i := strings.LastIndex(profile, " ("); i >= 0 && strings.HasSuffix(profile, ")") {
			profile = profile[:i] // the mode
		}
		if profile != "" && profile != "unconfined" {
			return label{t.root + "/self/attr/apparmor/exec", "exec " + profile}, nil
		}
		return label{}, nil
	}
	if _, err := os.Stat("/sys/fs/selinux/enforce"); err != nil {
		return label{}, nil
	}
	theirs, err := t.read("attr/current", 4096)
	if err != nil {
		return label{}, goneOr(err)
	}
	ours, err := os.ReadFile(t.root + "/self/attr/current")
	if err != nil || len(theirs) == 0 {
		return label{}, errors.Join(err)
	}
	if string(ours) == string(theirs) {
		return label{}, nil
	}
	return label{t.root + "/self/attr/exec", strings.TrimRight(string(theirs), "\n\x00")}, nil
}
