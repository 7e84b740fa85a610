package rows

import (
	"bones/cgroupview"
	"bones/cgroupview/container"
	"bones/procwalk/text"
)

// GroupTarget is whose control groups an effect is about.
type GroupTarget struct {
	Groups cgroupview.Groups
	PIDs   []int           // the processes of a container; nil where a group is meant
	Chain  container.Chain // empty: not known to belong to a container
	Name   text.Text       // "container memcached"
}
