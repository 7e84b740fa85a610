package rowstest

import (
	"strings"

	"bones/cgroupview/container"
	"bones/cgroupview/inventory"
	"bones/procwalk"
	"bones/procwalk/text"
)

// Moment is a snapshot with its containers: whoever is in a group below /docker is in the container cache.
func Moment(s *procwalk.Snapshot) *inventory.Moment {
	if s == nil {
		return nil
	}
	d := &inventory.Data{}
	for i := range s.Processes {
		p := &s.Processes[i]
		if p.Cgroups == nil || len(p.Cgroups.Lines) == 0 || !strings.HasPrefix(p.Cgroups.Lines[0].Path.Raw(), "/docker/") {
			continue
		}
		if len(d.Containers) == 0 {
			d.Containers = []inventory.ContainerData{{Container: inventory.Container{Key: "cache", Name: text.New("cache"),
				ID: text.New("0123456789ab"), Runtime: container.Docker, PID: p.PID}}}
		}
		d.Containers[0].PIDs = append(d.Containers[0].PIDs, p.PID)
		d.Members = append(d.Members, inventory.MemberData{ID: p.ID(), Key: "cache"})
	}
	return &inventory.Moment{Snapshot: s, Inventory: inventory.New(d, s)}
}
