package files

import (
	"context"

	"bones/procwalk/rootfs"
	"bones/ui/kit"
	"bones/ui/rows"
)

// opening is an entry that is read because the user asked to go into it, to see what is in it, or to edit it.
type opening struct {
	dir  location // where the user was
	name string
	kind rootfs.FileKind
	edit bool
	was  rootfs.Expect // what is edited, so that saving does not overwrite what somebody else wrote meanwhile
}

// path is the entry's, from the root.
func (o *opening) path() string { return under(o.dir.path, o.name) }

// startOpening has an entry of the directory that is shown read, at once, also where what was asked for before hangs.
// It replaces that: when the answer comes, only what was asked for last is opened, and only if the user is still where
// it was asked for.
func (v *View) startOpening(i *rootfs.Info, edit bool) {
	v.opening = opening{dir: v.location(), name: i.Name, kind: i.Kind, edit: edit}
	if edit {
		v.opening.was = rootfs.Expect{Dev: i.Dev, Ino: i.Ino, Size: i.Size, MTime: i.ModTime.UnixNano()}
	} else {
		v.sh.Notice(rows.Dim, "reading ...")
	}
	if err := v.openings.MakeWay(v.opening); err != nil {
		v.sh.Notice(rows.Bad, kit.ErrorLine(err))
	}
	v.openings.Load(v.opening)
}

// readOpening reads an entry. What a link leads to, the file system alone knows: a directory is gone into, a file is
// shown.
func (v *View) readOpening(o opening) kit.Read {
	if o.edit {
		return v.readEdited(o)
	}
	return func(ctx context.Context) func() {
		if o.kind == rootfs.Link {
			if _, _, err := v.backend.List(ctx, o.dir.id, o.dir.where, o.path(), 1); err == nil {
				return v.ifStill(o, func() {
					v.sh.Notice(rows.Plain, "")
					v.goTo(o.path(), "")
				})
			}
		}
		if v.backend.Read == nil {
			return v.ifStill(o, func() { v.sh.Notice(rows.Plain, "") })
		}
		b, err := v.backend.Read(ctx, o.dir.id, o.dir.where, o.path(), viewMax+1)
		return v.ifStill(o, func() {
			if err != nil {
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
				return
			}
			v.sh.Notice(rows.Plain, "")
			f := newFileViewer(o.path(), b, o.dir.where == rootfs.ProcDir)
			f.reader = kit.NewLoader(v.sh, v.readAgain(f, o))
			v.sh.Open(f)
		})
	}
}

// readAgain reads a file anew that is shown.
func (v *View) readAgain(f *fileViewer, o opening) func(struct{}) kit.Read {
	return func(struct{}) kit.Read {
		return func(ctx context.Context) func() {
			b, err := v.backend.Read(ctx, o.dir.id, o.dir.where, o.path(), viewMax+1)
			return func() {
				if err != nil {
					v.sh.Notice(rows.Bad, kit.ErrorLine(err))
					return
				}
				f.setContent(b)
			}
		}
	}
}

// readEdited reads a file for the editor, which saves it into the process that it was read from.
func (v *View) readEdited(o opening) kit.Read {
	return func(ctx context.Context) func() {
		b, err := v.backend.Read(ctx, o.dir.id, o.dir.where, o.path(), editMax+1)
		if err == nil && len(b) > editMax {
			err = rootfs.ErrTooLarge
		}
		return v.ifStill(o, func() {
			if err != nil {
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
				return
			}
			whose, e := v.owner(), newFileEditor(o.path(), b, nil)
			e.save = func(content []byte) {
				v.save(e, whose, rootfs.Op{Kind: "put", Path: o.path(), Content: content, Expect: &o.was})
			}
			v.sh.Open(e)
		})
	}
}

// ifStill returns what opens o if, when the answer comes, nothing else was asked for and the user has gone nowhere
// else. Any other answer is dropped: it would move the view of another process.
func (v *View) ifStill(o opening, open func()) func() {
	return func() {
		if v.opening == o {
			v.opening = opening{}
			open()
		}
	}
}
