package main

import (
	"context"
	"sync/atomic"

	"bones/procwalk"
	"bones/procwalk/text"
)

// namedSource is a source of snapshots that finds the containers of each, where the snapshot holds what it takes.
type namedSource struct {
	source   procwalk.Source
	resolver *containerResolver // used by Snapshot alone, which is one goroutine's
	index    atomic.Pointer[containerIndex]
}

// Snapshot implements procwalk.Source.
func (n *namedSource) Snapshot(ctx context.Context, want procwalk.Want) (*procwalk.Snapshot, error) {
	s, err := n.source.Snapshot(ctx, want)
	if err == nil && want&containerWant == containerWant {
		if x, err := n.resolver.Resolve(s); err == nil {
			n.index.Store(x)
		}
	}
	return s, err
}

// Names are what the container of a process is called, as of the last snapshot whose containers were looked for.
func (n *namedSource) Names(p *procwalk.Process) []text.Text {
	if x := n.index.Load(); x != nil {
		return x.Names(p)
	}
	return nil
}
