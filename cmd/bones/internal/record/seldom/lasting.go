package seldom

import (
	"time"

	"bones/procwalk"
	"bones/procwalk/detail"
	"bones/procwalk/idmap"
	"bones/procwalk/text"
)

// Lasting are the fields of a detail.Detail that detail.Reader.Lasting reads. The others, the environment among them,
// have no place here.
type Lasting struct {
	ID      procwalk.ID
	Taken   time.Time
	Err     error
	Ended   bool
	Stat    procwalk.Stat
	Status  *procwalk.Status
	Cgroups *procwalk.Cgroups

	Exe, Cwd, Root        detail.Field[detail.Link]
	Limits                detail.Field[[]detail.ResourceLimit]
	Mounts                detail.Field[detail.Mounts]
	OOMScore, OOMScoreAdj detail.Field[int64]
	LoginUID              detail.Field[uint32]
	Label                 detail.Field[text.Text]
	UIDMap, GIDMap        detail.Field[idmap.Map]
}

func lasting(d *detail.Detail) Lasting {
	return Lasting{ID: d.ID, Taken: d.Taken, Err: d.Err, Ended: d.Ended, Stat: d.Stat, Status: d.Status,
		Cgroups: d.Cgroups, Exe: d.Exe, Cwd: d.Cwd, Root: d.Root, Limits: d.Limits, Mounts: d.Mounts,
		OOMScore: d.OOMScore, OOMScoreAdj: d.OOMScoreAdj, LoginUID: d.LoginUID, Label: d.Label, UIDMap: d.UIDMap,
		GIDMap: d.GIDMap}
}

func (l *Lasting) detail() *detail.Detail {
	return detail.Recall(detail.Detail{ID: l.ID, Taken: l.Taken, Err: l.Err, Ended: l.Ended, Stat: l.Stat,
		Status: l.Status, Cgroups: l.Cgroups, Exe: l.Exe, Cwd: l.Cwd, Root: l.Root, Limits: l.Limits, Mounts: l.Mounts,
		OOMScore: l.OOMScore, OOMScoreAdj: l.OOMScoreAdj, LoginUID: l.LoginUID, Label: l.Label, UIDMap: l.UIDMap,
		GIDMap: l.GIDMap})
}
