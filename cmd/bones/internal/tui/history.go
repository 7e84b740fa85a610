package tui

import (
	"context"
	"strconv"

	"bones/cmd/bones/internal/host"
	"bones/procwalk/accounts"
	"bones/procwalk/effect"
	"bones/procwalk/text"
	"bones/ui"
	"bones/ui/history"
)

// historyMax is how many changes the terminal UI lists: the latest ones. `bones history` prints all.
const historyMax = 1000

// historyBackend fills in the list of what was changed, and the way back.
func (p *program) historyBackend(b *ui.Backend) {
	names := accounts.New(accounts.Users(p.Targets.Proc))
	b.History = history.Backend{
		Undo: func(ctx context.Context, n int) (effect.Effect, error) { return p.Host.UndoNumber(ctx, n) },
		List: func(context.Context) ([]history.Line, string, error) {
			h, err := p.Host.Journal().History()
			if err != nil {
				return nil, "", err
			}
			defer h.Close()
			notice := h.Skipped.String()
			all := h.Changes
			if older := len(all) - historyMax; older > 0 {
				all = all[older:]
				notice = strconv.Itoa(older) + " older changes are left out here; `bones history` prints them"
			}
			list := make([]history.Line, 0, len(all))
			for _, c := range all {
				e, err := h.Entry(c)
				if err != nil {
					return nil, "", err
				}
				list = append(list, line(&e, names))
			}
			return list, notice, nil
		},
	}
}

// line makes what the UI shows of an entry.
func line(e *host.Entry, names *accounts.Names) history.Line {
	who := "uid " + strconv.Itoa(e.UID)
	if e.UID >= 0 {
		if name := names.Name(uint32(e.UID)); name != "" {
			who = name
		}
	}
	c := history.Line{N: e.N, Time: e.Time, Who: text.New(who), What: e.What, ByHand: e.ByHand, Result: e.Result,
		Note: e.Note, Undoable: e.Undoable}
	if e.Error.Len() > 0 {
		c.Note = e.Error
	}
	return c
}
