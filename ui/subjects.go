package ui

import (
	"strconv"
	"strings"

	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// subjects are the containers and processes of the table that is shown.
func (u *UI) subjects() []choice {
	if !u.frame.HasTable() {
		return nil
	}
	s := u.frame.Snap
	var containers, list []choice
	type backed struct{ at, count int }
	seen := map[string]*backed{}
	oldest := []*procwalk.Process{}
	for i := range s.Processes {
		process := &s.Processes[i]
		pid := strconv.Itoa(process.PID)
		command := kit.Fit(string(rows.AppendCommand(nil, process)), 200)
		c := choice{label: pid + " " + process.Comm.String(), fill: pid, text: command, process: true}
		if names := u.frame.ContainerNames(process); len(names) > 0 {
			c.text = names[0].String() + ": " + c.text
			b := seen[names[0].Raw()]
			if b == nil {
				b = &backed{at: len(containers)}
				seen[names[0].Raw()] = b
				one := choice{label: "container " + names[0].String()}
				for _, id := range names[1:] {
					one.id, one.text = id.Raw(), inventory.ShortID(id).String()
				}
				containers, oldest = append(containers, one), append(oldest, process)
			}
			if b.count++; process.StartTime < oldest[b.at].StartTime {
				oldest[b.at] = process
			}
		}
		list = append(list, c)
	}
	for _, b := range seen {
		c := &containers[b.at]
		c.fill = strconv.Itoa(oldest[b.at].PID)
		c.text = strings.TrimSpace(c.text + " " + kit.Plural(b.count, "process", "processes") + ", PID " + c.fill)
	}
	return append(containers, list...)
}
