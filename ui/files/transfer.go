package files

import (
	"context"
	"strings"

	"bones/procwalk/effect"
	"bones/procwalk/rootfs"
	"bones/procwalk/text"
	"bones/ui/kit"
	"bones/ui/rows"
)

// get copies a file, or a directory with all that is in it, to a place of ours.
func (v *View) get() {
	i := v.selected()
	if i == nil || i.Kind != rootfs.Regular && i.Kind != rootfs.Directory && i.Kind != rootfs.Link {
		v.sh.Notice(rows.Warn, "only files, directories and links are copied")
		return
	}
	id, where, from := v.subject, v.where, v.join(i.Name)
	v.sh.Ask(kit.Question{Label: "copy to: ", Text: text.Sanitise(i.Name), Accept: func(local string) {
		if local == "" {
			return
		}
		copyOut := func(ctx context.Context, progress func(CopyProgress)) (kit.Notice, error) {
			note, err := v.backend.Get(ctx, id, where, from, local, progress)
			if note != "" {
				return kit.Notice{Style: rows.Warn, Text: note}, err
			}
			return kit.Notice{Text: "copied to " + text.Line(local)}, err
		}
		v.startCopy("Copying out "+text.Line(from), copyOut)
	}})
}

// put copies a file or a directory of ours into this one: planned first, asked about if it replaces something, then
// done.
func (v *View) put() {
	v.sh.Ask(kit.Question{Label: "copy into " + text.Line(v.path) + " from: ", Accept: func(local string) {
		if local != "" {
			v.planPut(local)
		}
	}})
}

func (v *View) planPut(local string) {
	trimmed := strings.TrimRight(local, "/")
	whose, name := v.owner(), trimmed[strings.LastIndexByte(trimmed, '/')+1:]
	to := v.path // a directory, which takes it under its own name
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
	res, ok := out.Result.(rootfs.Result)
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
