package command

import (
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

// FindProcess returns the process that a PID names, where nothing but a process can be meant. Its error has the exit
// status for a process that is not there, or for a word that is not a PID.
func FindProcess(s *procwalk.Snapshot, word string) (*procwalk.Process, error) {
	if NamesContainer(word) {
		return nil, Usage("%s is not a process: give a PID, pid:N or self", text.Sanitise(word))
	}
	_, p, err := (*inventory.Inventory)(nil).Find(s, word)
	return p, Failed(err)
}

// NamesContainer reports whether bones has to look for a TARGET among the containers of this host.
func NamesContainer(word string) bool {
	t, err := inventory.ParseTarget(word)
	return err == nil && !t.IsProcess()
}
