package nsview

import (
	"context"

	"bones/procwalk"
	"bones/procwalk/mountinfo"
)

// MntDetails are the mounts of a mount namespace, set against those of the host.
type MntDetails struct {
	Count int // how many mounts there are
	// the process that stands for the host; 0 if its mounts could not be read: then all are in Added
	HostPID int
	Same    bool              // it is the host's own
	Added   []mountinfo.Mount // that the host does not have in the same place
	Missing []mountinfo.Mount // that the host has, and that are not here in the same place
}

func (r *Reader) mnt(ctx context.Context, v *View, n *Namespace, host Reference) (*MntDetails, error) {
	here, _, _, err := r.mountsOf(ctx, v, n)
	if err != nil {
		return nil, err
	}
	d := &MntDetails{Count: len(here)}
	if n.Inode == host.Inode[procwalk.Mnt] {
		d.HostPID, d.Same = host.PID[procwalk.Mnt], true
		return d, nil
	}
	var there []mountinfo.Mount
	if h := v.Find(Key{procwalk.Mnt, host.Inode[procwalk.Mnt]}); h != nil {
		if mounts, id, _, err := r.mountsOf(ctx, v, h); err == nil {
			there, d.HostPID = mounts, id.PID
		}
	}
	d.Added, d.Missing = mountDiff(here, there)
	return d, nil
}

// mountDiff compares what is mounted where. IDs differ in every mount namespace and say nothing; two mounts of the
// same thing on the same place count as two.
func mountDiff(here, there []mountinfo.Mount) (added, missing []mountinfo.Mount) {
	plain := func(m mountinfo.Mount) mountinfo.Mount {
		return mountinfo.Mount{Device: m.Device, Root: m.Root, Point: m.Point, FSType: m.FSType, Source: m.Source}
	}
	count := make(map[mountinfo.Mount]int, len(there))
	for _, m := range there {
		count[plain(m)]++
	}
	for _, m := range here {
		if k := plain(m); count[k] > 0 {
			count[k]--
		} else {
			added = append(added, m)
		}
	}
	for _, m := range there {
		if k := plain(m); count[k] > 0 {
			count[k]--
			missing = append(missing, m)
		}
	}
	return added, missing
}
