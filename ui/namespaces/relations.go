package namespaces

import (
	"context"

	"bones/nsview"
	"bones/ui/kit"
)

// readRelations groups the last frame by namespaces, and has read how these stand to each other. Where that can be
// read, what is shown changes only when it is there; but for the first time.
func (v *View) readRelations(struct{}) kit.Read {
	groups := nsview.Groups(v.facts.Snap)
	if v.backend.Relate == nil {
		v.show(groups)
		return nil
	}
	if v.list.View() == nil {
		v.show(groups)
	}
	all := v.all
	return func(ctx context.Context) func() {
		related, err := v.backend.Relate(ctx, groups, all)
		return func() {
			if v.err = err; err != nil || related == nil {
				related = groups
			}
			v.show(related)
			v.sh.Changed(v, kit.Content)
		}
	}
}
