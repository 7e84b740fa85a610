package rootfs

import (
	"context"

	"bones/procwalk/rootfs/filetree"

	"golang.org/x/sys/unix"
)

// FSUse is how full a file system is, as df has it.
//
// Source: statfs(2).
type FSUse struct {
	Total, Free uint64 // bytes; Free includes what is kept for root
	Available   uint64 // bytes, for whoever is not root
	Inodes      uint64 // 0: the file system does not count them
	FreeInodes  uint64
}

// Statfs asks the file system that a path is on. It hangs where the file system does.
func (r *Root) Statfs(path string) (u FSUse, err error) {
	fd, err := r.open(path, unix.O_PATH)
	if err != nil {
		return u, err
	}
	defer unix.Close(fd)
	var s unix.Statfs_t
	if err := unix.Fstatfs(fd, &s); err != nil {
		return u, explain(path, err)
	}
	unit := uint64(s.Frsize)
	if unit == 0 {
		unit = uint64(s.Bsize)
	}
	return FSUse{s.Blocks * unit, s.Bfree * unit, s.Bavail * unit, s.Files, s.Ffree}, nil
}

// Usage measures a directory and all below it, see filetree.Usage.
func (r *Root) Usage(path string, tell func(filetree.TreeUse) bool) (filetree.TreeUse, error) {
	top, err := r.open(path, unix.O_PATH|unix.O_DIRECTORY)
	if err != nil {
		return filetree.TreeUse{}, err
	}
	defer unix.Close(top)
	return filetree.Usage(top, path, tell)
}

// Statfs is Root.Statfs.
func (c *Client) Statfs(ctx context.Context, path string) (FSUse, error) {
	a, err := c.call(ctx, request{Verb: askStatfs, Path: path}, nil, nil, nil)
	return a.FS, err
}

// Usage is Root.Usage. Once ctx ends, so does the worker.
func (c *Client) Usage(ctx context.Context, path string, progress func(filetree.TreeUse)) (filetree.TreeUse, error) {
	a, err := c.call(ctx, request{Verb: askUsage, Path: path}, nil, nil, func(r *response) error {
		if !r.Done && progress != nil {
			progress(r.Tree)
		}
		return nil
	})
	return a.Tree, err
}
