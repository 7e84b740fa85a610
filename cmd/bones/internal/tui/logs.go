package tui

import (
	"context"
	"fmt"

	"bones/cgroupview/logs"
	reader "bones/cmd/bones/internal/logs"
	"bones/ui"
	"bones/ui/rows"

	page "bones/ui/logs"
)

// logBackend fills in what the terminal UI needs for what containers print.
func (p *program) logBackend(b *ui.Backend) {
	b.Containers.Logs.Read = func(ctx context.Context, target string) (page.Text, error) {
		if p.recent != nil && !p.recent.IsLive() {
			return page.Text{}, errPast
		}
		found, err := reader.Find(ctx, p.Targets, target)
		if err != nil {
			return page.Text{}, err
		}
		ask := logs.Ask{Tail: page.Most}
		var t page.Text
		add := func(style rows.Style, line string) { t.Lines = append(t.Lines, rows.Line{Value: line, Style: style}) }
		err = found.Read(ctx, ask, func(e logs.Entry) error {
			switch {
			case e.Err != nil:
				add(rows.Warn, e.Err.Error())
				return nil
			case e.Stream == "stderr":
				add(rows.Warn, reader.Clean(e.Text))
			default:
				add(rows.Plain, reader.Clean(e.Text))
			}
			if e.Cut > 0 {
				add(rows.Warn, fmt.Sprintf("bones leaves out %d bytes of the line above", e.Cut))
			}
			return nil
		})
		ask.Tail, ask.Follow = 100, true
		t.ByHand = found.ByHand(ask)
		return t, err
	}
}
