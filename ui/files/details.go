package files

import (
	"context"

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
	if v.mount != nil && v.mountOf == i.MountID {
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
	if v.mount == nil || v.mountOf != i.MountID {
		v.mounts.Load(i.MountID)
	}
}

func (v *View) readMount(id uint64) kit.Read {
	i, process := v.selected(), v.subject
	if i == nil || i.MountID != id {
		return nil
	}
	entry := *i
	return func(ctx context.Context) func() {
		m, err := v.backend.Mount(ctx, process, entry)
		return func() {
			if err == nil {
				v.mount, v.mountOf = &m, id
				v.sh.Changed(v, kit.Description)
			}
		}
	}
}
