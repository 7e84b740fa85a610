package detail

import (
	"context"
	"errors"

	"bones/procwalk"
	"bones/procwalk/idmap"
)

// ErrNotAsked is why a field is empty that Lasting does not read.
var ErrNotAsked = errors.New("it was not recorded")

// Lasting reads of a process what seldom changes while it runs: whose it is, what it may do, where its root is. The
// other fields say ErrNotAsked. It costs a fraction of Read, and its environment is not among it.
func (r *Reader) Lasting(ctx context.Context, id procwalk.ID) *Detail {
	d, folder, living := r.open(id)
	if d.Err != nil {
		return d
	}
	defer folder.Close()
	defer living.Close()
	d.Status, d.Cgroups = folder.Status(), folder.Cgroups()
	d.Exe, d.Cwd, d.Root = readLink(living, "exe"), readLink(living, "cwd"), readLink(living, "root")
	d.Limits = parsed(folder, "limits", ParseLimits)
	d.OOMScoreAdj = parsed(folder, "oom_score_adj", parseInt)
	d.OOMScore = parsed(folder, "oom_score", parseInt)
	d.LoginUID = parsed(folder, "loginuid", parseLoginUID)
	d.Label = readLabel(folder)
	d.UIDMap = parsed(folder, "uid_map", idmap.Parse)
	d.GIDMap = parsed(folder, "gid_map", idmap.Parse)
	ids, err := guarded(ctx, r.mounts, folder, id, func(own *procwalk.Folder) [2]Field[int] {
		return [2]Field[int]{mountID(own, "root"), mountID(own, "cwd")}
	})
	if err != nil {
		ids[0].Err, ids[1].Err = err, err
	}
	d.Mounts = readMounts(living, ids[0], ids[1])
	d.notAsked()
	d.Ended = !folder.Alive()
	return d
}

// notAsked notes that Lasting does not read the rest.
func (d *Detail) notAsked() {
	d.Cmdline, d.IO = &procwalk.Cmdline{Err: ErrNotAsked}, &procwalk.IO{Err: ErrNotAsked}
	d.FDs.Err, d.Smaps.Err, d.Environ.Err, d.Threads.Err = ErrNotAsked, ErrNotAsked, ErrNotAsked, ErrNotAsked
	d.WChan.Err, d.Personality.Err, d.Schedstat.Err, d.Net.Err = ErrNotAsked, ErrNotAsked, ErrNotAsked, ErrNotAsked
}

// Recall makes the detail of a process again from what Lasting had read of it: d is that, with or without the fields
// that it does not read.
func Recall(d Detail) *Detail {
	if d.Err == nil {
		d.notAsked()
		if d.Status == nil {
			d.Status = &procwalk.Status{Err: ErrNotAsked}
		}
		if d.Cgroups == nil {
			d.Cgroups = &procwalk.Cgroups{Err: ErrNotAsked}
		}
	}
	return &d
}
