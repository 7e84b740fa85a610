package remote

import "context"

func (r *run) checkMerged() error { return nil }

func (r *run) several(ctx context.Context) error { return nil }
