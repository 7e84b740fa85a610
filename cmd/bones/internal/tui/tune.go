package tui

import (
	"context"
	"fmt"
	"slices"

	"bones/cmd/bones/internal/tune"
	"bones/procwalk/effect"
	"bones/procwalk/tuning"
	"bones/ui"
)

// tuneBackend fills in what the dialog needs that tunes processes.
func (p *program) tuneBackend(b *ui.Backend) {
	b.Tune.Now = func(ctx context.Context, target string) (map[string]string, error) {
		w, err := tune.Find(ctx, p.Targets, target, false)
		if err != nil {
			return nil, err
		}
		values, err := tuning.Read(p.Targets.Proc, w.Subjects[0].ID)
		if err != nil {
			return nil, err
		}
		now := map[string]string{}
		for _, v := range values {
			if now[v.Name] = v.String(); v.Err != nil {
				now[v.Name] = fmt.Sprintf("not known: %v", v.Err)
			}
		}
		return now, nil
	}
	b.Tune.Make = func(ctx context.Context, target string, words []string) (effect.Effect, error) {
		rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "--all" })
		e, err := tune.Plan(ctx, p.Targets, target, len(rest) < len(words), rest)
		if err != nil {
			return nil, err // a nil pointer would be an effect
		}
		return e, nil
	}
}
