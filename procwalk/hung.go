package procwalk

import (
	"golang.org/x/sys/unix"

	"bones/procwalk/fields"
	"bones/procwalk/hangs"
	"bones/procwalk/quick"
)

// prisonerAt returns what a hang of the process behind dir is counted by.
func prisonerAt(dir folder) hangs.Prisoner {
	var who hangs.Prisoner
	var st unix.Stat_t
	if dir.stat(&st) == nil {
		who.UID = st.Uid
	}
	var b [64]byte
	if n, err := quick.Readlink(dir.fd, dir.name(nsLinks[Mnt]), b[:]); err == nil {
		who.Mnt, _ = fields.NSLink(b[:n])
	}
	return who
}
