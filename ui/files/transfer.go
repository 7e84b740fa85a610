package files

import (
	"cmp"
	"context"
	"fmt"
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
	if i == nil || i.Kind != rootfs.Regular && i.Kind != rootfs.Directory {
		v.sh.Notice(rows.Warn, "only files and directories are copied")
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
		if local = strings.TrimRight(local, "/"); local != "" {
			v.planPut(local)
		}
	}})
}

func (v *View) planPut(local string) {
	whose, name := v.owner(), local[strings.LastIndexByte(local, '/')+1:]
	to := v.join(name)
	v.expect(name)
	v.sh.Notice(rows.Dim, "looking at what is to be copied ...")
	v.sh.Run(func(ctx context.Context) func() {
		tell := func(CopyProgress) {} // until there is a dialog to tell
		effects, note, err := v.backend.Put(ctx, whose, local, to, func(p CopyProgress) { tell(p) })
		return func() {
			v.sh.Notice(rows.Plain, "")
			switch {
			case err != nil:
				v.sh.Notice(rows.Bad, kit.ErrorLine(err))
				return
			case len(effects) == 0:
				v.sh.Notice(rows.Warn, cmp.Or(note, "there is nothing to copy"))
				return
			}
			copyIn := func(ctx context.Context, progress func(CopyProgress)) (kit.Notice, error) {
				tell = progress
				return v.backend.carryAll(ctx, effects, note)
			}
			v.sh.Perform(kit.Plan{Effects: effects, Carry: func() {
				v.startCopy("Copying in "+text.Line(to), copyIn)
			}})
		}
	})
}

// carryAll carries effects out one after the other, up to the first that fails.
func (b *Backend) carryAll(ctx context.Context, effects []effect.Effect, note string) (kit.Notice, error) {
	for n, e := range effects {
		err := ctx.Err()
		if err == nil {
			_, err = b.Carry(ctx, e)
		}
		if err != nil {
			if len(effects) > 1 {
				err = fmt.Errorf("%d of %d done, then: %w", n, len(effects), err)
			}
			return kit.Notice{}, err
		}
	}
	said := kit.Notice{Text: "done: " + effects[0].Describe()}
	if len(effects) > 1 {
		said.Text = fmt.Sprintf("%d done, the first: %s", len(effects), effects[0].Describe())
	}
	if note != "" {
		said = kit.Notice{Style: rows.Warn, Text: said.Text + "; " + note}
	}
	return said, nil
}
