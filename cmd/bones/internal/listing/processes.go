// Package listing reads what the commands ps, containers and ns list, for them to print and for the terminal UI to
// write to a file: so both say the same about the same thing.
package listing

import (
	"iter"
	"os"

	"bones/cgroupview/inventory"
	"bones/cmd/bones/internal/object"
	"bones/cmd/bones/internal/target"
	"bones/procwalk"
	"bones/procwalk/accounts"
	"bones/procwalk/psfmt"
	"bones/procwalk/psfmt/glibc"
)

// HostOptions fills in what a table of processes takes from the host and from the environment of bones, but for the
// width of its lines. The users and groups of s are asked for at once. Of the past, files of processes are not there,
// and names are those of then.
func HostOptions(o *psfmt.Options, proc string, s *procwalk.Snapshot, past *target.Past) {
	tz, set := os.LookupEnv("TZ")
	o.Location = glibc.Zone(tz, set)
	o.UTF8 = glibc.UTF8Locale(os.Getenv, "/usr/lib/locale")
	o.TTYs = psfmt.NewTTYs(proc, "/dev")
	if past != nil {
		o.Users, o.Groups = names(past.User), names(past.Group)
		return
	}
	users, groups := accounts.New(accounts.Users(proc)), accounts.New(accounts.Groups(proc))
	users.LookUpAll(userIDs(s))
	o.Users, o.Groups = users, groups
	o.Files = psfmt.NewFiles(proc, "/sys")
}

// userIDs are the effective users of a snapshot.
func userIDs(s *procwalk.Snapshot) []uint32 {
	var ids []uint32
	for i := range s.Processes {
		if st := s.Processes[i].Status; st != nil && st.Err == nil && (len(ids) == 0 || ids[len(ids)-1] != st.EUID) {
			ids = append(ids, st.EUID)
		}
	}
	return ids
}

// names is a psfmt.Names.
type names func(uint32) string

// Name implements psfmt.Names.
func (n names) Name(id uint32) string { return n(id) }

// Processes are the processes that o shows, in JSON, with the containers that x tells.
func Processes(snap *procwalk.Snapshot, o *psfmt.Options, x *inventory.Inventory) iter.Seq[any] {
	return func(yield func(any) bool) {
		psfmt.List(snap, o, func(l *psfmt.Listed) bool { return yield(object.NewProcess(l, x)) })
	}
}
