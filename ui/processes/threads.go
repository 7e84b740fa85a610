package processes

import (
	"context"

	"bones/procwalk"
	"bones/ui/kit"
	"bones/ui/rows"
)

// toggleThreads shows or hides the threads of the selected process.
func (v *View) toggleThreads() {
	id, ok := v.Subject()
	if !ok {
		return
	}
	if v.model.HasThreads(id) {
		v.model.SetThreads(id, nil)
		v.rebuild()
		return
	}
	v.unfolding = append(v.unfolding, id)
	v.threads.Reload(struct{}{})
}

// refreshThreads reads the threads anew of all processes that are shown with them.
func (v *View) refreshThreads() {
	if len(v.model.Threaded()) > 0 && !v.threads.Busy() {
		v.threads.Reload(struct{}{})
	}
}

// readThreads reads the threads of the processes that the user wants to see them of, or else of those that are shown
// with them.
func (v *View) readThreads(struct{}) kit.Read {
	ids, first := v.unfolding, true
	if v.unfolding = nil; len(ids) == 0 {
		ids, first = v.model.Threaded(), false
	}
	if len(ids) == 0 {
		return nil
	}
	return func(ctx context.Context) func() {
		lists, errs := make([][]rows.Thread, len(ids)), make([]error, len(ids))
		for i, id := range ids {
			lists[i], errs[i] = v.backend.Threads(ctx, id)
		}
		return func() { v.showThreads(ids, lists, errs, first) }
	}
}

func (v *View) showThreads(ids []procwalk.ID, lists [][]rows.Thread, errs []error, first bool) {
	for i, id := range ids {
		switch {
		case errs[i] != nil && first:
			v.sh.Notice(rows.Bad, kit.ErrorLine(errs[i]))
		case first || v.model.HasThreads(id): // not if they were hidden meanwhile
			v.model.SetThreads(id, lists[i])
		}
	}
	v.build()
}
