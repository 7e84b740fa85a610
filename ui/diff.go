package ui

import (
	"fmt"
	"strconv"
	"strings"

	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// tags returns what is tagged of the table that is shown.
func (u *UI) tags() []*procwalk.Process {
	m := u.processes.Model()
	if !u.frame.HasTable() || !m.AnyTagged() {
		return nil
	}
	var list []*procwalk.Process
	for i := range u.frame.Snap.Processes {
		if p := &u.frame.Snap.Processes[i]; m.Tagged(p.ID()) {
			list = append(list, p)
		}
	}
	return list
}

// diff compares the namespaces of two processes: those named, or those tagged, or the one that is and the subject. It
// goes to the view of namespaces, which has them read.
func (u *UI) diff(rest string) {
	if u.opt.Sheets.ShowDiff(shell{u}, rest) || !u.frame.HasTable() {
		return
	}
	var two []procwalk.ID
	for word := range strings.FieldsSeq(rest) {
		p, err := u.process(word)
		if err != nil {
			u.say(rows.Warn, kit.ErrorLine(err))
			return
		}
		two = append(two, p.ID())
	}
	if len(two) == 0 {
		for _, p := range u.tags() {
			two = append(two, p.ID())
		}
	}
	if p := u.target(); len(two) == 1 && p != nil && p.ID() != two[0] {
		two = append(two, p.ID())
	}
	if len(two) != 2 {
		u.say(rows.Warn, fmt.Sprintf(
			"diff compares two processes, and %d are tagged: Space tags one; or :diff PID PID", len(two)))
		return
	}
	u.showNumber(kit.Namespaces)
	u.namespaces.Compare([2]procwalk.ID(two))
}

// offerProcesses offers the processes of the table by PID.
func (u *UI) offerProcesses(string) []kit.Item {
	if !u.frame.HasTable() {
		return nil
	}
	var list []kit.Item
	for i := range u.frame.Snap.Processes {
		p := &u.frame.Snap.Processes[i]
		list = append(list, kit.Item{Label: strconv.Itoa(p.PID), Text: p.Comm.String()})
	}
	return list
}
