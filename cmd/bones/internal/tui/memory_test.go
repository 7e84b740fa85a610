package tui

import (
	"context"
	"testing"

	"bones/procwalk"
)

// crowds is a source whose snapshots have as many rows as it is told.
type crowds struct{ n int }

func (c *crowds) Snapshot(context.Context, procwalk.Want) (*procwalk.Snapshot, error) {
	return &procwalk.Snapshot{Processes: make([]procwalk.Process, c.n)}, nil
}

func TestThriftySourceWaitsForTheCrowdToGo(t *testing.T) {
	c := &crowds{}
	s := &thriftySource{source: c}
	for _, step := range []struct{ n, due int }{
		{100, 0}, {90, 0}, {10_000, 0}, {9_000, 0}, {100, 2}, {100, 1}, {100, 0}, {100, 0}, {1_500, 0}, {700, 0}, {100, 2}, {5_000, 0},
	} {
		c.n = step.n
		if _, err := s.Snapshot(context.Background(), 0); err != nil {
			t.Fatal(err)
		}
		if s.due != step.due {
			t.Errorf("with %d processes memory is due in %d snapshots, want %d", step.n, s.due, step.due)
		}
	}
}
