package containers

import (
	"fmt"
	"strconv"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/ui/rows"
)

// What is done about the selected row is done to a process, or to groups.

// Target implements kit.Targeter: it is the process that backs the selected container.
func (v *View) Target() (procwalk.ID, bool) {
	if c := v.selected(); c != nil {
		return c.Process.ID(), true
	}
	return procwalk.ID{}, false
}

// Copied implements kit.Copier: the id of the container, of a sandbox the PID that backs it.
func (v *View) Copied() string {
	c := v.row()
	switch {
	case c == nil || c.Total != nil:
		return ""
	case c.ID.Len() == 0:
		return strconv.Itoa(c.PID)
	}
	return effect.Command(c.ID.Raw())
}

// groups are those of the selected container as the target of an effect.
func (v *View) groups() (rows.GroupTarget, bool) {
	c := v.selected()
	if c == nil {
		v.sh.Notice(rows.Warn, "there is no container selected")
		return rows.GroupTarget{}, false
	}
	if c.Guest != nil {
		v.sh.Notice(rows.Warn, v.noGroups(c))
		return rows.GroupTarget{}, false
	}
	return rows.GroupTarget{Groups: c.Groups, PIDs: c.PIDs, Chain: c.Chain,
		Name: c.Title()}, true
}

// noGroups is why limits and the freezer are not offered for a virtual machine: the group of its process may hold
// others, which nobody meant.
func (v *View) noGroups(c *rows.ContainerRow) string {
	return fmt.Sprintf("%s is a virtual machine, whose control group may hold other processes, too: %s leads to the "+
		"group", c.Label(), v.sh.KeyFor("group"))
}
