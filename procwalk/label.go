package procwalk

import (
	"strings"

	"bones/procwalk/text"
)

// Label is /proc/PID/attr/current: the label of the Linux security module in force (AppArmor profile, SELinux
// context), as ps shows it under LABEL.
//
// Source: proc_pid_attr(5).
type Label struct {
	Name text.Text // empty: no LSM gives labels
	Err  error
}

func trimLabel(b []byte) string { return strings.TrimRight(string(b), "\n\x00") }
