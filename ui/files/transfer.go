package files

import (
	"context"
	"fmt"
	"path"
	"strings"

	"bones/procwalk"
	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// copied is a file that was copied out: where it goes back to, and where it is with us.
type copied struct {
	id          procwalk.ID
	path, local string
}

// get copies a file or directory out, to a place of ours.
func (v *View) get() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular && i.Kind != rootfs.Directory && i.Kind != rootfs.Link {
		v.sh.Notice(rows.Warn, "only files, directories and links are copied")
		return
	}
	from := v.join(i.Name)
	v.sh.Ask(kit.Question{Label: "copy to: ", Text: text.Sanitise(i.Name), Accept: func(local string) {
		if local != "" {
			v.copyOut(from, local)
		}
	}})
}

// GetFrom copies what is at a path out, and shows it there.
func (v *View) GetFrom(from, local string) {
	v.toRoot()
	v.cd(from)
	v.copyOut(path.Clean(from), local)
}

func (v *View) copyOut(from, local string) {
	id, where, key := v.subject, v.where, v.sh.KeyFor("put")
	v.startCopy("Copying out "+text.Line(from), func(ctx context.Context, progress func(CopyProgress)) (kit.Notice,
		error) {
		note, err := v.backend.Get(ctx, id, where, from, local, progress)
		if err != nil || note != "" {
			return kit.Notice{Style: rows.Warn, Text: note}, err
		}
		v.sh.Post(func() { v.got = copied{id, from, local} })
		return kit.Notice{Text: fmt.Sprintf("copied to %s; %s or :put puts it back", text.Line(local), key)}, nil
	})
}

// put copies a file or a directory of ours into this one. The prompt holds the one that was copied out of it last.
func (v *View) put() {
	local := ""
	if v.got.id == v.subject && path.Dir(v.got.path) == path.Clean(v.path) {
		local = text.Sanitise(v.got.local)
	}
	v.sh.Ask(kit.Question{Label: "copy into " + text.Line(v.path) + " from: ", Text: local, Accept: func(typed string) {
		switch typed {
		case "":
		case local:
			v.PutBack()
		default:
			v.planPut(typed, v.path)
		}
	}})
}

// PutInto copies a file or directory of ours to a path.
func (v *View) PutInto(local, to string) {
	v.toRoot()
	v.cd(path.Dir(to))
	v.planPut(local, to)
}

// PutBack puts what was copied out last back under the name that it has there.
func (v *View) PutBack() {
	if v.got.path == "" || !v.has || v.got.id != v.subject {
		v.sh.Notice(rows.Warn, "nothing was copied out of here before; :put NAME FILE /PATH")
		return
	}
	v.toRoot()
	if dir := path.Dir(v.got.path); dir != path.Clean(v.path) {
		v.goTo(dir, "")
	}
	v.planPut(v.got.local, v.got.path)
}

// toRoot shows the root, where changes can be made, and not the folder in /proc.
func (v *View) toRoot() {
	if v.where == rootfs.ProcDir {
		v.swap()
	}
}

// planPut copies what is local to a path of the container: planned first, asked about if it replaces something, then
// done. A directory takes it under its own name.
func (v *View) planPut(local, to string) {
	trimmed := strings.TrimRight(local, "/")
	whose, name := v.owner(), trimmed[strings.LastIndexByte(trimmed, '/')+1:]
	v.expect(name)
	v.sh.Notice(rows.Dim, "looking at what is to be copied ...")
	v.sh.Run(func(ctx context.Context) func() {
		tell := func(CopyProgress) {} // until there is a dialog to tell
		e, err := v.backend.Put(ctx, whose, local, to, func(p CopyProgress) { tell(p) })
		return func() {
			v.sh.Notice(rows.Plain, "")
			if err != nil {
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
				return
			}
			copyIn := func(ctx context.Context, progress func(CopyProgress)) (kit.Notice, error) {
				tell = progress
				return v.backend.carryCopy(ctx, e)
			}
			v.sh.Perform(kit.Plan{Effects: []effect.Effect{e}, Carry: func() {
				v.startCopy("Copying in "+text.Line(to), copyIn)
			}})
		}
	})
}

// carryCopy carries a copy out, and says what it left out and how it broke off.
func (b *Backend) carryCopy(ctx context.Context, e effect.Effect) (kit.Notice, error) {
	out, err := b.Carry(ctx, e)
	if err != nil {
		return kit.Notice{}, err
	}
	said := kit.Notice{Text: "done: " + e.Describe()}
	if out.Note != "" {
		said = kit.Notice{Style: rows.Warn, Text: said.Text + "; " + out.Note}
	}
	res, ok := out.Result.(rootfs.OpResult)
	if !ok {
		return said, nil
	}
	if res.Report != nil && res.Report.Err() != nil {
		said = kit.Notice{Style: rows.Warn, Text: res.Report.Err().Error()}
	}
	if res.Broke != "" {
		said = kit.Notice{Style: rows.Bad, Text: res.Broke + "; what was copied until then stays, and u takes it back"}
	}
	return said, nil
}
