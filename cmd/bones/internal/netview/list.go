package netview

import (
	"context"

	"bones/cmd/bones/internal/target"
)

// List reads what a command lists of the network namespaces that its TARGETs mean, of none all: it opens a View, finds
// the scope, and has read look there. What is missing, and why, is in the notes.
func List[T any](ctx context.Context, f target.Finder, targets []string, read func(*View, Scope) ([]T, error)) (
	list []T, scope Scope, notes []string, err error) {
	v, err := Open(ctx, f)
	if err != nil {
		return nil, scope, nil, err
	}
	defer v.Close()
	if scope, err = v.ScopeOfTargets(ctx, targets...); err != nil {
		return nil, scope, nil, err
	}
	list, err = read(v, scope)
	return list, scope, v.Notes, err
}
