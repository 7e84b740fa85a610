package nsview

import (
	"context"
	"slices"

	"bones/procwalk"
)

// Bound adds the namespaces that are mounted on files in the mount namespaces of some processes: how `ip netns` and
// engines keep a network namespace that no process is in. It is a small part of what Discover looks at: of the mounts
// of the host and our own a few files have to be read, of everything that holds a namespace all descriptors of all
// processes.
func (r *Reader) Bound(ctx context.Context, v *View, pids ...int) *View {
	d := v.draft()
	var seen []int
	for _, pid := range pids {
		p := v.Snapshot.Find(pid)
		if p == nil || p.NS == nil || p.NS.Inode[procwalk.Mnt] == 0 {
			continue
		}
		i, ok := v.index[Key{procwalk.Mnt, p.NS.Inode[procwalk.Mnt]}]
		if !ok || slices.Contains(seen, int(i)) {
			continue
		}
		seen = append(seen, int(i))
		r.binds(ctx, d, int(i))
	}
	return d.view()
}
