package tui

import (
	"context"
	"fmt"

	"bones/cmd/bones/internal/compare"
	"bones/cmd/bones/internal/storage"
	"bones/procwalk/rootfs/filetree"
	"bones/ui"
	"bones/ui/rows"
)

// sheetBackend fills in what the sheets need that compare, and that show mounts.
func (p *program) sheetBackend(b *ui.Backend) {
	b.Sheets.Diff = func(ctx context.Context, one, other string) ([]rows.Section, error) {
		if p.recent != nil && !p.recent.IsLive() {
			return nil, errPast
		}
		a, err := compare.Gather(ctx, p.Targets, one)
		if err != nil {
			return nil, err
		}
		c, err := compare.Gather(ctx, p.Targets, other)
		if err != nil {
			return nil, err
		}
		return compare.Sections(a, c), nil
	}
	b.Sheets.Storage = func(ctx context.Context, target string, size bool, progress func(string)) ([]rows.Section,
		error) {
		if p.recent != nil && !p.recent.IsLive() {
			return nil, errPast
		}
		s, err := storage.Read(ctx, p.Targets, target)
		if err != nil || !size {
			return s.Sections(nil), err
		}
		use, err := s.Measure(ctx, func(u filetree.TreeUse) {
			progress(fmt.Sprintf("%s in %d entries", rows.Size(u.Bytes), u.Files))
		})
		if err != nil {
			return nil, err
		}
		return s.Sections(&use), nil
	}
}
