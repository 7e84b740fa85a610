package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"bones/cgroupview/container"
	"bones/cgroupview/logs"
	"bones/procwalk/crash"
	"bones/procwalk/fault"
	"bones/procwalk/text"
)

// journal hands on what the journal has of a container, by journalctl: its files have many forms.
func journal(ctx context.Context, l *container.Log, ask logs.Ask, emit func(logs.Entry) error) error {
	program, err := exec.LookPath("journalctl")
	if err != nil {
		return &fault.Error{Kind: fault.Unsupported, What: "its engine writes to systemd's journal", Err: err,
			Why: "there is no journalctl here", Hint: "run bones where the journal is read"}
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	c := exec.CommandContext(ctx, program, journalArgs(l, ask, "json")...)
	c.WaitDelay = time.Second
	var said bounded
	c.Stderr = &said
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	if err := c.Start(); err != nil {
		return err
	}
	if ask.Follow && ask.Alive != nil {
		crash.Go(func() { // it ends when journalctl does, at the latest
			for ctx.Err() == nil && ask.Alive() {
				select {
				case <-ctx.Done():
				case <-time.After(time.Second):
				}
			}
			cancel()
		})
	}
	wrong := logs.ReadJournal(out, ask, emit)
	ended := ctx.Err() != nil && errors.Is(wrong, io.EOF)
	cancel()
	if wrong != nil && !errors.Is(wrong, io.EOF) {
		c.Wait()
		return wrong
	}
	if err := c.Wait(); err != nil && !ended && !errors.Is(err, context.Canceled) && said.Len() > 0 {
		return fmt.Errorf("journalctl: %s", text.Line(string(bytes.TrimSpace(said.Bytes()))))
	}
	return nil
}

// bounded keeps the beginning of what is written to it.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	const most = 4 << 10
	b.Buffer.Write(p[:min(len(p), max(most-b.Len(), 0))])
	return len(p), nil
}
