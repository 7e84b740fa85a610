package procwalk

import "bones/procwalk/text"

// Label is /proc/PID/attr/current: the label of the Linux security module in force (AppArmor profile, SELinux
// context), as ps shows it under LABEL.
//
// Source: proc_pid_attr(5).
type Label struct {
	Name text.Text // empty: no LSM gives labels
	Err  error
}

func trimLabel(b []byte) string {
	for len(b) > 0 && (b[len(b)-1] == '\n' || b[len(b)-1] == 0) {
		b = b[:len(b)-1]
	}
	return string(b)
}
