package files

import (
	"context"

	"bones/procwalk"
	"bones/procwalk/rootfs"
	"bones/ui/kit"
	"bones/ui/rows"
)

// Describe implements kit.Describer.
func (v *View) Describe(bool) []rows.Section {
	i := v.selected()
	if i == nil {
		return nil
	}
	does := ""
	if v.cursor.Row < len(v.is) && i.Err == "" {
		does = v.is[v.cursor.Row]
	}
	var m *rootfs.FileMount
	if v.mount != nil && v.mountOf == v.mountKey(i) {
		m = v.mount
	}
	return rows.FileSections(*i, m, does)
}

// ReadDetails implements kit.Describer: it reads which mount the entry is on, if that is not known yet.
func (v *View) ReadDetails() {
	i := v.selected()
	if i == nil || i.MountID == 0 || v.backend.Mount == nil || v.where != rootfs.RootDir {
		return
	}
	if k := v.mountKey(i); v.mount == nil || v.mountOf != k {
		v.mounts.Load(k)
	}
}

// mountKey is a mount as a process sees it: where it is mounted depends on the root that the process has.
type mountKey struct {
	process procwalk.ID
	mount   uint64 // its ID
}

func (v *View) mountKey(i *rootfs.Info) mountKey { return mountKey{v.subject, i.MountID} }

func (v *View) readMount(k mountKey) kit.Read {
	i := v.selected()
	if i == nil || v.mountKey(i) != k {
		return nil
	}
	entry := *i
	return func(ctx context.Context) func() {
		m, err := v.backend.Mount(ctx, k.process, entry)
		return func() {
			if err == nil {
				v.mount, v.mountOf = &m, k
				v.sh.Changed(v, kit.Description)
			}
		}
	}
}
